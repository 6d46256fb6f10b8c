"""MM-Zero's rewards against tables worked out by hand from the published formulas, every constant and sign included."""

import pytest
from shipped_material import load, truth

from mmzero.answers import bleu
from mmzero.types import Drawing, Drawn, Idea, Rejection

proposer, coder, solver = (load(f"mm_zero.py:{role}") for role in ("proposer", "coder", "solver"))
SVG = Drawing(kind="svg", code="<svg/>")


def idea(n=0, content="map", **more):
    """No two of these share a word."""
    texts = {
        name: " ".join(f"{name[:2]}{name[-1]}{n}w{i}" for i in range(8))
        for name in ("caption", "easy_question", "hard_question")
    }
    return Idea(content=content, easy_answer="4", hard_answer="9", **{**texts, **more})


def drawn(right, hard, status="ok"):
    """`right` of five solvers answer the easy question as proposed; `hard` is a letter for each answer, - for none."""
    if status != "ok":
        return Drawn(status=status)
    easy = ["4"] * right + ["5"] * (5 - right)
    return Drawn(status="ok", easy=tuple(easy), hard=tuple(None if one == "-" else f"word {one}" for one in hard))


ONE = idea()
FAILED = drawn(0, "", "code_error")


@pytest.mark.parametrize(
    ("drawings", "expected"),
    [
        # the cap: min(5/5, .5); c = 3/5, min(.6, .4) = .4
        ([drawn(5, "aaabc")] * 4, 0.5 + 0.4),
        # c = 2/4 once the empty answer is gone: the most there is
        ([drawn(5, "aab-c")] * 4, 0.5 + 0.5),
        # 1/5 as proposed; c = 4/5, min(.8, .2) = .2
        ([drawn(1, "aaaab")] * 4, 0.2 + 0.2),
        # all sure: diff 0 < .15 costs .3
        ([drawn(5, "aaaaa")] * 4, 0.5 - 0.3),
        # nobody answers: c = 0, and min(0, 1) = 0 is flat as well
        ([drawn(0, "-----")] * 4, -0.3),
        # of five different answers c = 1/5
        ([drawn(0, "abcde")] * 4, 0.2),
        # failed renders count in N and not in the mean of diff: (.5 + .4) / 4
        ([drawn(3, "aaabc"), FAILED, FAILED, FAILED], 0.225),
        # nothing rendered: no flat cost
        ([FAILED] * 4, 0.0),
        # mean diff of the rendered (.4 + 0) / 2 = .2 is not flat: (.5 + .4 + .5 + 0) / 4
        ([drawn(5, "aaabc"), drawn(5, "aaaaa"), FAILED, FAILED], 0.35),
        # mean diff (.2 + 0) / 2 = .1 is: (.5 + .2 + .5) / 4 - .3
        ([drawn(5, "aaaab"), drawn(5, "aaaaa"), FAILED, FAILED], 0.0),
    ],
)
def test_a_proposer_alone_in_its_batch(drawings, expected):
    assert proposer(ONE, tuple(drawings), (ONE,)) == pytest.approx(expected)


def test_what_cannot_be_read_costs_one():
    assert proposer(None, None, ()) == -1.0 and proposer(None, None, (ONE,), malformed=-2.0) == -2.0


@pytest.mark.parametrize(
    ("same", "others", "cost"), [(3, 1, 0.15 * 0.25 / 0.5), (2, 2, 0), (1, 3, 0), (4, 0, 0), (9, 1, 0.12)]
)
def test_a_content_type_that_fills_the_batch_costs(same, others, cost):
    """f = .75: .15 (.75 - .5) / .5 = .075; f = .9: .12; none where there is one type only."""
    batch = tuple(idea(n, "map" if n < same else "table") for n in range(same + others))
    assert proposer(batch[0], ([drawn(5, "aaabc")] * 4), batch) == pytest.approx(0.9 - cost)


@pytest.mark.parametrize(
    ("repeats", "copies", "cost"),
    [
        (("caption",), 2, 0.5 * 0.45),
        (("easy_question",), 2, 0.5 * 0.20),
        (("hard_question",), 2, 0.5 * 0.35),
        (("easy_question",), 4, 0.5 * 0.20 * 3),
        (("caption", "easy_question", "hard_question"), 2, 0.5),
        (("caption", "easy_question", "hard_question"), 3, 0.5),  # .5 * 2 = 1 is clipped
    ],
)
def test_texts_that_repeat_cost_by_their_cluster(repeats, copies, cost):
    """.5 n [w (s - 1/n)]: with s = copies/n that is .5 w (copies - 1), whatever n is."""
    shared = {name: getattr(ONE, name) for name in repeats}
    batch = tuple(idea(n, **(shared if n < copies else {})) for n in range(6))
    assert proposer(batch[0], ([drawn(5, "aaabc")] * 4), batch) == pytest.approx(0.9 - cost)
    assert proposer(batch[5], ([drawn(5, "aaabc")] * 4), batch) == pytest.approx(0.9)


