"""Answers in words: what singles an answer out, and what only happens to hold it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmzero.gate import leaks

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    ("pictures", "answers", "wording"),
    [
        ([["Total: 7"], ["Total: 3"], ["Total: 12"]], ["7", "3", "12"], "total : …"),
        ([["n = 7, seed 1"], ["n = 3, seed 22"], ["n = 9, seed 5"]], ["7", "3", "9"], "n = … , seed #"),
        ([["7"], ["3"], ["9"]], ["7", "3", "9"], "…"),
        ([["7", "Ann"], ["3", "Bob"], ["9", "Eve"]], ["7", "3", "9"], "…"),  # the only number in the picture
        ([["Winner: Bob", "Ann", "Bob"], ["Winner: Ann", "Ann", "Bob"]], ["Bob", "Ann"], "winner : …"),
        ([["dark red!"], ["light blue!"]], ["dark red", "light blue"], "… !"),
        ([["3.5 km"], ["7.25 km"]], ["3.5", "7.25"], "… km"),
        ([["-3"], ["-8"]], ["-3", "-8"], "…"),
        ([["0", "5", "7"], ["0", "3", "5"], ["0", "5", "9"]], ["7", "3", "9"], None),  # an axis
        ([["Ann", "Bob"], ["Ann", "Bob"]], ["Bob", "Ann"], None),  # names, one of which it is
        ([["A: 7", "B: 3"], ["A: 4", "B: 9"]], ["7", "9"], None),  # whose number it is has to be seen
        ([["A: 7", "B: 3"], ["A: 4", "B: 9"]], ["7", "4"], "a : …"),  # always A's: read, not seen
        ([["17 of 70"], ["33"]], ["7", "3"], None),  # part of a number
        ([[], []], ["7", "3"], None),
        ([["Total: 7"], ["Total: 3"], ["Total: 8"]], ["7", "3", "12"], None),  # not nearly every time
    ],
)
def test_a_wording_gives_an_answer_away_where_it_singles_it_out(pictures, answers, wording):
    assert leaks.told(pictures, answers) == wording


def test_nine_of_ten_are_nearly_all_and_eight_are_not():
    answers = [str(i) for i in range(10)]
    assert leaks.told([[f"n {i}"] for i in range(9)] + [[]], answers) == "n …"
    assert leaks.told([[f"n {i}"] for i in range(8)] + [[], []], answers) is None


@pytest.mark.parametrize(
    ("questions", "answers", "said"),
    [
        (["The answer is 7. How many?", "The answer is 12. How many?"], ["7", "12"], True),
        (["How many (7)?", "Or how many of those (3)?"], ["7", "3"], True),  # counted from the end
        (["Sheet 4 has 7?", "Sheet 9 has 3?"], ["7", "3"], True),
        (["Is it dark red?", "Is it light blue?"], ["dark red", "light blue"], True),
        (["Who is taller, Ann or Bob?", "Who is taller, Eve or Tim?"], ["Ann", "Tim"], False),
        (["Left or right?", "Left or right?"], ["left", "right"], False),
        (["How many of the 9 tiles?", "How many of the 4 tiles?"], ["7", "3"], False),
        (["How many?", "How many?"], ["7", "3"], False),
    ],
)
def test_a_question_says_it_where_the_answer_has_a_place_in_it(questions, answers, said):
    assert leaks.placed(questions, answers) is said


@pytest.mark.parametrize(
    ("kind", "code", "found"),
    [
        (
            "svg",
            SVG.format("<text>Total <tspan>7</tspan></text><g><text> A </text></g><desc>no</desc>"),
            ("Total 7", "A"),
        ),
        ("svg", "<svg><text>7</svg>", ()),
        ("svg", '<!DOCTYPE svg [<!ENTITY a "7">]><svg><text>&a;</text></svg>', ()),
        ("python", "ax.set_title('Total 7')\nlabel = f'n = {n}'\nx = 'A' 'B'", ("Total 7", "n =", "AB")),
        ("python", "ax.set_title('Total", ()),
        ("python", "x = '\\d'", ("\\d",)),
    ],
)
def test_what_a_source_may_write(kind, code, found):
    assert leaks.strings(kind, code) == found


def test_one_drawing_is_judged_like_many():
    """A picture that a coder drew once: its texts against its hard answer."""
    titled = leaks.strings("svg", SVG.format("<text>Sum = 41</text><text>A 20</text><text>B 21</text>"))
    assert leaks.told([titled], ["41"]) == "sum = …"
    plain = leaks.strings("svg", SVG.format("<text>20</text><text>21</text><text>41</text>"))
    assert leaks.told([plain], ["41"]) is None


texts = st.lists(st.text(st.sampled_from("ab 1.2:-(%#…é"), max_size=12), max_size=4)


@given(st.lists(st.tuples(texts, st.text(st.sampled_from("ab 12.-"), min_size=1, max_size=4)), min_size=1, max_size=4))
def test_any_texts_are_judged(some):
    pictures, answers = [pair[0] for pair in some], [pair[1] for pair in some]
    found = leaks.told(pictures, answers)
    assert found is None or "…" in found
    if found is not None:  # then taking the texts away takes the leak away
        assert leaks.told([[] for _ in some], answers) is None
    leaks.placed([" ".join(texts) for texts in pictures], answers)
