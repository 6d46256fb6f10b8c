"""Boxes over a whole suite: overlap by hand, ground against a drawn grid, precision against pycocotools' own demands."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmzero.answers import precision
from mmzero.answers.boxes import read
from mmzero.report.places import _grounds, _there, masked, places


def row(said, answer, image="a", family="cat", kind="boxes"):
    return {
        "task_id": f"{image}/{family}",
        "image": image,
        "family": family,
        "answer_kind": kind,
        "answer": answer,
        "said": said,
    }


def test_perfect_boxes_are_perfect_and_only_boxes_are_looked_at():
    found = places([row("0, 0, 500, 500", "0, 0, 500, 500"), row("4", "4", kind="number"), row("none", "", image="b")])
    assert found == pytest.approx(
        {"n": 2, "miou": 1.0, "giou": 1.0, "ciou": 1.0, "map": 1.0, "map50": 1.0, "unreadable": 0}
    )
    assert places([row("4", "4", kind="number")]) is None and places([]) is None


def test_by_hand():
    """Half of a box; nothing readable; a box where there is none: 0.5, 0 and 0."""
    rows = [
        row("0, 0, 100, 100", "0, 0, 100, 200"), row("somewhere", "0, 0, 100, 100", "b"),
        row("0, 0, 100, 100", "", "c"),
    ]  # fmt: skip
    found = places(rows)
    assert found["miou"] == pytest.approx(0.5 / 3) and found["unreadable"] == 1
    assert found["giou"] == pytest.approx(0.5 / 3)
    assert found["ciou"] == pytest.approx(10_000 / (20_000 + 10_000 + 10_000))


def test_a_miss_and_a_box_too_many_cost():
    two = "0, 0, 100, 100; 200, 200, 300, 300"
    assert places([row("0, 0, 100, 100", two)])["miou"] == 0.5
    assert places([row(two + "; 500, 500, 600, 600", two)])["miou"] == pytest.approx(2 / 3)


def test_a_category_said_where_it_is_not_there_costs_precision():
    """COCO's own looks at every picture for every category: a false box on another picture ranks with the right one."""
    right = row('[{"bbox_2d": [0, 0, 100, 100], "score": 0.5}]', "0, 0, 100, 100")
    false = row('[{"bbox_2d": [0, 0, 100, 100], "score": 0.9}]', "", image="b")
    assert places([right, row("none", "", image="b")])["map"] == pytest.approx(1.0)
    assert places([right, false])["map"] == pytest.approx(0.5)


def test_precision_ranks_by_the_confidence_that_visual_rft_asks_for():
    """One right, one wrong: right first is all the precision there is, and wrong first half of it."""
    two = "[{{'Position': [0, 0, 100, 100], 'Confidence': {}}}, {{'Position': [500, 500, 600, 600], 'Confidence': {}}}]"
    assert places([row(two.format(0.9, 0.2), "0, 0, 100, 100")])["map"] == pytest.approx(1.0)
    assert places([row(two.format(0.2, 0.9), "0, 0, 100, 100")])["map"] == pytest.approx(0.5)


def test_categories_count_alike_however_often_they_are_asked():
    good = [row("0, 0, 100, 100", "0, 0, 100, 100", image=str(i)) for i in range(5)]
    assert places([*good, row("none", "0, 0, 100, 100", image="x", family="dog")])["map"] == pytest.approx(0.5)


box = st.tuples(st.integers(0, 900), st.integers(0, 900), st.integers(1, 100), st.integers(1, 100)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def spell(rows):
    return "; ".join(", ".join(map(str, one)) for one in rows)


@settings(deadline=None, max_examples=30)
@given(st.lists(box, min_size=1, max_size=5), st.lists(box, min_size=1, max_size=5))
def test_ground_is_what_a_drawn_grid_counts(said, there):
    drawn = np.zeros((2, 1001, 1001), bool)
    for side, rows in enumerate((said, there)):
        for x1, y1, x2, y2 in rows:
            drawn[side, y1:y2, x1:x2] = True
    shared, covered = _grounds(read(spell(said)), _there(spell(there)))
    assert (shared, covered) == ((drawn[0] & drawn[1]).sum(), (drawn[0] | drawn[1]).sum())


@settings(deadline=None, max_examples=15)
@given(st.lists(box, min_size=1, max_size=4), st.lists(box, min_size=1, max_size=4))
def test_of_one_picture_it_is_what_the_reward_pays(said, there):
    mine = precision.by_label(read(spell(said)).found, _there(spell(there)).found)
    assert places([row(spell(said), spell(there))])["map"] == pytest.approx(mine[""], abs=1e-9)


def mask(said, there):
    return row(said, json.dumps({"size": [4, 6], "counts": there}), kind="mask")


def test_masks_by_hand():
    """Two thirds of 12 pixels, all of 4, nothing readable of 4: what is large counts more in cIoU."""
    rows = [
        mask("[0, 0, 2, 0, 2, 4, 0, 4]", [0, 12, 12]), mask("[0, 0, 1, 0, 1, 4, 0, 4]", [0, 4, 20]), mask("here", [0, 4, 20]),
        row("4", "4", kind="number"),
    ]  # fmt: skip
    assert masked(rows) == {
        "n": 3,
        "giou": pytest.approx((8 / 12 + 1 + 0) / 3),
        "ciou": pytest.approx((8 + 4 + 0) / (12 + 4 + 4)),
        "unreadable": 1,
    }
    assert masked([row("4", "4", kind="number")]) is None


def test_where_no_pixel_is_only_an_empty_mask_is_right():
    nothing = [24]
    assert masked([mask('{"size": [4, 6], "counts": [24]}', nothing)])["giou"] == 1.0
    assert masked([mask("none at all", nothing)])["giou"] == 0.0
    assert masked([mask("[0, 0, 2, 0, 2, 4, 0, 4]", nothing)])["giou"] == 0.0
