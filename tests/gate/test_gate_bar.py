"""The gate's bar: a hundred right generators and a hundred planted wrong ones, through the real sandbox and two scripted
solvers."""

from collections import Counter
from dataclasses import replace

import pytest
from generator_material import right, with_the_picture, without_the_picture, wrong

from mmzero.gate import Admitted, Known, admit_all, gather
from mmzero.recipe.tree import Gate
from mmzero.roles import generator
from mmzero.types import Generator

GATE = Gate(instances=6, counterfactuals=2)


@pytest.fixture(scope="module")
def judged(sandbox):
    planted = [*right(), *wrong()]
    programs = [generator.parse(f"```python\n{one.code}\n```") for one in planted]
    assert all(isinstance(one, Generator) for one in programs)
    facts = [
        replace(
            found,
            blind=tuple(tuple(without_the_picture(one.question, vote) for vote in range(2)) for one in found.instances),
            seen=tuple(tuple(with_the_picture(each, one, vote) for vote in range(4)) for one in found.instances),
        )
        for each, found in zip(planted, gather(programs, sandbox.map, GATE), strict=True)
    ]
    return planted, facts, admit_all(facts, GATE, Known())


def test_ninety_of_a_hundred_wrong_ones_are_refused_and_ninety_of_a_hundred_right_ones_are_not(judged):
    planted, _, verdicts = judged
    told = Counter(
        (bool(one.wrong), isinstance(verdict, Admitted)) for one, verdict in zip(planted, verdicts, strict=True)
    )
    assert told[True, True] + told[True, False] == told[False, True] + told[False, False] == 100
    assert told[True, False] >= 90 and told[False, True] >= 90, told


def test_each_sort_of_fault_is_refused_for_what_it_is(judged):
    """Not by some other check that happened to come first: then each would be superfluous."""
    planted, _, verdicts = judged
    for sort in {one.wrong for one in planted if one.wrong}:
        reasons = [
            getattr(v, "reason", "admitted") for one, v in zip(planted, verdicts, strict=True) if one.wrong == sort
        ]
        assert reasons.count(sort) >= 0.7 * len(reasons), (sort, Counter(reasons))


def test_what_the_solver_cannot_do_yet_is_not_refused(judged):
    """It is at a loss over two sorts of pictures, and over one of them it says the same each time, with confidence."""
    planted, facts, verdicts = judged
    at_a_loss = [
        verdict
        for one, found, verdict in zip(planted, facts, verdicts, strict=True)
        if not one.wrong and one.reads and one.reads.__name__ in ("bigger", "box")
    ]
    assert len(at_a_loss) >= 8 and all(isinstance(verdict, Admitted) for verdict in at_a_loss)


def test_a_picture_is_seen_to_follow_the_answer(judged):
    _, _, verdicts = judged
    followed = [verdict.counterfactuals for verdict in verdicts if isinstance(verdict, Admitted)]
    assert sum(map(bool, followed)) >= len(followed) / 2
