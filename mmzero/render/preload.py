"""What the zygote loads once so that a fork draws at once: libraries, fonts held in memory, one drawing to warm up.

Runs no program of a model, and leaves `sys.path` without the folder of installed packages: what was not loaded here
is not there, on every machine alike.
"""

from __future__ import annotations

import functools
import importlib
import io
import os
import sys
import types
from collections.abc import Iterable
from pathlib import Path

from mmzero.render import fonts

# What drawings import late, or their libraries do; a shared library of the system could not be loaded any more.
_MODULES = """
argparse array ast base64 bisect bz2 calendar cmath codecs collections colorsys contextlib copy csv dataclasses datetime
decimal enum fractions functools gzip hashlib heapq html inspect io itertools json linecache locale logging lzma math
numbers operator pathlib pickle platform pprint queue random re secrets shutil statistics string struct tempfile textwrap
threading time traceback types typing unicodedata uuid warnings xml.etree.ElementTree zipfile zlib zoneinfo
encodings.ascii encodings.idna encodings.latin_1
contourpy numpy numpy.fft numpy.linalg numpy.ma numpy.polynomial numpy.random
PIL.Image PIL.ImageChops PIL.ImageColor PIL.ImageDraw PIL.ImageEnhance PIL.ImageFilter PIL.ImageFont PIL.ImageOps
matplotlib.animation matplotlib.backends.backend_agg matplotlib.collections matplotlib.colors matplotlib.dates
matplotlib.gridspec matplotlib.image matplotlib.lines matplotlib.patches matplotlib.patheffects matplotlib.path
matplotlib.pyplot matplotlib.sankey matplotlib.ticker matplotlib.transforms matplotlib.tri
mpl_toolkits.axes_grid1 mpl_toolkits.axes_grid1.inset_locator mpl_toolkits.mplot3d
"""
_FAMILIES = ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono", "STIXGeneral", "cmr10")


def load(packages: Iterable[str], svg: bool) -> None:
    """Raises ImportError, in a sentence, for a package that is not there."""
    _matplotlib_without_folders()
    for name in [*_MODULES.split(), *packages, *(["resvg_py"] if svg else [])]:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ImportError(f"the drawing process cannot import {name} ({error})") from error
    from PIL import Image

    Image.init()
    _fonts_in_memory()
    _warm_up()


def readable() -> list[str]:
    """What a program may open: the standard library and the folders of the packages that were loaded."""
    library, ours = os.path.dirname(os.__file__), str(Path(__file__).resolve().parents[1])
    homes = [
        home for name, module in sys.modules.items() if "." not in name for home in getattr(module, "__path__", ())
    ]
    return sorted({library, *(home for home in homes if os.path.isabs(home) and home != ours)})


def forget_installed() -> None:
    """Late imports find the standard library, and what is inside a package that was loaded; no other package."""
    library = os.path.dirname(os.__file__)
    sys.path[:] = [path for path in sys.path if path.startswith(library) and "site-packages" not in path]
    sys.path_importer_cache.clear()


def _matplotlib_without_folders() -> None:
    """It would otherwise make itself a folder in the file system, or complain that it cannot."""
    import matplotlib

    for name in ("get_cachedir", "get_configdir"):
        setattr(matplotlib, name, lambda: "/nonexistent")
    import logging

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    matplotlib.use("Agg")


class _MemoryFont(io.BytesIO):
    """A font file's bytes; matplotlib asks a file for its name."""

    name = ""


def _fonts_in_memory() -> None:
    """Forks share no open font file then, so matplotlib's cache of fonts outlives the fork: 12 ms a drawing."""
    from matplotlib import cbook, font_manager, ft2font
    from PIL import ImageFont

    folder = Path(cbook._get_data_path("fonts", "ttf"))
    bytes_of = {os.path.realpath(path): path.read_bytes() for path in sorted(folder.glob("*.ttf"))}
    font_manager.ft2font = _opening_from_memory(ft2font, bytes_of)
    font_manager._get_font = functools.lru_cache(64)(font_manager._get_font.__wrapped__)  # not emptied by a fork
    for family in _FAMILIES:
        for weight in ("normal", "bold"):
            for style in ("normal", "italic"):
                wanted = font_manager.FontProperties(family=family, weight=weight, style=style)
                font_manager.get_font(font_manager.findfont(wanted))
    fonts.install(bytes_of)
    ImageFont.load_default = functools.cache(ImageFont.load_default)


def _opening_from_memory(ft2font: types.ModuleType, bytes_of: dict[str, bytes]) -> types.ModuleType:
    real = ft2font.FT2Font

    def open_font(filename: object, **more: object) -> object:
        data = bytes_of.get(os.path.realpath(str(filename)))
        if data is None:
            return real(filename, **more)
        font = _MemoryFont(data)
        font.name = str(filename)
        return real(font, **more)

    stand_in = types.ModuleType("matplotlib.ft2font")
    stand_in.__dict__.update(ft2font.__dict__, FT2Font=open_font)
    return stand_in


def _warm_up() -> None:
    import matplotlib.pyplot as plt
    from PIL import Image, ImageDraw

    ImageDraw.Draw(Image.new("RGB", (64, 16))).text((0, 0), "warm up")

    for projection in (None, "3d", "polar"):
        figure, axes = plt.subplots(subplot_kw={"projection": projection}, figsize=(2, 2), dpi=50)
        axes.plot([1, 2, 3], [1, 4, 9], label="a $x^2$")
        axes.set_title("warm up $\\alpha$")
        axes.legend()
        figure.savefig(io.BytesIO(), format="png", bbox_inches="tight" if projection is None else None)
        plt.close(figure)
