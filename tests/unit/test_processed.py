"""How large a model sees a picture, by its own processor and worked out by hand.

A picture of 1920 by 1080 pixels that may have 401,408 is made smaller by sqrt(1920 * 1080 / 401408) = 2.27284 along either
side, to 844.76 by 475.18, and then down to whole squares: of 16 pixels (8 by 2) that is 52 and 29, so 832 by 464; of
Qwen2.5-VL's own 28 (14 by 2) it is 30 and 16, so 840 by 448."""

import pytest

from mmzero.engines import processed
from mmzero.engines.processed import Processed
from mmzero.zoo import random_families, random_vlm

PIXELS = (3136, 401_408)


@pytest.fixture(scope="module", params=[(8, (832, 464)), (14, (840, 448))], ids=["8", "14"])
def seen(request, tmp_path_factory):
    patch, wide = request.param
    folder = random_vlm.build(
        "qwen2_5_vl", tmp_path_factory.mktemp("model"), seed=1, hidden=64, heads=2, layers=1, vision_depth=1, patch=patch,
        sides=(2 * patch, 8 * patch),
    )  # fmt: skip
    return folder, patch, wide


def test_a_picture_is_seen_in_whole_squares_within_the_recipes_pixels(seen):
    folder, patch, wide = seen
    size = Processed(folder, PIXELS)
    assert size((1920, 1080)) == wide and size((1080, 1920)) == wide[::-1]
    assert size((2 * patch * 10, 2 * patch * 7)) == (2 * patch * 10, 2 * patch * 7)  # whole squares already


def test_without_pixels_of_the_recipe_the_processors_own_hold(seen):
    folder, patch, _ = seen
    # At most as many pixels as 4 by 4 squares of 2 by 2 patches have: sqrt(10 / 7) * 4 = 4.78 by sqrt(7 / 10) * 4 = 3.35.
    assert Processed(folder)((1000, 700)) == (8 * patch, 6 * patch)


def test_a_size_is_worked_out_once_and_nothing_is_loaded_before(monkeypatch, seen):
    loaded, load = [], processed.load_processor
    monkeypatch.setattr(processed, "load_processor", lambda *given: (loaded.append(given), load(*given))[1])
    size = Processed(seen[0], PIXELS)
    assert loaded == []
    assert size((640, 480)) == size((640, 480)) and loaded == [(seen[0], PIXELS)]


@pytest.mark.parametrize(("family", "wide"), [("gemma3", (random_families.SIDE,) * 2), ("llava_next", None)])
def test_squares_of_one_size_have_one_and_tiles_none(family, wide, tmp_path):
    size = Processed(random_families.build(family, tmp_path, seed=3))
    assert size((640, 480)) == wide
