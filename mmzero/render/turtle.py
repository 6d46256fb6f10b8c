"""A turtle that needs no screen: the drawing calls of Python's `turtle`, on a sheet of its own; animation calls do nothing.

A program imports it as `turtle`. It keeps strokes and draws them at the end, twice as large, for smooth edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

_SMOOTH = 2
_STROKES = 200_000


class _Sheet:
    def __init__(self) -> None:
        self.width, self.height, self.paper = 600, 600, "white"
        self.used, self.range = False, 1.0
        self.strokes: list[Callable[[Any], None]] = []
        self.window = (-300.0, -300.0, 300.0, 300.0)

    def add(self, stroke: Callable[[Any], None], at: int | None = None) -> None:
        if len(self.strokes) >= _STROKES:
            raise RuntimeError(f"the turtle has drawn {_STROKES} strokes, which is its limit")
        self.used = True
        self.strokes.insert(len(self.strokes) if at is None else at, stroke)

    def resize(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.window = (-width / 2, -height / 2, width / 2, height / 2)

    def point(self, x: float, y: float) -> tuple[float, float]:
        left, low, right, high = self.window
        across = (x - left) / (right - left) * self.width
        return across * _SMOOTH, (high - y) / (high - low) * self.height * _SMOOTH


_sheet = _Sheet()


def sheet(check: Callable[[float, float], None]) -> Image.Image | None:
    """The picture, if the turtle was used at all."""
    if not _sheet.used:
        return None
    from PIL import Image, ImageDraw

    check(_sheet.width, _sheet.height)
    picture = Image.new("RGB", (_sheet.width * _SMOOTH, _sheet.height * _SMOOTH), _sheet.paper)
    pen = ImageDraw.Draw(picture)
    for stroke in _sheet.strokes:
        stroke(pen)
    return picture.resize((_sheet.width, _sheet.height), Image.Resampling.BOX)


def _colour(values: tuple[Any, ...]) -> Any:
    """A name, a #code, or three numbers up to 1 or to 255 as `colormode` says."""
    value = values[0] if len(values) == 1 else values
    if isinstance(value, (tuple, list)):
        return tuple(max(0, min(255, round(255 * part / _sheet.range))) for part in value[:3])
    from PIL import ImageColor

    ImageColor.getrgb(value)  # a colour that is not there is an error where it is asked for
    return value


class Turtle:
    def __init__(self, *_: Any, **__: Any):
        _sheet.used = True
        self.reset()

    def reset(self) -> None:
        self._x = self._y = self._heading = 0.0
        self._down, self._pen, self._fill, self._width = True, "black", "black", 1.0
        self._corners: list[tuple[float, float]] | None = None
        self._below: int | None = None

    # --- moving

    def goto(self, x: Any, y: float | None = None) -> None:
        x, y = (float(part) for part in (x if y is None else (x, y)))
        if self._down:
            self._stroke([(self._x, self._y), (x, y)])
        self._x, self._y = x, y
        if self._corners is not None:
            self._corners.append((x, y))

    def _stroke(self, points: list[tuple[float, float]]) -> None:
        pen, width = self._pen, max(1, round(self._width * _SMOOTH))

        def stroke(on: Any) -> None:
            places = [_sheet.point(*point) for point in points]
            on.line(places, fill=pen, width=width, joint="curve")
            if width > 2:  # a round pen
                for x, y in places:
                    on.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=pen)

        _sheet.add(stroke)

    def forward(self, distance: float) -> None:
        turn = math.radians(self._heading)
        self.goto(self._x + distance * math.cos(turn), self._y + distance * math.sin(turn))

    def backward(self, distance: float) -> None:
        self.forward(-distance)

    def left(self, angle: float) -> None:
        self._heading = (self._heading + angle) % 360

    def right(self, angle: float) -> None:
        self.left(-angle)

    def setheading(self, angle: float) -> None:
        self._heading = angle % 360

    def setx(self, x: float) -> None:
        self.goto(x, self._y)

    def sety(self, y: float) -> None:
        self.goto(self._x, y)

    def home(self) -> None:
        self.goto(0, 0)
        self._heading = 0.0

    def circle(self, radius: float, extent: float | None = None, steps: int | None = None) -> None:
        """Python's own: a polygon walked along, the centre `radius` to the left."""
        extent = 360.0 if extent is None else extent
        steps = 1 + int(min(11 + abs(radius) / 6, 59) * abs(extent) / 360) if steps is None else steps
        turn = extent / steps
        side = 2 * radius * math.sin(math.radians(turn / 2))
        turn, side = (turn, side) if radius >= 0 else (-turn, -side)
        self.left(turn / 2)
        for _ in range(steps):
            self.forward(side)
            self.left(turn)
        self.left(-turn / 2)

    # --- the pen

    def penup(self) -> None:
        self._down = False

    def pendown(self) -> None:
        self._down = True

    def isdown(self) -> bool:
        return self._down

    def pensize(self, width: float | None = None) -> float | None:
        if width is None:
            return self._width
        self._width = float(width)

    def pencolor(self, *colour: Any) -> Any:
        if not colour:
            return self._pen
        self._pen = _colour(colour)

    def fillcolor(self, *colour: Any) -> Any:
        if not colour:
            return self._fill
        self._fill = _colour(colour)

    def color(self, *colours: Any) -> Any:
        if not colours:
            return self._pen, self._fill
        two = len(colours) == 2
        self._pen, self._fill = _colour(colours[:1] if two else colours), _colour(colours[1:] if two else colours)

    def begin_fill(self) -> None:
        self._corners, self._below = [(self._x, self._y)], len(_sheet.strokes)

    def end_fill(self) -> None:
        corners, colour = self._corners or [], self._fill
        if len(corners) > 2:  # beneath the outline that was walked
            _sheet.add(lambda on: on.polygon([_sheet.point(*corner) for corner in corners], fill=colour), self._below)
        self._corners = None

    def filling(self) -> bool:
        return self._corners is not None

    def dot(self, size: float | None = None, *colour: Any) -> None:
        size = max(self._width + 4, 2 * self._width) if size is None else size
        place, ink = (self._x, self._y), _colour(colour) if colour else self._pen

        def stroke(on: Any) -> None:
            (x, y), radius = _sheet.point(*place), size / 2 * _SMOOTH
            on.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)

        _sheet.add(stroke)

    def write(self, arg: Any, move: bool = False, align: str = "left", font: Any = ("Arial", 8, "normal")) -> None:
        from PIL import ImageFont

        text, place, ink = str(arg), (self._x, self._y), self._pen
        name = "DejaVuSans-Bold" if "bold" in str(font[2:]) else "DejaVuSans"
        letters = ImageFont.truetype(name, round(font[1] * 4 / 3 * _SMOOTH))
        anchor = {"left": "ld", "center": "md", "right": "rd"}[align]
        _sheet.add(lambda on: on.text(_sheet.point(*place), text, fill=ink, font=letters, anchor=anchor))

    # --- asking

    def position(self) -> tuple[float, float]:
        return self._x, self._y

    def xcor(self) -> float:
        return self._x

    def ycor(self) -> float:
        return self._y

    def heading(self) -> float:
        return self._heading

    def distance(self, x: Any, y: float | None = None) -> float:
        return math.dist((self._x, self._y), self._place(x, y))

    def towards(self, x: Any, y: float | None = None) -> float:
        x, y = self._place(x, y)
        return math.degrees(math.atan2(y - self._y, x - self._x)) % 360

    @staticmethod
    def _place(x: Any, y: float | None) -> tuple[float, float]:
        return x.position() if isinstance(x, Turtle) else tuple(x) if y is None else (x, y)

    def clear(self) -> None:
        _sheet.strokes.clear()

    def getscreen(self) -> Screen:
        return Screen()

    def __getattr__(self, name: str) -> Any:
        return _nothing(name, _IDLE)

    fd, bk, back, lt, rt = forward, backward, backward, left, right
    setpos = setposition = goto
    seth, up, pu, down, pd, width, pos = setheading, penup, penup, pendown, pendown, pensize, position


