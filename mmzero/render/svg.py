"""Drawing SVG by resvg with fonts of our own; whatever would reach outside the text is refused before it is drawn.

Runs in the child, which can open the fonts and nothing else. XML is parsed here only, with no document type at all.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from PIL import Image

_FONTS = ("DejaVuSans", "DejaVuSerif", "DejaVuSansMono")
_SANS = "DejaVu Sans"
_STYLES = ("", "-Bold", "-Oblique", "-BoldOblique", "-Italic", "-BoldItalic")
_UNITS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "ex": 8.0,
}
_LENGTH = re.compile(r"\s*\+?([0-9.]+(?:e[+-]?[0-9]+)?)\s*(px|pt|pc|mm|cm|in|em|ex|)\s*", re.IGNORECASE)
_INSIDE = re.compile(r"\s*(?:#|data:image/(?:png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
_URL = re.compile(r"url\(\s*+['\"]?+\s*+(?!#)", re.IGNORECASE)
_NO_SIZE = (100.0, 100.0)  # what resvg takes where the document says nothing


def font_files() -> list[str]:
    from matplotlib import cbook

    folder = Path(cbook._get_data_path("fonts", "ttf"))
    found = [folder / f"{name}{style}.ttf" for name in _FONTS for style in _STYLES]
    return [str(path) for path in found if path.exists()]


def draw(text: str, fitting: Callable[[float, float], float]) -> Image.Image:
    """Raises ValueError in a sentence for what is not a self-contained SVG document. `fitting` says of a size how much
    smaller it is to be drawn, or raises."""
    import resvg_py
    from PIL import Image

    root = _parsed(text)
    if reached := next(_outward(root), None):
        raise ValueError(f"an SVG document may only refer to itself (#name) and to data:image, not to {reached[:80]!r}")
    smaller = fitting(*_size(root))
    fonts = font_files()
    if not fonts:
        raise RuntimeError("matplotlib's fonts are missing, and without them text would silently disappear")
    drawn = resvg_py.svg_to_bytes(
        svg_string=text, zoom=smaller, background="#ffffff", skip_system_fonts=True, font_files=fonts, font_family=_SANS,
        serif_family=_SANS,  # where resvg turns for any family it has not: mostly Arial
        sans_serif_family=_SANS, monospace_family="DejaVu Sans Mono", cursive_family=_SANS, fantasy_family=_SANS,
    )  # fmt: skip
    return Image.open(io.BytesIO(drawn), formats=("PNG",))


def _parsed(text: str) -> ElementTree.Element:
    if re.search(r"<!\s*(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ValueError("an SVG document may not define a document type or entities")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"the SVG is not well-formed XML at line {error.position[0]}: {error}") from None
    if root.tag.rpartition("}")[2] != "svg":
        raise ValueError(f"the root of an SVG document is <svg>, not <{root.tag.rpartition('}')[2][:40]}>")
    return root


def _outward(root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].lower()
            refers = plain in ("href", "src") and not (_INSIDE.match(value) or _is_link(element))
            if refers or plain == "base" or _URL.search(value):
                yield value
        styles = (element.text or "") if str(element.tag).endswith("style") else ""
        if _URL.search(styles) or "@import" in styles.lower():
            yield styles.strip()


def _is_link(element: ElementTree.Element) -> bool:
    """Something to click on, which no drawing follows."""
    return str(element.tag).rpartition("}")[2] == "a"


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """In pixels, as resvg will have it."""
    numbers = [float(part) for part in re.findall(r"[0-9.]+(?:e[+-]?[0-9]+)?", root.get("viewBox", ""), re.IGNORECASE)]
    whole = (numbers[2], numbers[3]) if len(numbers) == 4 else _NO_SIZE
    return tuple(_length(root.get(name), of) for name, of in zip(("width", "height"), whole, strict=True))


def _length(said: str | None, of: float) -> float:
    found = _LENGTH.fullmatch(said or "")
    return float(found[1]) * _UNITS[found[2].lower()] if found else of
