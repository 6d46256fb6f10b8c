"""The drawing dialect: what is written reads back, what a model writes becomes shapes or a reason with its line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops, ImageStat

from mmzero.families.canvas import Canvas
from mmzero.families.skin import COLOURS, TINY
from mmzero.render import svg
from mmzero.roles import coder, dialect
from mmzero.roles.dialect import FORMS, MOST_SHAPES, SIDE, Shape
from mmzero.types import Drawing, Rejection

SHAPES = st.builds(
    Shape, st.sampled_from(FORMS), st.sampled_from(list(COLOURS)), st.integers(0, SIDE), st.integers(0, SIDE),
    st.integers(1, SIDE // 2),
)  # fmt: skip
WORDS = st.sampled_from(
    [*FORMS, *COLOURS, "12", "40", "8", "-1", "99", "1e3", "٣", "Circle", "\t", "\n", "\n\n", "```"]
)


@given(st.lists(SHAPES, min_size=1, max_size=MOST_SHAPES))
def test_what_is_written_reads_back(shapes):
    assert dialect.parse(dialect.write(shapes)) == tuple(shapes)
    said = f"Here it is.\n{coder.fence('dialect', dialect.write(shapes))}\nDone."
    assert coder.parse(said, "dialect") == Drawing(kind="svg", code=dialect.svg(shapes))


@given(st.text() | st.lists(WORDS).map(" ".join))
def test_any_text_is_a_drawing_or_a_reason(text):
    read = dialect.parse(text)
    assert (isinstance(read, Rejection) and read.reason and read.detail) or all(isinstance(one, Shape) for one in read)
    said = coder.parse(coder.fence("dialect", text), "dialect")
    assert isinstance(said, Drawing | Rejection)


@settings(deadline=None, max_examples=30)  # the first drawing loads fonts
@given(st.lists(SHAPES, min_size=1, max_size=5))
def test_what_reads_renders(shapes):
    assert svg.draw(dialect.svg(shapes), lambda width, height: None).size == (SIDE, SIDE)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("circle red 12 40", "wrong_words"),
        ("circle red 12 40 8 8", "wrong_words"),
        ("circle red 12, 40 8 ", "no_number"),
        ("circle red 12 -1 8", "no_number"),
        ("circle red 1.5 40 8", "no_number"),
        ("circle red 1٣ 40 8", "no_number"),
        ("circle red 12 40 0008", "no_number"),
        ("oval red 12 40 8", "unknown_form"),
        ("red circle 12 40 8", "unknown_form"),
        ("circle pink 12 40 8", "unknown_colour"),
        ("circle red 65 40 8", "out_of_range"),
        ("circle red 12 65 8", "out_of_range"),
        ("circle red 12 40 0", "out_of_range"),
        ("circle red 12 40 33", "out_of_range"),
    ],
)
def test_every_way_of_failing_has_its_reason_and_its_line(line, reason):
    read = dialect.parse(f"star blue 64 0 32\n\n{line}\n")
    assert read.reason == reason and read.detail.startswith("line 3, ")


def test_shapes_are_counted_and_nothing_is_no_drawing():
    most = "circle red 0 0 1\n" * MOST_SHAPES
    assert len(dialect.parse(most)) == MOST_SHAPES
    assert dialect.parse(f"{most}circle red 0 0 1").reason == "too_many"
    assert dialect.parse(" \n\n").reason == "empty"
    assert dialect.parse("CIRCLE  Red 1 2\t3") == (Shape("circle", "red", 1, 2, 3),)


def test_a_shape_that_nobody_can_write_cannot_be_made():
    with pytest.raises(ValueError, match="the radius is 40; it is 1 to 32"):
        Shape("circle", "red", 1, 1, 40)


@pytest.mark.parametrize("form", FORMS)
def test_a_shape_looks_as_the_bank_draws_it(form):
    canvas = Canvas(TINY)
    canvas.shape(form, (24 / SIDE, 40 / SIDE), 9 / SIDE, COLOURS["green"])
    drawn = svg.draw(dialect.svg([Shape(form, "green", 24, 40, 9)]), lambda width, height: None).convert("RGB")
    apart = ImageChops.difference(canvas.image(), drawn)
    assert max(ImageStat.Stat(apart).mean) < 0.02 * 255  # its rim is smoothed otherwise


def test_the_first_lies_at_the_bottom():
    drawn = svg.draw(dialect.svg(dialect.parse("circle red 32 32 9\nsquare blue 32 32 9")), lambda width, height: None)
    assert drawn.convert("RGB").getpixel((32, 32)) == COLOURS["blue"]