def test_every_constant_can_be_changed():
    given = (ONE, (drawn(5, "aaaaa"), FAILED), (ONE,))
    assert proposer(*given, easy_cap=1.0) == pytest.approx(0.5 - 0.3)
    assert proposer(*given, flat_costs=0.1) == pytest.approx(0.25 - 0.1)
    assert proposer(*given, flat_below=0.0) == pytest.approx(0.25)
    batch = (ONE, idea(1), idea(2, "table"))
    assert proposer(ONE, given[1], batch, flat_costs=0, content_above=0, content_costs=0.3) == pytest.approx(0.25 - 0.2)
    twice = (ONE, idea(1, caption=ONE.caption))
    more = {"alike_costs": 1.0, "alike_weights": (1.0, 0, 0), "alike_most": 0.7, "flat_costs": 0}
    assert proposer(ONE, given[1], twice, **more) == pytest.approx(0.25 - 0.7)


def test_the_parts_of_a_proposer_explain_it():
    parts = proposer.parts(ONE, (drawn(3, "aaabc"), FAILED), (ONE,))
    assert parts == pytest.approx({"easy": 0.25, "hard": 0.2, "flat": 0, "content": 0, "alike": 0})


@pytest.mark.parametrize(
    ("right", "hard", "expected"),
    [
        (5, "aaabc", 1 + 1 + 0.4),
        (3, "aaaaa", 1 + 0.6),
        (0, "-----", 1.0),
        (1, "aab-c", 1 + 0.2 + 0.5),
        (5, "abcde", 2.2),
    ],
)
def test_a_coder_whose_drawing_is_rendered(right, hard, expected):
    """No cap and no flat cost here, unlike the proposer's."""
    assert coder(ONE, SVG, None, (drawn(right, hard),)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("timeout", -0.10), ("memory", -0.10), ("too_big", -0.10),
        ("code_error", -0.15), ("empty", -0.15),
        ("no_code", -0.5), ("no_svg", -0.5), ("truncated", -0.5),  # -.60 is floored
    ],
)  # fmt: skip
def test_a_coder_whose_drawing_is_not(reason, expected):
    assert coder(ONE, None, Rejection(reason, ""), (Drawn(status=reason),)) == pytest.approx(expected)


def test_the_floor_of_a_coder_can_be_lowered():
    assert coder(ONE, None, Rejection("no_svg", ""), None, least=-9.0) == pytest.approx(-0.6)


@pytest.mark.parametrize(
    ("response", "answer", "expected"),
    [
        ("<think>a</think> \\boxed{0.5}", "0.5", 1.0),
        ("<think>a</think> \\boxed{3}", "3", 0.1),
        ("\\boxed{1/2}", "1/2", 0.9),
        ("half", None, 0.0),
    ],
)
def test_a_solver(response, answer, expected):
    assert solver(response, answer, truth("expression", "\\frac{1}{2}")) == pytest.approx(expected)


def test_a_solver_may_be_asked_for_answer_marks():
    said = "<think>a</think><answer>4</answer>"
    assert solver(said, "4", truth("number", 4)) == pytest.approx(0.9)
    assert solver(said, "4", truth("number", 4), boxed=False) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("said", "reference", "expected"),
    [
        ("a b c d e", "a b c d e", 1.0),
        ("a b c d e", "A b C d f", (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25),
        ("a b c d", "a b c d e", 2.718281828459045 ** (1 - 5 / 4)),
        ("a b x c", "a b y c", (3 / 4 * 1 / 3 * 0.1 / 2 * 0.1 / 1) ** 0.25),
        ("a", "b", 0.0),
        ("", "a", 0.0),
    ],
)
def test_bleu_by_hand(said, reference, expected):
    assert bleu.bleu(said, reference) == pytest.approx(expected)


def test_clusters_hold_near_copies_only():
    texts = ["one two three four five six", "one two three four five six", "one two three nine ten", "no word of it"]
    assert bleu.clusters(texts, 0.25) == [2, 2, 1, 1] and bleu.clusters(texts, 1.0) == [4] * 4
    assert bleu.clusters([], 0.25) == [] and bleu.clusters(["a"], 0.25) == [1]
