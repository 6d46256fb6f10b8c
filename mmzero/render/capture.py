"""How a picture is had from a program: whatever it saves, shows, leaves open or returns, as one Pillow image.

matplotlib and Pillow are told once, in the zygote; what is captured lives in the child.
"""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mmzero.render import drawer

if TYPE_CHECKING:
    from PIL import Image

OUTPUT = "output.png"  # the name a program may save to; any other will do
_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
_MOST_TEXTS, _MOST_LETTERS = 500, 200
_LONGEST = 16384  # of either side of what is made smaller: beyond it nobody meant a picture
_NAMES = ("image", "img", "canvas", "im", "picture", "fig")  # where programs leave a picture they did not save


class TooBig(Exception):
    """The picture has more pixels than the policy allows."""


class NoImage(Exception):
    """The program ended and there is nothing to show."""


class _Capture:
    def __init__(self) -> None:
        self.picture: Image.Image | None = None  # the last one saved or shown
        self.texts: dict[str, None] = {}  # what was written into pictures, each once, in order
        self.max_pixels = 0


_capture = _Capture()


def begin(max_pixels: int) -> None:
    _capture.max_pixels = max_pixels
    forget()


def forget() -> None:
    _capture.picture = None
    _capture.texts.clear()


def texts() -> list[str]:
    """What the program wrote into its pictures with a font, as far as it used the libraries for it."""
    return list(_capture.texts)


def _note(text: object) -> None:
    if isinstance(text, str) and text.strip() and len(_capture.texts) < _MOST_TEXTS:
        _capture.texts[text[:_MOST_LETTERS].encode("utf8", "replace").decode()] = None


def check(width: float, height: float) -> None:
    """Before the pixels are there, where that can be known."""
    if not (width >= 1 and height >= 1):
        raise NoImage(f"a picture of {width:.0f} x {height:.0f} pixels has none")
    if width * height > _capture.max_pixels:
        raise TooBig(
            f"a picture of {width:.0f} x {height:.0f} pixels is over the limit of {_capture.max_pixels} in all"
        )


def fitting(width: float, height: float) -> float:
    """How much smaller something drawn without pixels of its own is to be, 1 where it fits as it is."""
    if width * height <= _capture.max_pixels or max(width, height) > _LONGEST:
        check(width, height)
        return 1.0
    around = width + height  # either side may be rounded up: (w z + 1)(h z + 1) pixels have to be allowed
    return (math.sqrt(around**2 + 4 * width * height * (_capture.max_pixels - 1)) - around) / (2 * width * height)


def collected(names: dict[str, Any]) -> Image.Image:
    """What was saved last, else the open figure, else the turtle's sheet, else a picture among the names."""
    import matplotlib.pyplot as plt

    from mmzero.render import turtle

    if _capture.picture is not None:
        return _capture.picture
    if data := drawer.newest(lambda data: data.startswith(_MAGIC)):
        return _opened(data)
    if plt.get_fignums():
        return picture_of(plt.gcf())
    found = (picture_of(value) for value in (turtle.sheet(check), *map(names.get, _NAMES)))
    picture = next((each for each in found if each is not None), None)
    if picture is None:
        raise NoImage("the program ended without a picture: save or show a matplotlib figure or a Pillow image")
    return picture


def picture_of(value: object) -> Image.Image | None:
    from matplotlib.figure import Figure
    from PIL import Image

    if isinstance(value, Figure):
        value.savefig(OUTPUT)
        return _capture.picture
    if isinstance(value, Image.Image):
        check(*value.size)
        return value
    return None


def on_white(picture: Image.Image) -> Image.Image:
    """RGB, as a page shows it: what is transparent is white."""
    from PIL import Image

    if picture.mode == "RGB":
        return picture
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, (255, 255, 255, 255)), picture)
    return picture.convert("RGB")


def _opened(data: bytes) -> Image.Image:
    from PIL import Image

    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    check(*picture.size)
    return picture


def install() -> None:
    """Once, in the zygote."""
    _of_pillow()
    _of_matplotlib()


def _of_pillow() -> None:
    from PIL import Image, ImageDraw

    real, real_text = Image.Image.save, ImageDraw.ImageDraw.text

    def save(self: Image.Image, fp: Any, format: str | None = None, **how: Any) -> None:
        if hasattr(fp, "write"):
            real(self, fp, format, **how)
            return
        check(*self.size)
        _capture.picture = kept = self.copy()
        drawer.put(fp, lambda: _as_png(kept))

    def text(self: ImageDraw.ImageDraw, xy: Any, text: Any, *named: Any, **how: Any) -> None:
        _note(text)
        real_text(self, xy, text, *named, **how)

    Image.Image.save, ImageDraw.ImageDraw.text = save, text
    Image.Image.show = lambda self, *named, **how: save(self, OUTPUT)


def _as_png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _of_matplotlib() -> None:
    """Pixels are taken from the canvas, at the dpi and in the box asked for: no PNG is made to be read again."""
    import matplotlib
    import matplotlib.pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    real_save, real_print = Figure.savefig, FigureCanvasAgg.print_png

    def savefig(self: Figure, fname: Any = OUTPUT, *named: Any, **how: Any) -> None:
        dpi = how.get("dpi") or matplotlib.rcParams["savefig.dpi"]
        dpi = self.dpi if dpi == "figure" else dpi
        check(*(side * dpi for side in self.get_size_inches()))
        if hasattr(fname, "write"):
            real_save(self, fname, *named, **how)
            return
        for name in ("format", "backend", "metadata", "pil_kwargs"):
            how.pop(name, None)
        FigureCanvasAgg.print_png = _keep_canvas
        try:
            real_save(self, io.BytesIO(), *named, format="png", **how)
        finally:
            FigureCanvasAgg.print_png = real_print
        kept = _capture.picture
        drawer.put(fname, lambda: _as_png(kept))

    Text.draw = _noting(Text.draw)
    Figure.savefig = savefig
    Figure.show = plt.show = lambda *named, **how: None


def _noting(real: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(real)  # with what matplotlib notes on it
    def draw(self: Any, *named: Any, **how: Any) -> None:
        if self.get_visible():
            _note(self.get_text())
        real(self, *named, **how)

    return draw


def _keep_canvas(canvas: Any, *named: Any, **how: Any) -> None:
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    FigureCanvasAgg.draw(canvas)
    drawn = np.asarray(canvas.buffer_rgba())
    check(drawn.shape[1], drawn.shape[0])
    opaque = drawn[..., 3].min() == 255
    _capture.picture = Image.fromarray(np.ascontiguousarray(drawn[..., :3]) if opaque else np.array(drawn))