class Screen:
    def __init__(self) -> None:
        _sheet.used = True

    def setup(self, width: float = 600, height: float = 600, *_: Any, **__: Any) -> None:
        _sheet.resize(*(round(side * 1000 if side <= 1 else side) for side in (width, height)))  # a share of the screen

    def screensize(self, canvwidth: int | None = None, canvheight: int | None = None, bg: Any = None) -> Any:
        if canvwidth is None:
            return _sheet.width, _sheet.height
        _sheet.resize(round(canvwidth), round(canvheight or canvwidth))
        if bg is not None:
            self.bgcolor(bg)

    def setworldcoordinates(self, llx: float, lly: float, urx: float, ury: float) -> None:
        if llx == urx or lly == ury:
            raise ValueError("world coordinates need a width and a height")
        _sheet.window = (llx, lly, urx, ury)

    def bgcolor(self, *colour: Any) -> Any:
        if not colour:
            return _sheet.paper
        _sheet.used, _sheet.paper = True, _colour(colour)

    def colormode(self, most: float | None = None) -> Any:
        if most is None:
            return _sheet.range
        _sheet.range = float(most)

    def window_width(self) -> int:
        return _sheet.width

    def window_height(self) -> int:
        return _sheet.height

    def clear(self) -> None:
        _sheet.strokes.clear()

    def __getattr__(self, name: str) -> Any:
        return _nothing(name, _IDLE_SCREEN)


# What moves, waits or listens on a real screen.
_IDLE = """speed hideturtle ht showturtle st shape shapesize turtlesize stamp clearstamps undo isvisible setundobuffer
resizemode tilt onclick ondrag delay"""
_IDLE_SCREEN = """title tracer update delay mainloop exitonclick bye listen onkey onclick ontimer onscreenclick onkeypress mode
register_shape addshape bgpic getcanvas"""


def _nothing(name: str, known: str) -> Callable[..., None]:
    if name not in known.split():
        raise AttributeError(f"the turtle of a drawing has no {name!r}")
    return lambda *_, **__: None


_default: Turtle | None = None


def __getattr__(name: str) -> Any:
    """turtle.forward(100) is what the one turtle there is does, turtle.bgcolor(...) what its screen does."""
    global _default
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ("done", "mainloop"):
        return lambda: None
    if name in ("Pen", "RawTurtle"):
        return Turtle
    if name in _IDLE_SCREEN.split() or (hasattr(Screen, name) and not hasattr(Turtle, name)):
        return getattr(Screen(), name)
    _default = _default or Turtle()
    return getattr(_default, name)


_OWN = {name for kind in (Turtle, Screen) for name in vars(kind) if not name.startswith("_")}
__all__ = sorted({*_OWN, *_IDLE.split(), *_IDLE_SCREEN.split(), "Pen", "Screen", "Turtle", "done"})  # for `import *`
