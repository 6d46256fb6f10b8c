"""Boxes and points are counted anew in the form they were written in, and nothing else of an answer changes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmzero.answers import boxes, points
from mmzero.answers.restated import restated

SCALE = (2.0, 10.0)


@pytest.mark.parametrize(
    ("written", "then"),
    [
        ("1, 2, 3, 4", "2, 20, 6, 40"),
        (" 1,2,3,4 ; 5, 6, 7, 8.25\n", "2, 20, 6, 40; 10, 60, 14, 82.5"),
        ("1.5, 2; 3, 4", "3, 20; 6, 40"),
        ("[1, 2, 3, 4]", "[2, 20, 6, 40]"),
        ("[[1, 2, 3, 4], [5, 6, 7, 8]]", "[[2, 20, 6, 40], [10, 60, 14, 80]]"),
        ("((1, 2), (3, 4))", "[[2, 20], [6, 40]]"),
        ("(1,2),(3,4)", "(2, 20),(6, 40)"),
        ("<|box_start|>(1,2),(3,4)<|box_end|>", "<|box_start|>(2, 20),(6, 40)<|box_end|>"),
        ("(1, 2); (3, 4) (5, 6)", "(2, 20); (6, 40) (10, 60)"),
        (
            '```json\n[{"bbox_2d": [1, 2, 3, 4], "label": "4, 4"}]\n```',
            '[{"bbox_2d": [2, 20, 6, 40], "label": "4, 4"}]',
        ),
        ("{'Position': [1, 2, 3, 4], 'Confidence': 0.5}", '{"Position": [2, 20, 6, 40], "Confidence": 0.5}'),
        ('{"point_2d": [1, 2], "id": [7, 8]}', '{"point_2d": [2, 20], "id": [7, 8]}'),
        ("{'bbox': (1, 2, 3, 4), 'of': {5}}", "{'bbox': [2, 20, 6, 40], 'of': {5}}"),  # no JSON
        ("0.33333333, 0.5, 1, 1", "0.667, 5, 2, 10"),
    ],
)
def test_every_form_is_counted_anew(written, then):
    assert restated(written, SCALE) == then


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "none",
        "a cat",
        "[]",
        "[1, 2, 3]",
        "[[1, 2, 3], [4]]",
        '["cat"]',
        "12",
        "(1, 2",
        '{"bbox_2d": "1, 2"}',
        "1;2",
    ],
)
def test_what_holds_no_place_is_left_as_it_is(written):
    assert restated(written, SCALE) == written


@pytest.mark.parametrize("written", ["[1e308, 2, 3e308, 4]", "1e308, 2, 1e308, 4", "[[" + "9" * 400 + ", 2, 3, 4]]"])
def test_a_number_beyond_every_picture_is_no_box_before_and_after(written):
    for text in (written, restated(written, SCALE)):
        assert not any(one.box != boxes.NOTHING for one in boxes.read(text).found)


def test_what_is_nested_without_end_is_left_as_it_is():
    deep = "[" * 5000 + "]" * 5000
    assert restated(deep, SCALE) == deep and restated("[" * 300 + "]" * 300, SCALE) == "[" * 300 + "]" * 300


@given(
    corners=st.lists(st.tuples(*[st.integers(0, 2000)] * 4), min_size=1, max_size=4),
    form=st.sampled_from(["rows", "json", "objects"]),
    scale=st.tuples(st.floats(0.1, 1000), st.floats(0.1, 1000)),
)
def test_what_is_read_then_is_what_was_read_times_the_scale(corners, form, scale):
    text = {
        "rows": "; ".join(", ".join(map(str, row)) for row in corners),
        "json": json.dumps(corners),
        "objects": json.dumps([{"bbox_2d": row, "label": "x"} for row in corners]),
    }[form]
    before, after = boxes.read(text), boxes.read(restated(text, scale))
    assert len(after) == len(before) == len(corners)
    for one, two in zip(before.found, after.found, strict=True):
        assert two.label == one.label
        assert two.box == pytest.approx([value * scale[i % 2] for i, value in enumerate(one.box)], abs=0.001)
    spots = [row[:2] for row in corners]
    assert [tuple(row) for row in points.read(restated(json.dumps(spots), scale))] == [
        pytest.approx((x * scale[0], y * scale[1]), abs=0.001) for x, y in spots
    ]
