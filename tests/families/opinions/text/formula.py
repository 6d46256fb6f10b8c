"""Sympy on the expression's tree; and the digits in the picture read one by one against Pillow's own."""

from collections import Counter
from functools import cache

import numpy as np
import sympy
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage


def _sympy(node):
    if not isinstance(node, list):
        return sympy.Symbol("x") if node == "x" else sympy.Integer(node)
    sign, *parts = node
    if sign in ("()", "root"):
        return _sympy(parts[0]) if sign == "()" else sympy.sqrt(_sympy(parts[0]))
    one, two = map(_sympy, parts)
    if sign == "=":
        return sympy.Eq(one, two)
    return {"+": one + two, "-": one - two, "/": one / two, "^": one**two}.get(sign, one * two)


def rederive(scene: dict, question: str) -> str:
    found = _sympy(scene["formula"])
    if question.endswith("x?"):
        (found,) = [root for root in sympy.solve(found) if root.is_positive]
    return str(found)


def _tokens(node) -> list[str]:
    if isinstance(node, list):
        return [token for part in node[1:] for token in _tokens(part)]
    return list(str(node))


@cache
def _glyph(character: str) -> tuple[float, np.ndarray]:
    patch = Image.new("L", (200, 200))
    ImageDraw.Draw(patch).text((50, 50), character, font=ImageFont.load_default(size=90), fill=255)
    return _normal(np.asarray(patch) > 127)


def _normal(mark: np.ndarray) -> tuple[float, np.ndarray]:
    """A mark's width over its height, and the mark itself brought to one size."""
    rows, columns = np.where(mark.any(1))[0], np.where(mark.any(0))[0]
    cut = Image.fromarray(mark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8) * 255)
    return cut.width / cut.height, np.asarray(cut.resize((16, 24), Image.Resampling.BOX)) / 255


def _read(mark: np.ndarray) -> str:
    ratio, shape = _normal(mark)
    off = {c: np.abs(shape - _glyph(c)[1]).mean() + 0.5 * abs(ratio - _glyph(c)[0]) for c in "0123456789x+()"}
    best = min(off, key=off.get)
    return best if off[best] < 0.3 else ""


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    """The digits of the picture are those of the expression, whatever the order."""
    marks, _ = ndimage.label(picture.min(-1) < 140, np.ones((3, 3)))
    read = Counter(_read(marks[place] == i) for i, place in enumerate(ndimage.find_objects(marks), 1))
    wanted = Counter(token for token in _tokens(scene["formula"]) if token in "0123456789")
    return {mark: often for mark, often in read.items() if mark in set("0123456789")} == dict(wanted)
