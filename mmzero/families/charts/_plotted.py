"""A chart as matplotlib draws it: one pair of axes on paper of the skin's size, and the picture; knows no chart."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from mmzero.families.charts._frame import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PIL import Image

    from mmzero.families.canvas import Colour, Point
    from mmzero.families.skin import Skin

_DPI = 72  # a point is a pixel
_SMALLER = 0.78  # matplotlib's letters beside Pillow's of the same height: they are wider
_ALONE = threading.Lock()  # matplotlib's settings belong to the whole process


def plotted(skin: Skin, paint: Callable[[Sheet], None], **axes: Any) -> Image.Image:
    """What `paint` puts on the axes, whatever settings a matplotlibrc or another thread has made."""
    import matplotlib

    with _ALONE, matplotlib.rc_context():
        matplotlib.rcdefaults()
        sheet = Sheet(skin, **axes)
        paint(sheet)
        return sheet.image()


def share(colour: Colour) -> tuple[float, ...]:
    """As matplotlib counts: from 0 to 1."""
    return tuple(part / 255 for part in colour)


class Sheet:
    """Axes with these margins; margins and all lengths are shares of the skin's size, as on the canvas."""

    def __init__(
        self,
        skin: Skin,
        left: float = 0.13,
        right: float = 0.04,
        top: float = 0.05,
        bottom: float = 0.13,
        projection: str | None = None,
    ):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        wide, high = skin.pixels
        self.skin, self.ink, self.faint = skin, share(skin.ink), share(skin.faint)
        self.stroke = skin.stroke * skin.size
        self.height = _SMALLER * letters(skin) * skin.size
        self.figure = Figure(figsize=(wide / _DPI, high / _DPI), dpi=_DPI, facecolor=share(skin.paper))
        self._canvas = FigureCanvasAgg(self.figure)
        self._across, self._down = skin.size / wide, skin.size / high
        width, height = 1 - (left + right) * self._across, 1 - (top + bottom) * self._down
        place = (left * self._across, bottom * self._down, width, height)
        self.axes = self.figure.add_axes(place, projection=projection, facecolor=share(skin.paper))
        self.axes.set_axisbelow(True)
        for spine in self.axes.spines.values():
            spine.set(linewidth=0.7 * self.stroke, edgecolor=self.ink)
        self._ticks(self.axes)

    def _ticks(self, axes: Any) -> None:
        short = 0.016 * self.skin.size
        axes.tick_params(
            labelsize=self.height, labelcolor=self.ink, color=self.ink, length=short, width=0.7 * self.stroke, pad=short
        )
        axes.tick_params(which="minor", length=0.6 * short, width=0.5 * self.stroke)

    def colour(self, name: str) -> tuple[float, ...]:
        return share(self.skin.colours[name])

    def rules(self, axis: str, top: int, each: int = 1, numbered: int = 2) -> None:
        """A scale from 0 along "x" or "y": a faint rule at every `each`, a number at every `numbered`."""
        scale = getattr(self.axes, f"{axis}axis")
        scale.set_ticks(range(0, top + 1, numbered))
        scale.set_ticks([value for value in range(0, top + 1, each) if value % numbered], minor=True)
        self.grid(axis)

    def grid(self, axis: str) -> None:
        self.axes.grid(axis=axis, which="major", color=self.faint, linewidth=0.8 * self.stroke)
        self.axes.grid(axis=axis, which="minor", color=self.faint, linewidth=0.5 * self.stroke)

    def names(self, names: Sequence[str]) -> None:
        """Below the places 0, 1, 2 …"""
        self.axes.set_xticks(range(len(names)), names)
        self.axes.set_xlim(-0.6, len(names) - 0.4)

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        style = {"ha": "center", "va": "center", "color": self.ink, "fontsize": self.height} | style
        self.axes.text(x, y, text, **style)

    def legend(self, names: Sequence[str]) -> None:
        """Of what has been drawn with a label, in one row above the axes."""
        self.axes.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=len(names),
            fontsize=self.height,
            labelcolor=self.ink,
            edgecolor=self.faint,
            facecolor="none",
            handlelength=1.0,
            handletextpad=0.4,
            columnspacing=1.0,
            borderpad=0.3,
            borderaxespad=0.3,
        )

    def beside(self, corner: Point, away: Point, text: str) -> None:
        """That far from a corner of the axes, which are (0, 0) to (1, 1)."""
        shift = tuple(far * self.skin.size for far in away)
        style = {"ha": "center", "va": "center", "color": self.ink, "fontsize": self.height}
        self.axes.annotate(text, corner, shift, xycoords="axes fraction", textcoords="offset points", **style)

    def colour_bar(self, shades: Any, ticks: Iterable[int]) -> None:
        """To the right of the axes, which have to leave a fifth free."""
        box = self.axes.get_position()
        beside = self.figure.add_axes((box.x1 + 0.04 * self._across, box.y0, 0.065 * self._across, box.height))
        bar = self.figure.colorbar(shades, cax=beside, ticks=list(ticks))
        self._ticks(bar.ax)
        bar.outline.set(linewidth=0.7 * self.stroke)

    def image(self) -> Image.Image:
        import numpy as np
        from PIL import Image

        self._canvas.draw()
        return Image.fromarray(np.ascontiguousarray(np.asarray(self._canvas.buffer_rgba())[..., :3]))
