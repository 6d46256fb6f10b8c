"""The bank on one page and in one picture: every family at every level. Holds no figure and no judgement."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

from mmzero import bank, families
from mmzero.bank import Made
from mmzero.errors import UserError

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1500px; padding: 0 1rem }
body { color: #222; background: #fafafa }
h2 { margin: 2.5rem 0 0 } h3 { margin: 1.2rem 0 .2rem } p { margin: .2rem 0 .6rem; color: #555 }
.row { display: flex; gap: 12px; overflow-x: auto; padding-bottom: 8px }
figure { margin: 0; width: 190px; flex: none } img { width: 190px; border: 1px solid #ddd; border-radius: 6px; background: #fff }
figcaption { font-size: 12px; line-height: 1.35 } b { color: #0a6 } summary { color: #888; cursor: pointer }
"""


def write(names: Sequence[str], look: str, folder: Path) -> tuple[Path, Path]:
    """`gallery.html`, which needs no other file, and `gallery.png`."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; choose another --out")
    folder.mkdir(parents=True, exist_ok=True)
    rows = {name: [next(bank.make(name, level, 1, look=look)) for level in families.LEVELS] for name in names}
    page, sheet = folder / "gallery.html", folder / "gallery.png"
    page.write_text(_page(rows))
    _sheet(rows).save(sheet)
    return page, sheet


def _page(rows: dict[str, list[Made]]) -> str:
    parts, domain = [], ""
    for name, made in rows.items():
        if families.names()[name] != domain:
            domain = families.names()[name]
            parts.append(f"<h2>{html.escape(domain)}</h2>")
        about = (families.family(name).__doc__ or "").strip().splitlines()[0]
        figures = "".join(_figure(one) for one in made)
        parts.append(f'<h3>{html.escape(name)}</h3><p>{html.escape(about)}</p><div class="row">{figures}</div>')
    heading = f"{len(rows)} families in {len({families.names()[name] for name in rows})} domains, levels 0 to 9"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>The bank</title>'
        f"<style>{_STYLE}</style><h1>The bank</h1><p>{heading}</p>{''.join(parts)}</html>\n"
    )


def _figure(one: Made) -> str:
    picture = base64.b64encode(one.png).decode()
    steps = html.escape(" ".join(families.solution(one.task)))
    return (
        f'<figure><img alt="" src="data:image/png;base64,{picture}"><figcaption>{one.task.level}:'
        f" {html.escape(one.task.question)} <b>{html.escape(one.task.answer.text)}</b>"
        f"<details><summary>worked out</summary>{steps}</details></figcaption></figure>"
    )


def _sheet(rows: dict[str, list[Made]], side: int = 120, left: int = 110):
    from PIL import Image, ImageDraw, ImageFont, ImageOps

    gap, font = 6, ImageFont.load_default(size=15)
    width = left + len(families.LEVELS) * (side + gap) + gap
    sheet = Image.new("RGB", (width, 30 + len(rows) * (side + gap)), (250, 250, 250))
    draw = ImageDraw.Draw(sheet)
    for level in families.LEVELS:
        draw.text((left + level * (side + gap) + side / 2, 15), str(level), fill=(90, 90, 90), font=font, anchor="mm")
    for i, (name, made) in enumerate(rows.items()):
        top = 30 + i * (side + gap)
        draw.text((left - 8, top + side / 2), name, fill=(40, 40, 40), font=font, anchor="rm")
        for level, one in enumerate(made):
            picture = ImageOps.pad(Image.open(io.BytesIO(one.png)), (side, side), color=(250, 250, 250))
            sheet.paste(picture, (left + level * (side + gap), top))
    return sheet
