"""What every family must keep, whichever it is: the folder is the list, so a new family is tested by being there."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections import Counter, defaultdict
from functools import cache, lru_cache
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pytest
from second_opinions import OPINIONS

from mmzero.answers import matches
from mmzero.errors import UserError
from mmzero.families import LEVELS, check_knobs, family, mint, names
from mmzero.families.canvas import Canvas
from mmzero.families.skin import NIGHT, PLAIN, SKINS, TINY, Skin
from mmzero.types import COMPUTED, Answer

# Module scope: pytest then runs all tests of one family, or of one of its levels, in a row, and few pictures are kept.
FAMILIES = pytest.mark.parametrize("name", names(), scope="module")
EVERY_LEVEL = [pytest.param(name, level, id=f"{name}-{level}") for name in names() for level in LEVELS]
EVERY = pytest.mark.parametrize(("name", "level"), EVERY_LEVEL, scope="module")

ASKED, SMALL, LARGE = 300, 30, 8  # scenes of a level that are asked about, drawn small, and drawn plain

# Levels that claim no variety: what can be asked there is little, as full hours on a clock are.
# fmt: off
FEW = {
    "bars": "02", "radar": "3", "scatter": "7", "trend": "0234567", "gates": "01346789", "resistors": "239",
    "switches": "01269", "angle": "0123456789", "area": "035", "circle": "07", "point": "13", "similar": "67",
    "flowchart": "02678", "tree": "01", "knight": "2", "life": "4589", "lights": "012489", "lines": "023",
    "maze": "016", "calendar": "0238", "clock": "0123456789", "dice": "789", "gauge": "012346789",
    "level": "0123456789", "ruler": "0123456789", "thermometer": "01234568", "odd": "01", "compass": "0",
    "scale": "01568", "gears": "245789", "lever": "02569", "scales": "012345689", "analogy": "013",
    "next": "012", "crossing": "0123456789", "slope": "0123489", "net": "34", "views": "012346789",
    "voxels": "0123456789", "join": "8", "code": "0458", "formula": "012345678", "spelling": "0",
}
# fmt: on


class Asked(NamedTuple):
    scene: Any
    kind: str
    question: str
    answer: Answer


class Drawn(NamedTuple):
    """A scene with its picture and each label's text, left, top, right and bottom."""

    level: int
    asked: Asked
    picture: np.ndarray
    labels: list[tuple[str, float, float, float, float]]


@lru_cache(maxsize=24)
def asked(name: str, level: int) -> tuple[Asked, ...]:
    scenes = (family(name).sample(level, 1000 * level + seed) for seed in range(ASKED))
    return tuple(Asked(scene, *family(name).ask(scene)) for scene in scenes)


def plain(scene) -> dict:
    """As a second opinion gets it."""
    return json.loads(json.dumps(dataclasses.asdict(scene)))


def smallest(name: str) -> Skin:
    """The smallest skin that this family can be read in."""
    return min((skin for skin in SKINS.values() if skin.size >= family(name).SMALLEST), key=lambda skin: skin.size)


def drawn(name: str, level: int, one: Asked, skin: Skin) -> Drawn:
    """Drawn with an eye on what is written where."""
    labels, write = [], Canvas.text

    def text(self, at, text, height=None, colour=None, anchor="mm"):
        wide, high = self.extent(str(text), height)
        left = at[0] - wide * {"l": 0, "m": 0.5, "r": 1}[anchor[0]]
        top = at[1] - high * {"a": 0, "t": 0, "m": 0.5, "s": 1, "b": 1, "d": 1}[anchor[1]]
        labels.append((str(text), left, top, left + wide, top + high))
        write(self, at, text, height, colour, anchor)

    with patch.object(Canvas, "text", text):
        image = family(name).draw(one.scene, skin)
    assert image.size == skin.pixels and image.mode == "RGB"
    return Drawn(level, one, np.asarray(image), labels)


@lru_cache(maxsize=2)
def small(name: str, level: int) -> list[Drawn]:
    return [drawn(name, level, one, smallest(name)) for one in asked(name, level)[:SMALL]]


@lru_cache(maxsize=2)
def large(name: str) -> list[Drawn]:
    return [drawn(name, level, one, PLAIN) for level in LEVELS for one in asked(name, level)[:LARGE]]


