"""A sheet of held-out tasks: picture, question, truth, and what was answered before and after. Plain pixels, so that
no text is ever parsed; must not choose what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mmzero.report.evidence import Pair, Row
from mmzero.report.examples import WORDS, cut, one_line

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

COLUMNS, WIDTH, HEIGHT, MARGIN, PICTURE = 3, 760, 336, 24, 256
INK, MUTED, LINE, PAPER = "#22272e", "#6b7580", "#dde2e7", "#f6f8fa"
RIGHT, WRONG = "#14783f", "#b3261e"


def draw_tasks(pairs: Sequence[Pair], target: Path) -> None:
    from PIL import Image, ImageDraw

    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    sheet = Image.new("RGB", (columns * (WIDTH + MARGIN) + MARGIN, rows * (HEIGHT + MARGIN) + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    for place, pair in enumerate(pairs):
        left = MARGIN + place % columns * (WIDTH + MARGIN)
        top = MARGIN + place // columns * (HEIGHT + MARGIN)
        pen.rounded_rectangle((left, top, left + WIDTH, top + HEIGHT), 14, "white", LINE, 2)
        _picture(sheet, pair.picture, left + 20, top + (HEIGHT - PICTURE) // 2)
        _words(pen, pair, left + PICTURE + 44, top + 22, WIDTH - PICTURE - 66)
    sheet.save(target)


def _picture(sheet: Image.Image, path: Path | None, left: int, top: int) -> None:
    from PIL import Image, ImageDraw

    box = (left - 1, top - 1, left + PICTURE, top + PICTURE)
    if path is None:
        ImageDraw.Draw(sheet).rectangle(box, PAPER, LINE)
        return
    with Image.open(path) as picture:
        seen = picture.convert("RGB")
    scale = PICTURE / max(seen.size)
    size = tuple(max(1, round(side * scale)) for side in seen.size)
    # Enlarged without smoothing: the pixels shown are the pixels the model saw.
    seen = seen.resize(size, Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.LANCZOS)
    sheet.paste(seen, (left + (PICTURE - size[0]) // 2, top + (PICTURE - size[1]) // 2))
    ImageDraw.Draw(sheet).rectangle(box, outline=LINE)


def _words(pen: ImageDraw.ImageDraw, pair: Pair, left: int, top: int, width: int) -> None:
    small, plain, bold = _font(19), _font(23), _font(23, "-Bold")
    head = f"{one_line(pair.before['family'], 40)} · level {pair.before['level']}"
    y = _paragraph(pen, head, left, top, width, small, MUTED, lines=1)
    y = _paragraph(pen, WORDS[pair.fate], left, y, width, small, MUTED, lines=1) + 8
    _paragraph(pen, one_line(pair.before["question"], 600), left, y, width, plain, INK, lines=4)
    y = top + 182
    _fact(pen, "truth", one_line(pair.before["answer"], 200) or "(none)", left, y, width, bold, INK)
    for row, (name, said) in enumerate((("before", pair.before), ("after", pair.after)), start=1):
        _fact(pen, name, _verdict(said), left, y + 38 * row, width, bold, RIGHT if said["correct"] else WRONG)


def _verdict(row: Row) -> str:
    return f"{'✓' if row['correct'] else '✗'} {one_line(row['said'], 200) or '(no answer)'}"


def _fact(pen, name: str, value: str, left: int, y: int, width: int, font: ImageFont.FreeTypeFont, colour: str) -> None:
    pen.text((left, y + 3), name, MUTED, _font(19))
    _paragraph(pen, value, left + 84, y, width - 84, font, colour, lines=1)


def _paragraph(pen, text: str, left: int, top: int, width: int, font, colour: str, lines: int) -> int:
    """Where the next paragraph may begin."""
    for line in wrap(text, font, width, lines):
        pen.text((left, top), line, colour, font)
        top += round(font.size * 1.32)
    return top


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int, most: int) -> list[str]:
    """At most `most` lines, none wider than `width` pixels, a word too long broken, text left over an ellipsis."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < most:
        fits = _fitting(rest, font, width)
        if fits < len(rest) and len(lines) == most - 1:
            fits = _fitting(rest, font, width - font.getlength("…"))
            return [*lines, cut(rest, fits + 1)]
        space = rest.rfind(" ", 0, fits + 1) if fits < len(rest) else -1
        fits = space if space > 0 else fits
        lines.append(rest[:fits].rstrip())
        rest = rest[fits:].lstrip()
    return lines


def _fitting(text: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    """How many characters fit, at least one so that wrapping ends."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(text[:middle]) <= width else (low, middle - 1)
    return low


def _font(size: int, weight: str = "") -> ImageFont.FreeTypeFont:
    from matplotlib import get_data_path
    from PIL import ImageFont

    # The same letters on every machine: matplotlib brings them along.
    return ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", f"DejaVuSans{weight}.ttf"), size)
