"""Which fonts a drawing may ask for: those that are loaded and their stand-ins; any other is an error where it is asked for,
and no picture in another font. Told to matplotlib and Pillow once, in the zygote; must not know what draws."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# The fonts a program written on a desk expects, and which of ours stands in.
_STAND_INS = {
    "DejaVuSans": ("arial", "helvetica", "verdana", "calibri", "tahoma", "segoeui", "liberationsans", "freesans"),
    "DejaVuSerif": ("times", "timesnewroman", "georgia", "cambria", "liberationserif", "freeserif"),
    "DejaVuSansMono": ("courier", "couriernew", "cour", "consolas", "menlo", "monaco", "liberationmono", "freemono"),
}
_BOLD = ("bold", "bd", "b")
_STYLE = "xkcd"  # matplotlib's own sketchy style names a font that it does not bring; the default stands in there
_LOOKS_THROUGH = "_find_fonts_by_props"  # where matplotlib itself tries the families of a list one by one


def install(bytes_of: dict[str, bytes]) -> None:
    """`bytes_of` are our font files by path."""
    from matplotlib import RcParams, font_manager
    from PIL import ImageFont

    manager, properties = font_manager.fontManager, font_manager.FontProperties
    manager.ttflist = [
        one for one in manager.ttflist if os.path.realpath(one.fname) in bytes_of
    ]  # on every machine alike
    refuse = _refusing(manager, font_manager.font_family_aliases)
    RcParams.validate["font.family"] = _checked(RcParams.validate["font.family"], refuse)
    properties.set_family = properties.set_name = _set_family(properties.set_family, refuse)
    properties.set_file = _set_file(properties.set_file, bytes_of)
    ImageFont.truetype = _truetype(ImageFont.truetype, {Path(name).stem: data for name, data in bytes_of.items()})


def _refusing(manager: Any, generic: Iterable[str]) -> Callable[[Any], None]:
    fine = {_STYLE, "", "normal", *generic, *(name for names in _STAND_INS.values() for name in names)}

    def there(family: str) -> bool:
        """Of a name or of a pattern such as 'sans:bold' or 'DejaVu Sans-12'."""
        name = family.replace("\\", "").partition(":")[0].strip().lower()
        names = {name, name.rpartition("-")[0] or name}
        ours = {one.name.lower() for one in manager.ttflist}
        return any(each in ours or each in fine or each.replace(" ", "") in fine for each in names)

    def refuse(families: Any) -> None:
        named = families.split(",") if isinstance(families, str) else list(families)
        if named and all(isinstance(one, str) for one in named) and not any(map(there, named)):
            ours = ", ".join(sorted({one.name for one in manager.ttflist if one.name.startswith("DejaVu")}))
            raise ValueError(
                f"the font {', '.join(named)[:200]} is not here; there are {ours}, and sans-serif, serif and monospace"
            )

    return refuse


def _checked(real: Callable[[Any], Any], refuse: Callable[[Any], None]) -> Callable[[Any], Any]:
    def validate(value: Any) -> Any:
        families = real(value)
        refuse(families)
        return families

    return validate


def _set_family(real: Callable[..., None], refuse: Callable[[Any], None]) -> Callable[..., None]:
    def set_family(self: Any, family: Any) -> None:
        if family is not None and sys._getframe(1).f_code.co_name != _LOOKS_THROUGH:
            refuse(family)
        real(self, family)

    return set_family


def _set_file(real: Callable[..., None], bytes_of: dict[str, bytes]) -> Callable[..., None]:
    def set_file(self: Any, file: Any) -> None:
        if file is not None and os.path.realpath(os.fspath(file)) not in bytes_of:
            with open(file, "rb"):  # it would otherwise be missed where the text is drawn, which no line says
                pass
        real(self, file)

    return set_file


def _truetype(real, fonts: dict[str, bytes]):
    """Pillow's, with our fonts under their names wherever a system would keep them, and under their stand-ins'."""
    by_name = {name.lower(): data for name, data in fonts.items()}
    for ours, names in _STAND_INS.items():
        by_name |= dict.fromkeys(names, fonts[ours])
        by_name |= {name + bold: fonts[f"{ours}-Bold"] for name in names for bold in _BOLD}

    def truetype(font=None, size=10, *more, **named):
        if isinstance(font, (str, os.PathLike)):
            plain = Path(font).name.lower().removesuffix(".ttf").replace(" ", "")
            plain = plain if plain in by_name else plain.replace("-regular", "").replace("-", "").replace("_", "")
            data = by_name.get(plain)
            font = font if data is None else io.BytesIO(data)
        return real(font, size, *more, **named)

    return truetype