def put(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@EVERY
def test_a_scene_is_a_pure_function_of_level_and_seed_and_a_picture_of_the_scene(name, level):
    again = Asked(family(name).sample(level, 1000 * level), "", "", None)
    assert again.scene == asked(name, level)[0].scene
    assert (drawn(name, level, again, smallest(name)).picture == small(name, level)[0].picture).all()


@EVERY
def test_the_answer_is_the_one_that_another_method_finds(name, level):
    for scene, _, question, answer in asked(name, level)[:50]:
        assert answer.text == OPINIONS[name].rederive(plain(scene), question), (question, scene)
        assert answer.warrant == COMPUTED


@EVERY
def test_choices_are_named_in_the_question_and_one_of_them_is_right(name, level):
    for _, kind, question, answer in asked(name, level)[:80]:
        assert kind and question.endswith(("?", "."))
        assert all(choice in question for choice in answer.choices)
        assert (answer.kind == "choice") == bool(answer.choices)
        assert [choice for choice in answer.choices if matches(choice, answer)] == [answer.value][: len(answer.choices)]


@EVERY
def test_a_blind_guess_is_mostly_wrong(name, level):
    """The best guess from the question alone; a question too rare to learn from is taken together with its kind."""
    often = Counter(one.question for one in asked(name, level))
    groups = defaultdict(list)
    for _, kind, question, answer in asked(name, level):
        groups[question if often[question] >= 30 else kind].append(answer)
    right = sum(map(_guessed, groups.values()))
    allowed = sum(len(group) * _chance(group[0]) for group in groups.values())
    noise = 0.03 * ASKED  # picking the luckiest answer of 300 draws reads a little high
    assert right <= allowed + noise, f"{right / ASKED:.2f} of blind guesses are right, {allowed / ASKED:.2f} may be"


def _guessed(answers: list[Answer]) -> int:
    """How many of these the best single guess gets; where near is right too, each of some is tried on all."""
    if answers[0].kind in ("boxes", "points", "interval") or answers[0].tolerance:
        tries = ["0, 0, 1000, 1000", "250, 250, 750, 750", "500, 500", *(answer.text for answer in answers[:20])]
        return max(sum(matches(guess, answer) for answer in answers) for guess in tries)
    return Counter(answer.text for answer in answers).most_common(1)[0][1]


def test_a_blind_box_is_right_wherever_it_overlaps_enough():
    boxes = [((100 + 2 * i, 100, 300 + 2 * i, 300),) for i in range(30)]
    assert _guessed([Answer(kind="boxes", value=box, warrant=COMPUTED) for box in boxes]) == 30


def _chance(answer: Answer) -> float:
    return 1 / len(answer.choices) + 0.10 if answer.choices else 0.35


@EVERY
def test_two_hundred_samples_are_distinct_at_a_level_that_claims_variety(name, level):
    """A level of few scenes says so in FEW, and is still no handful."""
    distinct = len({one.scene for one in asked(name, level)[:200]})
    assert distinct == 200 or (str(level) in FEW.get(name, "") and distinct >= 10), f"{distinct} of 200 are distinct"


def test_most_levels_claim_variety():
    assert set(FEW) <= set(names())
    assert sum(map(len, FEW.values())) <= len(EVERY_LEVEL) / 3


@EVERY
def test_the_picture_and_the_caption_each_settle_the_answer(name, level):
    """With the question they decide it: no two scenes that look or read alike have different answers."""
    seen, read = defaultdict(set), defaultdict(set)
    for scene, _, question, answer in asked(name, level)[:80]:
        read[question, family(name).caption(scene)].add(answer.text)
    for one in small(name, level):
        seen[one.asked.question, one.picture.tobytes()].add(one.asked.answer.text)
    assert len(set.union(*seen.values())) > 1
    assert all(len(texts) == 1 for texts in (*seen.values(), *read.values()))


@EVERY
def test_no_label_is_the_answer_but_where_reading_is_the_task(name, level):
    """Nobody gets the answers by a rule about labels alone: the first, the last but one, the highest number, the only
    one of its kind. A label may still be the answer where the question says which."""
    if getattr(OPINIONS[name], "READING", False):
        return
    right = Counter()
    for one in small(name, level):
        right.update({rule for rule, text in _picked(one.labels) if matches(text, one.asked.answer)})
    allowed = max(_chance(one.asked.answer) for one in small(name, level))
    for rule, n in right.items():  # three deviations of chance on top, for some of these rules are lucky
        assert n <= SMALL * allowed + 3 * (SMALL * allowed * (1 - allowed)) ** 0.5, f"label '{rule}' is right {n} times"


def _picked(labels: list[tuple]) -> list[tuple[str, str]]:
    """What each rule takes."""
    texts = [text for text, *_ in labels]
    numbers = sorted((text for text in texts if text.lstrip("-").isdigit()), key=int)
    rare = [text for text in texts if texts.count(text) == 1]
    picked = [(f"{i}", texts[i]) for i in range(-4, 8) if -len(texts) <= i < len(texts)]
    picked += (
        [("lowest", numbers[0]), ("highest", numbers[-1]), ("middle", numbers[len(numbers) // 2])] if numbers else []
    )
    return picked + ([("lonely", rare[0])] if len(rare) == 1 else [])


@FAMILIES
def test_all_ink_lies_inside_and_no_mark_is_cut(name):
    for one in itertools.chain(large(name), *(small(name, level)[:6] for level in (0, 9))):
        shades, skin = one.picture.astype(int), PLAIN if one.picture.shape[0] == PLAIN.size else smallest(name)
        assert (abs(shades - skin.paper).sum(-1) > 90).mean() > 0.01, "next to nothing is drawn"
        edges = {"top": shades[0], "bottom": shades[-1], "left": shades[:, 0], "right": shades[:, -1]}
        for edge, strip in edges.items():
            assert np.ptp(strip, axis=-1).max() < 40, f"a coloured mark is cut at the {edge}"
            if edge not in getattr(OPINIONS[name], "OPEN_EDGES", ()):
                assert (strip == skin.paper).all(), f"ink at the {edge} edge at level {one.level}, skin {skin.name}"


@EVERY
def test_restyling_changes_the_picture_and_not_the_answer(name, level):
    one, two = (mint(name, level, 3, skin, put) for skin in (PLAIN, NIGHT))
    assert one.images != two.images and dataclasses.replace(one, images=two.images) == two


@EVERY
def test_a_worked_solution_is_short_steps(name, level):
    for scene, *_ in asked(name, level)[:80]:
        steps = family(name).explain(scene)
        assert steps and all(step.strip() == step and step.endswith(".") for step in steps)
        assert sum(len(step.split()) for step in steps) <= 120
        assert family(name).caption(scene).endswith(".")


@FAMILIES
def test_levels_change_what_is_asked_or_done(name):
    """At three levels at least another kind of question is asked, and the Scene says where."""
    docstring = type(asked(name, 0)[0].scene).__doc__
    assert sum(character.isdigit() for character in docstring) >= 3, (
        "the Scene says at which levels the mechanism changes"
    )
    kinds = [frozenset(one.kind for one in asked(name, level)[:40]) for level in LEVELS]
    assert sum(a != b for a, b in itertools.pairwise(kinds)) >= 3


def sees(name: str, picture: np.ndarray, one: Asked) -> bool:
    return bool(OPINIONS[name].seen(picture.astype(int), plain(one.scene), one.question))


@FAMILIES
def test_the_pixels_alone_bear_the_scene_out(name):
    for one in large(name):
        assert sees(name, one.picture, one.asked), (one.level, one.asked.scene)


@cache
def mutants(name: str) -> tuple[int, int, int]:
    """Shown pictures that are not a scene's own, `seen` has to notice: of how many it does, and how many look the same.
    The picture is the likest one of the level with another answer, or a counterfactual's: one field is another's."""
    noticed = shown = same = 0
    for _, level in itertools.groupby(large(name), key=lambda one: one.level):
        some = list(level)
        for one in some:
            others = [other for other in some if _tells(one, other)]
            likest = min(others, key=lambda other: np.abs(other.picture - one.picture.astype(int)).sum(), default=None)
            mutated = [likest.picture] if likest else []
            mutated += [] if one is not some[0] else [two.picture for two in counterfactuals(name, some)]
            for picture in mutated:
                shown += 1
                same += bool((picture == one.picture).all())
                noticed += not sees(name, picture, one.asked)
    return noticed, shown, same


def _tells(one: Drawn, other: Drawn) -> bool:
    """Whether they have another answer; one picture may have several if it is asked about in several ways."""
    asked_alike = one.asked.question == other.asked.question
    return one.asked.answer != other.asked.answer and (asked_alike or (one.picture != other.picture).any())


def counterfactuals(name: str, some: list[Drawn]) -> list[Drawn]:
    """Scenes that differ from the first in one field, taken from another, and are asked the same with another answer.
    Not every such mixture is a scene: the second opinion has to find its answer too."""
    found, (first, *others) = [], some
    for field, other in itertools.product(dataclasses.fields(first.asked.scene), others):
        value = getattr(other.asked.scene, field.name)
        try:
            scene = dataclasses.replace(first.asked.scene, **{field.name: value})
            one = Asked(scene, *family(name).ask(scene))
            if one.question != first.asked.question or one.answer == first.asked.answer:
                continue
            if OPINIONS[name].rederive(plain(scene), one.question) == one.answer.text:
                found.append(drawn(name, first.level, one, PLAIN))
        except Exception:  # a mixture that makes no sense fails in as many ways as there are families
            continue
        if len(found) == 3:
            break
    return found


@FAMILIES
def test_a_picture_that_is_not_the_scenes_is_noticed_and_a_counterfactuals_is_another(name):
    noticed, shown, same = mutants(name)
    assert shown and not same, f"{same} scenes with another answer look the same"
    assert noticed >= 0.9 * shown, f"{noticed} of {shown} mutated pictures were noticed"


def test_mutated_pictures_are_noticed_in_nearly_every_family(capsys):
    missed = {name: mutants(name)[:2] for name in names() if mutants(name)[0] < mutants(name)[1]}
    share = 1 - len(missed) / len(names())
    with capsys.disabled():
        print(f"\nevery mutated picture is noticed in {share:.1%} of families; not in {missed}")
    assert share >= 0.95


@FAMILIES
def test_no_two_labels_touch_and_every_label_lies_on_the_picture(name):
    for one in large(name):
        for label, left, top, right, bottom in one.labels:
            assert min(left, top) > -0.01 and max(right, bottom) < 1.01, (
                f"'{label}' leaves the picture: {one.asked.scene}"
            )
        for a, b in itertools.combinations(one.labels, 2):
            apart = max(a[1] - b[3], b[1] - a[3], a[2] - b[4], b[2] - a[4])
            assert apart > -0.005, f"'{a[0]}' and '{b[0]}' overlap: {one.asked.scene}"


@EVERY
def test_the_reference_answer_is_right_and_near_misses_are_wrong(name, level):
    for *_, answer in asked(name, level)[:20]:
        assert matches(answer.text, answer)
        misses = ["", answer.text + " x", f"{answer.text}, {answer.text}", answer.text[:-1], *_near(answer)]
        for miss in misses:
            assert not matches(miss, answer) or miss.rstrip(".") == answer.text, miss


def _near(answer: Answer) -> list[str]:
    """Right in kind and close, and wrong."""
    if answer.kind == "number":
        off = answer.tolerance + 1
        return [str(answer.value + off), str(answer.value - off)]
    if answer.kind == "sequence":
        back = ", ".join(map(str, answer.value[::-1]))
        return [back] * (answer.value != answer.value[::-1]) + [", ".join(map(str, answer.value[:-1]))]
    if answer.kind in ("boxes", "points"):  # one moved by its own width or out of reach, one missing, one too many
        (first, *rest), wide = answer.value, 3 * max(20, answer.tolerance)
        away = [f"{number + (first[2] - first[0] if len(first) == 4 else wide):g}" for number in first]
        listed = [", ".join(f"{number:g}" for number in one) for one in rest]
        return ["; ".join([", ".join(away), *listed]), "; ".join(listed), f"{answer.text}; {', '.join(away)}"]
    if answer.kind == "set":
        return [", ".join(sorted(map(str, answer.value))[1:])]
    return []


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
        one = Asked(scene, *family(name).ask(scene))
        assert one.answer.text == OPINIONS[name].rederive(plain(scene), one.question)
        assert family(name).explain(scene) and drawn(name, level, one, smallest(name)).picture.size


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
    for scene in (one.scene for level in LEVELS for one in asked("maze", level)[:8]):
        n, shades = scene.size, np.asarray(family("maze").draw(scene, TINY))
        middle = [round((i + 0.5) * TINY.size / n) for i in range(n)]
        dark = [cell for cell in range(n * n) if tuple(shades[middle[cell // n], middle[cell % n]]) == TINY.ink]
        assert tuple(dark) == scene.walls


def test_a_figure_carries_what_is_given_and_one_question_mark(monkeypatch):
    written = []
    monkeypatch.setattr(Canvas, "text", lambda self, at, text, **_: written.append(text))
    for level in LEVELS:
        for scene, *_ in asked("angle", level)[:20]:
            written.clear()
            family("angle").draw(scene, TINY)
            expected = list(map(str, scene.given)) + ["?"] * (scene.figure != "rectangle")
            assert sorted(written) == sorted(expected)


def test_every_family_has_a_second_opinion():
    assert set(OPINIONS) == set(names())
    for name, opinion in OPINIONS.items():
        assert callable(opinion.rederive) and callable(opinion.seen), name
