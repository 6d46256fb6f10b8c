"""What every skin must keep: whole pictures of the right size, true colours, clear labels, and charts that matplotlib
draws of the same scenes, read back here from their pixels."""

from __future__ import annotations

import colorsys
import dataclasses
import hashlib
import io
import itertools
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from second_opinions import OPINIONS

from mmzero.errors import UserError
from mmzero.families import LEVELS, family, mint, names
from mmzero.families.canvas import FONTS, Canvas
from mmzero.families.skin import ASPECTS, PLAIN, PLOTTED, SKINS, skin

LOOKS = (*SKINS, "wide", "night-tall", "plotted-wide", "plotted-tall", "tiny-wide")
CHARTS = [name for name, domain in names().items() if domain == "charts"]
# Of these colours matplotlib's charts are.
RGB = {"red": (214, 38, 40), "blue": (31, 119, 180), "green": (44, 160, 44), "yellow": (237, 195, 20)}
RGB |= {"purple": (148, 83, 189)}
HUES = {"red": (-15, 12), "yellow": (38, 56), "green": (100, 150), "blue": (200, 230), "purple": (265, 292)}

EVERY_FAMILY = pytest.mark.parametrize("name", names())
EVERY_CHART = pytest.mark.parametrize("name", CHARTS)


def readable(name: str) -> list[str]:
    return [look for look in LOOKS if skin(look).size >= family(name).SMALLEST]


@EVERY_FAMILY
def test_every_skin_draws_a_scene_whole_and_the_same_way_twice(name):
    # Every skin at two levels, every level in a skin or two.
    for look, level in [(look, (i + half) % 10) for i, look in enumerate(readable(name)) for half in (0, 5)]:
        scene, one = family(name).sample(level, level), skin(look)
        image = family(name).draw(scene, one)
        assert image.size == one.pixels and image.mode == "RGB"
        assert image.tobytes() == family(name).draw(scene, skin(look)).tobytes()
        shades = np.asarray(image).astype(int)
        assert (abs(shades - one.paper).sum(-1) > 90).mean() > 0.005, "next to nothing is drawn"
        edges = {"top": shades[0], "bottom": shades[-1], "left": shades[:, 0], "right": shades[:, -1]}
        # What runs off a drawn square on purpose ends with the square where the paper goes on.
        beyond = {"left", "right"} if one.aspect > 1 else {"top", "bottom"} if one.aspect < 1 else set()
        for edge, strip in edges.items():
            assert np.ptp(strip, axis=-1).max() < 40, f"a coloured mark is cut at the {edge}"
            if edge in beyond or edge not in getattr(OPINIONS[name], "OPEN_EDGES", ()):
                assert (strip == one.paper).all(), f"ink at the {edge} edge, skin {look}"


