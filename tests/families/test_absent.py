"""Scenes asked for what is not in them: nothing else of them changes, and neither picture nor question gives it away."""

import json
from dataclasses import asdict

import pytest
from second_opinions import OPINIONS

from mmzero import families
from mmzero.families import ABSENT, LEVELS, can_ask_absent, family, mint, names, solution
from mmzero.families.skin import PLAIN

CAN = [name for name in names() if can_ask_absent(name)]


def test_some_family_can():
    assert CAN == ["boxes"] and not can_ask_absent("largest")  # something is always the largest


@pytest.mark.parametrize("name", CAN)
@pytest.mark.parametrize("level", LEVELS)
def test_by_another_method_too_nothing_is_there(name, level):
    mechanism, questions, nearby = family(name), set(), 0
    for seed in range(40):
        scene = mechanism.sample(level, seed)
        without = mechanism.absent(scene)
        kind, question, answer = mechanism.ask(without)
        plain = json.loads(json.dumps(asdict(without)))
        assert (kind, answer.value, OPINIONS[name].rederive(plain, question)) == (ABSENT, (), "")
        assert without.things == scene.things and mechanism.absent(scene) == without
        colours, shapes = ({thing[i] for thing in scene.things} for i in (0, 1))
        nearby += without.colour in colours and without.shape in shapes
        questions.add(question)
    assert len(questions) >= 10, "what is asked for hangs on the scene"
    assert nearby >= 35, "who looks for the colour or the shape alone finds one"


@pytest.mark.parametrize("name", CAN)
def test_it_is_asked_as_what_is_there_is_and_its_solution_finds_nothing(name):
    there = next(task for task in minted(name, absent=False) if task.kind == "several")
    for task in minted(name, absent=True):
        assert task.id.endswith(f",{ABSENT}") and task.kind == ABSENT and task.answer.value == ()
        words = (task.question.replace(colour, "").replace(shape, "") for colour, shape in [asked_for(task)])
        assert next(words) == there.question.replace(asked_for(there)[0], "").replace(asked_for(there)[1], "")
        assert solution(task) == ("in all 0.",) and "box" in families.caption(task)


def minted(name, absent):
    return [mint(name, 2, seed, PLAIN, lambda png: "hash", grammar="scored", absent=absent) for seed in range(4)]


def asked_for(task):
    scene = json.loads(task.scene)
    return scene["colour"], scene["shape"]
