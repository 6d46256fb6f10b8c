"""What charts are drawn in: a numbered scale with its rules, names below the floor, and a legend along the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mmzero.families.canvas import Canvas, Colour
    from mmzero.families.skin import Skin


def letters(skin: Skin) -> float:
    """Charts carry many labels: letters stay small even where the skin would have them large."""
    return min(skin.text, 0.075)


def mix(one: Colour, two: Colour, share: float) -> Colour:
    """`share` of `two` stirred into `one`."""
    return tuple(round(a + share * (b - a)) for a, b in zip(one, two, strict=True))


def legible(skin: Skin, ground: Colour) -> Colour:
    """Ink or paper, whichever stands out more from the ground."""
    return max((skin.ink, skin.paper), key=lambda colour: abs(_light(colour) - _light(ground)))


def _light(colour: Colour) -> float:
    return sum(weight * part for weight, part in zip((0.3, 0.59, 0.11), colour, strict=True))


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot lies in the picture, and the value `top` that its scale reaches from 0."""

    top: int
    left: float = 0.13
    right: float = 0.97
    ceiling: float = 0.07
    floor: float = 0.87

    def y(self, value: float) -> float:
        return self.floor - (self.floor - self.ceiling) * value / self.top

    def x(self, value: float) -> float:
        """Where the floor is a scale of its own, as long as the upright one."""
        return self.left + (self.right - self.left) * value / self.top

    def slot(self, n: int) -> float:
        return (self.right - self.left) / n

    def middles(self, n: int) -> list[float]:
        return [self.left + (i + 0.5) * self.slot(n) for i in range(n)]

    def rules(self, canvas: Canvas, each: int = 1, numbered: int = 2) -> None:
        """A faint rule at every `each`, a number at every `numbered`."""
        for value in range(each, self.top + 1, each):
            width = canvas.skin.stroke * (0.6 if value % numbered else 1.0)
            canvas.line((self.left, self.y(value)), (self.right, self.y(value)), colour=canvas.skin.faint, width=width)
        for value in range(0, self.top + 1, numbered):
            at = (self.left - 0.025, self.y(value))
            canvas.text(at, str(value), height=letters(canvas.skin), anchor="rm")

    def rules_across(self, canvas: Canvas, each: int = 1, numbered: int = 2) -> None:
        """The same for a scale along the floor."""
        for value in range(each, self.top + 1, each):
            ends = (self.x(value), self.ceiling), (self.x(value), self.floor)
            canvas.line(*ends, colour=canvas.skin.faint, width=canvas.skin.stroke * (0.6 if value % numbered else 1.0))
        for value in range(0, self.top + 1, numbered):
            canvas.text((self.x(value), self.floor + 0.065), str(value), height=letters(canvas.skin))

    def axes(self, canvas: Canvas) -> None:
        canvas.line((self.left, self.ceiling - 0.02), (self.left, self.floor), (self.right, self.floor))

    def names(self, canvas: Canvas, names: Sequence[str], below: float = 0.065) -> None:
        for name, middle in zip(names, self.middles(len(names)), strict=True):
            canvas.text((middle, self.floor + below), name, height=letters(canvas.skin))


def legend(canvas: Canvas, names: Sequence[str], colours: Sequence[Colour], y: float = 0.06) -> None:
    """Swatch and name side by side, the whole row centred."""
    height, swatch, gap = letters(canvas.skin), 0.05, 0.025
    wide = [swatch + gap + canvas.extent(name, height)[0] for name in names]
    x = 0.5 - (sum(wide) + 2 * gap * (len(names) - 1)) / 2
    for name, colour, width in zip(names, colours, wide, strict=True):
        canvas.rectangle((x, y - swatch / 2), (x + swatch, y + swatch / 2), fill=colour)
        canvas.text((x + swatch + gap, y), name, height=height, anchor="lm")
        x += width + 2 * gap