@EVERY_FAMILY
def test_another_skin_is_another_picture_with_the_same_answer(name):
    def put(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    minted = [mint(name, 4, 3, SKINS[look], put) for look in readable(name) if look in SKINS]
    assert len({task.images for task in minted}) == len(minted)
    assert len({dataclasses.replace(task, images=()) for task in minted}) == 1


@pytest.mark.parametrize("name", ["boxes", "largest", "points"])
def test_where_places_are_asked_for_the_picture_stays_square(name):
    held: list[bytes] = []
    mint(name, 3, 1, skin("wide"), lambda data: held.append(data) or "hash")
    assert Image.open(io.BytesIO(held[0])).size == (252, 252)


@pytest.mark.parametrize("look", SKINS)
def test_a_skin_on_other_paper_is_sixteen_to_nine_and_as_legible(look):
    square = SKINS[look]
    assert square.pixels == (square.size, square.size)
    for shape in ASPECTS:
        long, short = sorted(skin(f"{look}-{shape}").pixels, reverse=True)
        assert 9 * long == 16 * short and short == skin(f"{look}-{shape}").size > square.size
    assert skin("wide").pixels == (448, 252) and skin("tall").pixels == (252, 448)
    assert {square.size for square in SKINS.values()} >= {64, 1024}


@pytest.mark.parametrize("wrong", ["dark", "dark-wide", "plain-flat", "wide-wide", "-wide", "plain-", "", "wide-plain"])
def test_a_skin_that_is_none_is_refused_with_those_that_are(wrong):
    with pytest.raises(UserError, match=f"there is no skin '{wrong}'; the skins are plain, tiny.* -wide or -tall"):
        skin(wrong)


@pytest.mark.parametrize("look", SKINS)
def test_a_colour_is_what_its_word_says_and_stands_out_from_the_paper(look):
    one = SKINS[look]
    assert one.font in FONTS and set(one.colours) == {*HUES, "black"}
    for word, (low, high) in HUES.items():
        hue, lightness, strength = colorsys.rgb_to_hls(*(part / 255 for part in one.colours[word]))
        assert low <= (360 * hue + 180) % 360 - 180 <= high or low <= 360 * hue <= high, f"{word} of {look}"
        assert 0.25 < lightness < 0.7 and strength > 0.27
    for word, colour in one.colours.items():
        others = [other for name, other in one.colours.items() if name != word]
        assert np.abs(np.subtract(colour, one.paper)).sum() > 150
        assert min(np.abs(np.subtract(colour, other)).sum() for other in others) > 90
    assert (
        np.abs(np.subtract(one.ink, one.paper)).sum() > 400 > 90 > 45 < np.abs(np.subtract(one.faint, one.paper)).sum()
    )


def test_wide_paper_holds_the_square_in_its_middle_untouched():
    scene, wide = family("clock").sample(3, 1), skin("wide")
    square = family("clock").draw(scene, dataclasses.replace(wide, aspect=1.0))
    assert family("clock").draw(scene, wide).crop((98, 0, 350, 252)).tobytes() == square.tobytes()


@EVERY_FAMILY
def test_no_two_labels_touch_in_the_letters_of_any_skin(name, monkeypatch):
    written, draw_text = [], Canvas.text

    def text(self, at, text, height=None, colour=None, anchor="mm"):
        wide, high = self.extent(str(text), height)
        left = at[0] - wide * {"l": 0, "m": 0.5, "r": 1}[anchor[0]]
        top = at[1] - high * {"a": 0, "t": 0, "m": 0.5, "s": 1, "b": 1, "d": 1}[anchor[1]]
        written.append((str(text), left, top, left + wide, top + high))
        draw_text(self, at, text, height, colour, anchor)

    monkeypatch.setattr(Canvas, "text", text)
    looks = [look for look in ("tiny", "small", "large", "serif", "plotted") if look in readable(name)]
    for look, level in itertools.product(looks, (0, 4, 9)):
        written.clear()
        family(name).draw(family(name).sample(level, level + 7), skin(look))
        for label, left, top, right, bottom in written:
            assert min(left, top) > -0.01 and max(right, bottom) < 1.01, f"'{label}' leaves the picture: {look}"
        for one, two in itertools.combinations(written, 2):
            apart = max(one[1] - two[3], two[1] - one[3], one[2] - two[4], two[2] - one[4])
            assert apart > -0.005, f"'{one[0]}' and '{two[0]}' overlap at level {level}: {look}"


def labels(sheet) -> dict[str, list]:
    """Every label of a matplotlib figure with the pixels it takes up."""
    from matplotlib.text import Text

    shown = [text for text in sheet.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    found: dict[str, list] = {}
    for text in shown:
        found.setdefault(text.get_text(), []).append(text.get_window_extent())
    return found


@EVERY_CHART
def test_matplotlibs_labels_are_those_of_the_drawn_chart_and_keep_clear_of_each_other(name, monkeypatch):
    from mmzero.families.charts._plotted import Sheet

    drawn, sheets, image = [], [], Sheet.image
    monkeypatch.setattr(Canvas, "text", lambda self, at, text, *_, **__: drawn.append(str(text)))
    monkeypatch.setattr(Sheet, "image", lambda self: (image(self), sheets.append(self))[0])
    looks = ("plotted", "plotted-wide", "plotted-tall")
    for level, look in [(place, looks[i]) for place in LEVELS for i in (0, 1 + place % 2)]:
        scene = family(name).sample(level, 100 + level)
        drawn.clear(), sheets.clear()
        family(name).draw(scene, PLAIN)
        family(name).draw(scene, skin(look))
        found, (wide, high) = labels(sheets[0]), skin(look).pixels
        assert set(drawn) <= set(found), f"{set(drawn) - set(found)} can be read off the drawn chart only"
        boxes = [(text, box) for text, places in found.items() for box in places]
        for text, box in boxes:
            assert 0 < box.x0 < box.x1 < wide and 0 < box.y0 < box.y1 < high, f"'{text}' leaves the picture: {look}"
        for (one, a), (two, b) in itertools.combinations(boxes, 2):
            assert not a.padded(-0.5).overlaps(b.padded(-0.5)), f"'{one}' and '{two}' overlap: {look}, {scene}"


def frame(picture: np.ndarray) -> tuple[int, int, int, int] | None:
    """Inside the four spines: left, top, right and floor; None where there is no such frame."""
    dark = picture.max(-1) < 110
    rows = [y for y, line in enumerate(dark) if longest(line)[1] - longest(line)[0] > 100]
    if not rows:
        return None
    left, right = longest(dark[rows[0]])
    return left + 1, rows[0] + 1, right - 1, rows[-1]


def longest(line: np.ndarray) -> tuple[int, int]:
    """Where the longest unbroken run of true begins and ends."""
    turns = np.flatnonzero(np.diff(np.pad(line, 1).astype(int))).reshape(-1, 2)
    return tuple(map(int, max(turns, key=np.ptp, default=(0, 0))))


@EVERY_CHART
def test_the_pixels_of_a_plotted_chart_bear_its_scene_out_and_another_scenes_do_not(name):
    read, noticed, shown = OPINIONS[name].plotted, 0, 0
    for level in LEVELS:
        some = [family(name).sample(level, 500 + 10 * level + seed) for seed in range(3)]
        pictures = [np.asarray(family(name).draw(scene, PLOTTED)).astype(int) for scene in some]
        answers = [family(name).ask(scene)[1:] for scene in some]
        for i, scene in enumerate(some):
            plain = json.loads(json.dumps(dataclasses.asdict(scene)))
            assert read(pictures[i], frame(pictures[i]), plain, RGB), (level, plain)
            for j in range(len(some)):
                if answers[j] != answers[i]:
                    shown += 1
                    noticed += not read(pictures[j], frame(pictures[j]), plain, RGB)
    assert noticed >= 0.95 * shown > 0, f"{noticed} of {shown} exchanged pictures were noticed"


FOREIGN = {"font.family": "serif", "xtick.direction": "in", "axes.spines.top": False}


def test_nobodys_matplotlib_settings_show_and_none_are_left_behind_whoever_else_draws():
    import matplotlib

    some = [(name, family(name).sample(6, 3)) for name in CHARTS] * 2
    alone = [family(name).draw(scene, PLOTTED).tobytes() for name, scene in some]
    with matplotlib.rc_context(FOREIGN), ThreadPoolExecutor(4) as pool:
        settings = dict(matplotlib.rcParams)
        assert list(pool.map(lambda one: family(one[0]).draw(one[1], PLOTTED).tobytes(), some)) == alone
        assert dict(matplotlib.rcParams) == settings


def test_a_chart_needs_no_pyplot_and_a_drawing_no_matplotlib():
    code = (
        "import sys; from mmzero.families import family; from mmzero.families.skin import skin;"
        "family('page').draw(family('page').sample(0, 1), skin('serif')); assert 'matplotlib' not in sys.modules;"
        "family('radar').draw(family('radar').sample(0, 1), skin('plotted')); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
