"""What every family must keep, whichever it is: the folder is the list, so a new family is tested by being there."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections import Counter, defaultdict
from functools import cache

import numpy as np
import pytest
from second_opinions import OPINIONS

from mmzero.answers import matches
from mmzero.errors import UserError
from mmzero.families import LEVELS, check_knobs, family, mint, names
from mmzero.families.canvas import Canvas
from mmzero.families.skin import PLAIN, SKINS, TINY, Skin
from mmzero.types import COMPUTED

FAMILIES = pytest.mark.parametrize("name", names())
EVERY_LEVEL = [pytest.param(name, level, id=f"{name}-{level}") for name in names() for level in LEVELS]
EVERY = pytest.mark.parametrize(("name", "level"), EVERY_LEVEL)


@cache
def scenes(name: str, level: int, n: int) -> tuple:
    return tuple(family(name).sample(level, 1000 * level + seed) for seed in range(n))


def smallest(name: str) -> Skin:
    """The smallest skin that this family can be read in."""
    return min((skin for skin in SKINS.values() if skin.size >= family(name).SMALLEST), key=lambda skin: skin.size)


def pixels(name: str, scene) -> bytes:
    return family(name).draw(scene, smallest(name)).tobytes()


def put(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@EVERY
def test_a_scene_is_a_pure_function_of_level_and_seed_and_a_picture_of_the_scene(name, level):
    once, again = family(name).sample(level, 7), family(name).sample(level, 7)
    assert once == again and pixels(name, once) == pixels(name, again)


@EVERY
def test_the_answer_is_the_one_that_another_method_finds(name, level):
    for scene in scenes(name, level, 300)[:80]:
        _, question, answer = family(name).ask(scene)
        plain = json.loads(json.dumps(dataclasses.asdict(scene)))
        assert answer.text == OPINIONS[name].rederive(plain, question), (question, plain)
        assert answer.warrant == COMPUTED


@EVERY
def test_choices_are_named_in_the_question_and_the_answer_is_not_given_away(name, level):
    for scene in scenes(name, level, 300)[:80]:
        kind, question, answer = family(name).ask(scene)
        assert kind and question.endswith(("?", "."))
        assert all(choice in question for choice in answer.choices)
        assert (answer.kind == "choice") == bool(answer.choices)


@EVERY
def test_a_blind_guess_is_mostly_wrong(name, level):
    """The best guess from the question alone; a question too rare to learn from is taken together with its kind."""
    asked = [family(name).ask(scene) for scene in scenes(name, level, 300)]
    often = Counter(question for _, question, _ in asked)
    groups = defaultdict(list)
    for kind, question, answer in asked:
        groups[question if often[question] >= 30 else kind].append(answer)
    right = sum(Counter(a.text for a in group).most_common(1)[0][1] for group in groups.values())
    allowed = sum(len(group) * _chance(group[0]) for group in groups.values())
    noise = 0.03 * len(asked)  # picking the luckiest answer of 300 draws reads a little high
    assert right <= allowed + noise, f"{right / 300:.2f} of blind guesses are right, {allowed / 300:.2f} may be"


def _chance(answer) -> float:
    return 1 / len(answer.choices) + 0.10 if answer.choices else 0.35


@FAMILIES
def test_a_hundred_samples_are_mostly_distinct(name):
    assert len(set(scenes(name, 5, 300)[:100])) >= 60


@EVERY
def test_the_picture_and_the_caption_each_settle_the_answer(name, level):
    """With the question they decide it: no two scenes that look or read alike have different answers."""
    seen, read, answers = defaultdict(set), defaultdict(set), set()
    for scene in scenes(name, level, 300)[:60]:
        _, question, answer = family(name).ask(scene)
        seen[question, pixels(name, scene)].add(answer.text)
        read[question, family(name).caption(scene)].add(answer.text)
        answers.add(answer.text)
    assert len(answers) > 1
    assert all(len(texts) == 1 for texts in (*seen.values(), *read.values()))


@EVERY
def test_every_skin_draws_it_whole(name, level):
    skins = [skin for skin in SKINS.values() if skin.size >= family(name).SMALLEST]
    for scene, skin in itertools.product(scenes(name, level, 300)[:3], skins):
        image = family(name).draw(scene, skin)
        assert image.size == (skin.size, skin.size) and image.mode == "RGB"
        shades = np.asarray(image).astype(int)
        assert (abs(shades - skin.paper).sum(-1) > 90).mean() > 0.01, "next to nothing is drawn"
        edges = {"top": shades[0], "bottom": shades[-1], "left": shades[:, 0], "right": shades[:, -1]}
        for edge, strip in edges.items():
            assert np.ptp(strip, axis=-1).max() < 40, f"a coloured mark is cut at the {edge}"
            if edge not in getattr(OPINIONS[name], "OPEN_EDGES", ()):
                assert (strip == skin.paper).all(), f"ink at the {edge} edge, skin {skin.name}"


@EVERY
def test_restyling_changes_the_picture_and_not_the_answer(name, level):
    minted = [mint(name, level, 3, skin, put) for skin in SKINS.values() if skin.size >= family(name).SMALLEST]
    assert len({task.images for task in minted}) == len(minted)
    assert len({dataclasses.replace(task, images=()) for task in minted}) == 1


@EVERY
def test_a_worked_solution_is_short_steps(name, level):
    for scene in scenes(name, level, 300)[:80]:
        steps = family(name).explain(scene)
        assert steps and all(step.strip() == step and step.endswith(".") for step in steps)
        assert sum(len(step.split()) for step in steps) <= 120
        assert family(name).caption(scene).endswith(".")


@FAMILIES
def test_levels_change_what_is_asked_or_done(name):
    """At three levels at least another kind of question is asked, and the Scene says where."""
    docstring = type(scenes(name, 0, 300)[0]).__doc__
    assert sum(character.isdigit() for character in docstring) >= 3, (
        "the Scene says at which levels the mechanism changes"
    )
    kinds = [frozenset(family(name).ask(scene)[0] for scene in scenes(name, level, 300)[:40]) for level in LEVELS]
    assert sum(a != b for a, b in itertools.pairwise(kinds)) >= 3


@FAMILIES
def test_the_pixels_alone_bear_the_scene_out_and_another_scenes_pixels_do_not(name):
    """`seen` measures the plain picture. Shown the picture of a scene with another answer, it has to notice."""
    noticed = shown = 0
    for level in LEVELS:
        some = scenes(name, level, 300)[:12]
        asked = [family(name).ask(scene)[1:] for scene in some]
        pictures = [np.asarray(family(name).draw(scene, PLAIN)).astype(int) for scene in some]
        for i, scene in enumerate(some):
            plain = json.loads(json.dumps(dataclasses.asdict(scene)))
            assert OPINIONS[name].seen(pictures[i], plain, asked[i][0]), (level, plain)
            other = next((j for j in range(len(some)) if asked[j][1] != asked[i][1]), None)
            if other is not None:
                shown += 1
                noticed += not OPINIONS[name].seen(pictures[other], plain, asked[i][0])
    assert shown and noticed >= 0.95 * shown, f"{noticed} of {shown} exchanged pictures were noticed"


@EVERY
def test_no_two_labels_touch_and_every_label_lies_on_the_picture(name, level, monkeypatch):
    written = []
    draw_text = Canvas.text

    def text(self, at, text, height=None, colour=None, anchor="mm"):
        wide, high = self.extent(str(text), height)
        left = at[0] - wide * {"l": 0, "m": 0.5, "r": 1}[anchor[0]]
        top = at[1] - high * {"a": 0, "t": 0, "m": 0.5, "s": 1, "b": 1, "d": 1}[anchor[1]]
        written.append((str(text), left, top, left + wide, top + high))
        draw_text(self, at, text, height, colour, anchor)

    monkeypatch.setattr(Canvas, "text", text)
    for scene in scenes(name, level, 300)[:12]:
        written.clear()
        family(name).draw(scene, PLAIN)
        for label, left, top, right, bottom in written:
            assert min(left, top) > -0.01 and max(right, bottom) < 1.01, f"'{label}' leaves the picture: {scene}"
        for one, two in itertools.combinations(written, 2):
            apart = max(one[1] - two[3], two[1] - one[3], one[2] - two[4], two[2] - one[4])
            assert apart > -0.005, f"'{one[0]}' and '{two[0]}' overlap: {scene}"


@EVERY
def test_the_answer_cannot_be_read_off_a_lonely_label(name, level, monkeypatch):
    """A label may be the answer where it has to be picked among labels, where reading is the task, or by chance."""
    written, given_away = [], 0
    monkeypatch.setattr(Canvas, "text", lambda self, at, text, *_, **__: written.append(str(text)))
    for scene in scenes(name, level, 300)[:12]:
        written.clear()
        family(name).draw(scene, PLAIN)
        _, _, answer = family(name).ask(scene)
        given_away += answer.text in written and len(set(written)) <= 2
    assert given_away <= 8 or getattr(OPINIONS[name], "READING", False)


@EVERY
def test_the_reference_answer_is_right_and_near_misses_are_wrong(name, level):
    for scene in scenes(name, level, 300)[:20]:
        _, _, answer = family(name).ask(scene)
        assert matches(answer.text, answer)
        for miss in ("", answer.text + " x", f"{answer.text}, {answer.text}", answer.text[:-1]):
            assert not matches(miss, answer) or miss.rstrip(".") == answer.text, miss
        others = [choice for choice in answer.choices if choice != answer.value]
        assert not any(matches(other, answer) for other in others)
        if answer.kind == "number":
            assert not matches(str(answer.value + 1), answer) and not matches(str(answer.value - 1), answer)


@FAMILIES
def test_knobs_are_honoured_and_reach_every_value(name):
    knobs = family(name).KNOBS
    for knob, values in knobs.items():
        looks = set()
        for value in values:
            check_knobs(name, 5, {knob: value})
            sampled = [family(name).sample(5, seed, **{knob: value}) for seed in range(8)]
            looks.add(tuple(sampled))
            assert sampled == [family(name).sample(5, seed, **{knob: value}) for seed in range(8)]
            for scene in sampled:
                assert _held(scene, knob, value) == value
        assert len(looks) == len(values), f"two values of '{knob}' sample the same scenes"


def _held(scene, knob: str, value):
    """What the scene says of a knob where it has a field of that name; a number of things is how many there are."""
    held = dataclasses.asdict(scene).get(knob, value)
    return len(held) if isinstance(held, tuple | list) else held


@FAMILIES
def test_every_pair_of_knobs_can_be_drawn_at_every_level(name):
    knobs = family(name).KNOBS
    ends = [(values[0], values[-1]) if isinstance(values, range) else values for values in knobs.values()]
    for level, values in itertools.product((0, 4, 9), itertools.product(*ends)):
        scene = family(name).sample(level, 11, **dict(zip(knobs, values, strict=True)))
        _, question, answer = family(name).ask(scene)
        assert answer.text == OPINIONS[name].rederive(json.loads(json.dumps(dataclasses.asdict(scene))), question)
        assert family(name).explain(scene) and pixels(name, scene)


@FAMILIES
def test_a_wrong_level_or_knob_is_refused_with_what_is_allowed(name):
    with pytest.raises(UserError, match=rf"level 10 of '{name}' .* 0 to 9"):
        mint(name, 10, 1, PLAIN, put)
    with pytest.raises(UserError, match="has no knob 'colour_of_sky'"):
        mint(name, 0, 1, PLAIN, put, colour_of_sky="red")
    for knob, values in family(name).KNOBS.items():
        for wrong in ("nonsense", True, 99):
            with pytest.raises(UserError, match=f"{values[0]}.*{values[-1]}"):
                mint(name, 0, 1, PLAIN, put, **{knob: wrong})


@FAMILIES
def test_a_misspelt_family_is_refused_with_the_nearest(name):
    with pytest.raises(UserError, match=f"did you mean '{name}'"):
        family(name + "x")


@FAMILIES
def test_minting_gives_a_task_that_stays_the_same(name):
    stored = {}

    def keep(data: bytes) -> str:
        stored[put(data)] = data
        return put(data)

    task, again = (mint(name, 5, 2**62, PLAIN, keep, source="mine") for _ in range(2))
    assert task == again and task.id == f"{name}/5/4000000000000000"
    assert (task.family, task.level, task.seed, task.source) == (name, 5, 2**62, "mine")
    assert len(task.images) == 1 and put(stored[task.images[0]]) == task.images[0]
    assert stored[task.images[0]].startswith(b"\x89PNG")
    child = mint(name, 5, 2**62, PLAIN, keep, parent="x#1")
    assert child.parent == "x#1" and child.id.startswith(f"{task.id}<")


@FAMILIES
def test_a_knob_is_part_of_the_tasks_name(name):
    knob, values = next(iter(family(name).KNOBS.items()))
    task = mint(name, 5, 1, PLAIN, put, **{knob: values[0]})
    assert task.id == f"{name}/5/0000000000000001,{knob}={values[0]}"


def test_every_wall_of_a_maze_is_seen_and_nothing_else_is_one():
    for scene in (scene for level in LEVELS for scene in scenes("maze", level, 300)[:8]):
        n, shades = scene.size, np.asarray(family("maze").draw(scene, TINY))
        middle = [round((i + 0.5) * TINY.size / n) for i in range(n)]
        dark = [cell for cell in range(n * n) if tuple(shades[middle[cell // n], middle[cell % n]]) == TINY.ink]
        assert tuple(dark) == scene.walls


def test_a_figure_carries_what_is_given_and_one_question_mark(monkeypatch):
    written = []
    monkeypatch.setattr(Canvas, "text", lambda self, at, text, **_: written.append(text))
    for level in LEVELS:
        for scene in scenes("angle", level, 300)[:20]:
            written.clear()
            family("angle").draw(scene, TINY)
            expected = list(map(str, scene.given)) + ["?"] * (scene.figure != "rectangle")
            assert sorted(written) == sorted(expected)


def test_every_family_has_a_second_opinion():
    assert set(OPINIONS) == set(names())
    for name, opinion in OPINIONS.items():
        assert callable(opinion.rederive) and callable(opinion.seen), name
