"""What the gate says of facts made by hand, reason by reason; each stands beside facts that pass and differ in one thing."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmzero.answers import matches
from mmzero.gate import REASONS, Admitted, Facts, Known, Memory, admit, admit_all, gather
from mmzero.gate.facts import probe_seeds
from mmzero.gate.memory import Print, printed
from mmzero.gate.verdict import near_miss, visible
from mmzero.recipe.tree import Gate
from mmzero.render import Result
from mmzero.roles.generator import Instance, Lost, answer_of
from mmzero.types import COMPUTED, Answer, Generator, Rejection

GATE = Gate()


def sheet(n, at=0):
    """A white sheet with n black tiles from a place on."""
    image = np.full((48, 48, 3), 255, np.uint8)
    for i in range(n):
        image[6 * ((at + i) // 8) : 6 * ((at + i) // 8) + 4, 6 * ((at + i) % 8) : 6 * ((at + i) % 8) + 4] = 0
    return image


def tiles(n, at=0, seed=0, **more):
    return Instance(
        **{
            "seed": seed, "scene": json.dumps({"at": at, "n": n}), "question": "How many tiles are there?",
            "answer": answer_of(n), "image_HWC": sheet(n, at), **more,
        }
    )  # fmt: skip


def facts(**more):
    some = tuple(tiles(n, at, seed=2 * n) for n, at in [(3, 0), (5, 9), (4, 20), (9, 2), (7, 30), (6, 12)])
    made = {
        "generator": Generator(code="x"), "instances": some, "again": ((some[0], some[0]),),
        "changed": ((some[0], tiles(4, 0)), (some[0], tiles(3, 1))),
    }  # fmt: skip
    return Facts(**{**made, **more})


def refused(some, gate=GATE, known=None):
    verdict = admit(some, gate, known or Known())
    assert isinstance(verdict, Rejection), verdict
    assert verdict.detail
    return verdict.reason


def test_a_good_generator_is_admitted_and_the_picture_was_seen_to_follow():
    verdict = admit(facts(), GATE, Known())
    assert isinstance(verdict, Admitted)
    assert (verdict.flagged, verdict.counterfactuals) == ((), 1)
    assert [one.answer for one in verdict.prints] == ["3", "5", "4", "9", "7", "6"]


def test_a_run_that_failed_names_the_commonest_reason_and_how_often():
    failed = (Rejection("no_image", "x"), Rejection("code_error", "KeyError at line 3"), Rejection("code_error", "y"))
    assert admit(facts(failed=failed), GATE, Known()) == Rejection("code_error", "2 of 9 seeds: KeyError at line 3")


@pytest.mark.parametrize(
    "other",
    [
        tiles(3, 0, scene='{"at": 1, "n": 3}'), tiles(3, 0, question="How many?"), tiles(3, 0, answer=answer_of(4)),
        tiles(3, 0, image_HWC=sheet(3, 1)), Rejection("code_error", "only sometimes"),
    ],
)  # fmt: skip
def test_the_same_scene_must_give_the_same(other):
    some = facts()
    assert refused(replace(some, again=((some.instances[0], other),))) == "unstable"


@pytest.mark.parametrize("scene", ['{{"seed":{}}}', "{}"])
def test_a_scene_of_nothing_but_the_seed_is_refused(scene):
    bare = tuple(replace(one, scene=scene.format(one.seed)) for one in facts().instances)
    assert refused(facts(instances=bare, again=(), changed=())) == "seed_only"


def test_one_answer_to_everything_is_refused():
    assert refused(facts(instances=tuple(tiles(5, at) for at in range(6)), again=())) == "constant"


def test_a_tolerance_that_takes_in_the_others_is_refused():
    wide = tuple(replace(one, answer=replace(one.answer, tolerance=0.4)) for one in facts().instances)
    assert isinstance(admit(facts(instances=wide, again=()), GATE, Known()), Admitted)
    wide = tuple(replace(one, answer=replace(one.answer, tolerance=1)) for one in wide)
    assert refused(facts(instances=wide, again=())) == "loose"
    apart = [tiles(n, image_HWC=sheet(i + 1)) for i, n in enumerate((30, 31, 32, 33, 34, 35))]
    tolerant = [replace(one, answer=replace(one.answer, value=one.answer.value + 0.5, tolerance=0.99)) for one in apart]
    some = facts(instances=tuple(tolerant), again=(), changed=())
    assert isinstance(admit(some, GATE, Known()), Admitted)  # neighbours are 1 apart, and told apart
    wide = tuple(replace(one, answer=replace(one.answer, tolerance=1.2)) for one in tolerant)  # 5 of 15 pairs are not
    assert refused(replace(some, instances=wide)) == "loose"


@pytest.mark.parametrize("where", ["instances", "changed"])
def test_an_answer_that_changes_behind_the_picture_is_refused(where):
    some = facts()
    same = tiles(8, 0, scene='{"at": 0, "n": 8}', image_HWC=sheet(3, 0))
    unlike = replace(same, question="How many tiles have no number?")
    for other, passes in ((same, False), (unlike, True)):
        changed = (
            {"instances": (*some.instances, other)}
            if where == "instances"
            else {"changed": ((some.instances[0], other),)}
        )
        verdict = admit(replace(some, **changed), GATE, Known())
        assert isinstance(verdict, Admitted) if passes else verdict.reason == "unseen"


@pytest.mark.parametrize(
    ("pixels", "by", "seen"), [(4, 24, True), (3, 24, False), (400, 23, False), (1, 255, False), (0, 0, False)]
)
def test_a_difference_is_visible_in_four_pixels_and_a_tenth_of_the_scale(pixels, by, seen):
    one = np.full((20, 20, 3), 255, np.uint8)
    other = one.copy()
    other.reshape(-1, 3)[:pixels, 1] -= by
    assert visible(one, other) is visible(other, one) is seen
    assert visible(one, one[:10])


@pytest.mark.parametrize(
    ("says", "reads", "reason"), [("{}", False, "leaked"), ("{}", True, ""), ("tiles", False, ""), ("n", False, "")]
)
def test_an_answer_in_the_picture_is_refused_unless_it_is_for_reading(says, reads, reason):
    told = tuple(replace(one, written=(says.format(one.answer.text), "Tiles")) for one in facts().instances)
    verdict = admit(facts(instances=told, generator=Generator(code="x", reads=reads)), GATE, Known())
    assert getattr(verdict, "reason", "") == reason


def test_an_answer_in_the_question_is_refused_even_where_the_picture_is_for_reading():
    told = tuple(replace(one, question=f"{one.question} ({one.answer.text})") for one in facts().instances)
    assert refused(facts(instances=told, again=(), generator=Generator(code="x", reads=True))) == "leaked"


def votes(*shares):
    """Four votes an instance, of which so many are right."""
    return tuple(
        tuple(one.answer.text if vote < right else f"{one.answer.value + 40 + vote}" for vote in range(4))
        for one, right in zip(facts().instances, shares, strict=True)
    )


def test_what_needs_no_picture_is_refused():
    """Six answers, each once: luck is 1/6, and 0.35 of the way to certainty is 0.458."""
    assert refused(facts(blind=votes(4, 4, 4, 4, 0, 0))) == "blind"  # 0.667; four or more of six by luck: 0.9 %
    assert isinstance(admit(facts(blind=votes(3, 3, 3, 0, 0, 0)), GATE, Known()), Admitted)  # 0.375
    assert isinstance(admit(facts(blind=votes(4, 4, 4, 0, 0, 0)), GATE, Known()), Admitted)  # 0.5, but 6.2 % by luck
    assert isinstance(admit(facts(blind=votes(4, 4, 4, 4, 0, 0)), Gate(blind=0.7), Known()), Admitted)


def contradicted(*flags, by=1):
    """Instances whose votes agree on one more than the truth, or see it."""
    return tuple(
        (f"{one.answer.value + by}",) * 3 + ("0",) if flag else (one.answer.text,) * 4
        for one, flag in zip(facts().instances, flags, strict=True)
    )


def test_confident_contradictions_are_an_alarm_and_too_many_stop_the_generator():
    verdict = admit(facts(seen=contradicted(1, 0, 1, 0, 1, 0)), GATE, Known())
    assert isinstance(verdict, Admitted) and verdict.flagged == (0, 2, 4)
    assert refused(facts(seen=contradicted(1, 1, 1, 0, 1, 0))) == "contradicted"
    assert isinstance(admit(facts(seen=contradicted(1, 1, 1, 0, 1, 0)), Gate(disagree=0.7), Known()), Admitted)
    assert admit(facts(seen=contradicted(1, 1, 1, 1, 1, 1)), Gate(confident=0.8), Known()).flagged == ()


def test_a_solver_that_is_unsure_or_says_always_the_same_raises_no_alarm():
    unsure = tuple(("1", "2", "30", "40") for _ in facts().instances)
    stubborn = tuple(("12",) * 4 for _ in facts().instances)
    mute = tuple((None,) * 4 for _ in facts().instances)
    for seen in (unsure, stubborn, mute):
        verdict = admit(facts(seen=seen), GATE, Known())
        assert isinstance(verdict, Admitted) and verdict.flagged == ()


def test_a_copy_is_refused_and_what_only_reads_or_only_looks_alike_is_not():
    known = Known(Memory(tuple(map(printed, facts().instances))))
    assert refused(facts(), known=known) == "duplicate"
    some = [replace(one, question="What number of black fields lies here?") for one in facts().instances]
    other_words = facts(instances=tuple(some), again=())
    assert refused(other_words, known=known) == "duplicate"  # the same picture and answer
    other_truths = facts(
        instances=tuple(replace(one, answer=answer_of(one.answer.value + 20)) for one in some), again=()
    )
    assert isinstance(admit(other_truths, GATE, known), Admitted)
    turned = [
        replace(one, image_HWC=np.rot90(one.image_HWC, 2).copy(), scene=f'{{"turned":{i}}}')
        for i, one in enumerate(some)
    ]
    elsewhere = facts(
        instances=tuple(replace(one, question="How many tiles are there?") for one in turned), again=(), changed=()
    )
    assert isinstance(admit(elsewhere, GATE, known), Admitted)
    mostly_new = facts(instances=(*facts().instances[:2], *elsewhere.instances[2:]), again=(), changed=())
    assert isinstance(admit(mostly_new, GATE, known), Admitted)


def test_of_two_copies_in_one_step_the_first_stands():
    one, two, three = admit_all([facts(), facts(), facts()], GATE, Known())
    assert isinstance(one, Admitted) and two.reason == three.reason == "duplicate"


def test_one_task_of_what_is_kept_out_is_one_too_many():
    first = printed(facts().instances[0])
    look, words = Print("something else", look=first.look), Print(first.question)
    assert refused(facts(), known=Known(kept_out=Memory((look,)))) == "contaminated"
    assert refused(facts(), known=Known(kept_out=Memory((words,)))) == "contaminated"
    apart = Print(first.question, look=printed(tiles(40, image_HWC=np.rot90(sheet(30)).copy())).look)
    assert isinstance(admit(facts(), GATE, Known(kept_out=Memory((apart,)))), Admitted)


def test_what_is_kept_out_stays_so_once_another_of_the_step_is_admitted():
    turned = tuple(
        replace(one, image_HWC=np.rot90(one.image_HWC, 2).copy(), scene=f'{{"turned":{i}}}')
        for i, one in enumerate(facts().instances)
    )
    second = facts(instances=turned, again=(), changed=())
    kept_out = Memory((Print("something else", look=printed(turned[0]).look),))
    one, two = admit_all([facts(), second], GATE, Known(kept_out=kept_out))
    assert isinstance(one, Admitted) and two.reason == "contaminated"


def test_every_reason_of_the_gate_is_explained():
    assert all(sentence and not sentence.endswith(".") for sentence in REASONS.values())


# --- near misses


@pytest.mark.parametrize(
    ("said", "miss"),
    [
        (4, "5"), (2.0, "2.2"), (0.0, "0.01"), (True, "no"), ("cat", "catx"), (["a", "b"], "a, b, x"), ([[100, 800]], "400, 100"),
        ([[0, 0, 100, 100]], "300, 300, 400, 400"),
    ],
)  # fmt: skip
def test_a_near_miss_by_hand(said, miss):
    assert near_miss(answer_of(said)) == miss
    assert not matches(miss, answer_of(said))


words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)
inside = st.integers(0, 1000)


@given(
    st.integers(-(10**6), 10**6) | words | st.booleans() | st.lists(words, min_size=1, max_size=5)
    | st.lists(st.tuples(inside, inside).map(list), min_size=1, max_size=3)
)  # fmt: skip
def test_no_near_miss_is_taken_for_the_answer(said):
    try:
        answer = answer_of(said)
    except ValueError:
        return
    assert matches(answer.text, answer) and not matches(near_miss(answer), answer)


def test_a_choice_without_another_still_has_a_near_miss():
    only = Answer(kind="choice", value="a", warrant=COMPUTED, choices=("a", "a"))
    assert not matches(near_miss(only), only)


# --- gathering


class Drawer:
    """Draws n tiles for the scene {"n": n}, and fails as told."""

    def __init__(self, status=lambda job: "ok"):
        self.status, self.calls = status, []

    def __call__(self, jobs):
        self.calls.append(list(jobs))
        return [self._one(job) for job in jobs]

    def _one(self, job):
        status = self.status(job)
        if status != "ok":
            return Result(status, "L2", log=f"it was {status}")
        scene = json.loads(job.scene_json) if job.scene_json else {"n": 1 + job.seed % 7, "at": job.seed % 11}
        return Result(
            "ok", "L2", image=sheet(scene["n"], scene["at"]), scene=scene, question="How many?", answer=scene["n"]
        )


def test_facts_are_gathered_in_two_calls_for_all_generators():
    drawer = Drawer()
    one, two = gather([Generator(code="a"), Generator(code="b")], drawer, Gate(instances=5, counterfactuals=5))
    assert [len(jobs) for jobs in drawer.calls] == [2 * 6, 2 * (2 + 5)]
    assert [job.seed for job in drawer.calls[0][:6]] == [*probe_seeds(5), probe_seeds(5)[0]]
    assert (one.generator.code, two.generator.code) == ("a", "b")
    assert [each.seed for each in one.instances] == list(probe_seeds(5)) and all(
        seed % 2 == 0 for seed in probe_seeds(5)
    )
    assert len(one.again) == 3 and [len(pair) for pair in one.again] == [2, 2, 2]
    assert len(one.changed) == 5 and all(base.scene != other.scene for base, other in one.changed)
    assert {base.seed for base, _ in one.changed} == set(probe_seeds(2))
    assert one.ran == 1.0


def test_the_same_scene_is_drawn_again_under_another_seed():
    drawer = Drawer()
    gather([Generator(code="a")], drawer, GATE)
    (first, *_), again = drawer.calls[0], [job for job in drawer.calls[1] if job.seed not in probe_seeds(8)]
    assert len(again) == 2 and again[0].seed == first.seed ^ 2
    assert json.loads(again[0].scene_json) == {"n": 1 + first.seed % 7, "at": first.seed % 11}


def test_a_program_that_fails_is_not_drawn_again_and_says_on_how_many_seeds_it_ran():
    bad = probe_seeds(4)[1:3]
    drawer = Drawer(lambda job: "code_error" if job.seed in bad else "ok")
    (found,) = gather([Generator(code="a")], drawer, Gate(instances=4))
    assert len(drawer.calls) == 1 and found.ran == 0.5
    assert found.failed == (Rejection("code_error", "it was code_error"),) * 2


@pytest.mark.parametrize("when", [lambda job: job.scene_json is None, lambda job: job.scene_json is not None])
def test_a_run_lost_to_the_machine_loses_the_generator_and_no_other(when):
    drawer = Drawer(lambda job: "timeout" if job.code == "a" and when(job) else "ok")
    one, two = gather([Generator(code="a"), Generator(code="b")], drawer, GATE)
    assert one == Lost("timeout: it was timeout") and isinstance(two, Facts)


def test_a_changed_scene_that_the_program_does_not_take_tells_nothing():
    drawer = Drawer(lambda job: "code_error" if job.scene_json and job.seed in probe_seeds(8) else "ok")
    (found,) = gather([Generator(code="a")], drawer, GATE)
    assert found.changed == () and len(found.again) == 3 and isinstance(admit(found, GATE, Known()), Admitted)


def test_without_generators_nothing_is_drawn():
    drawer = Drawer()
    assert gather([], drawer, GATE) == [] and drawer.calls == []
