"""How a reward is called: one answer at a time or many, again or not at all; what it may return, and that what it does
to the group it is shown reaches nobody."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from play_material import answers, task
from reward_material import CURSOR, FOUR, PAIRS, own, paid, pictured, scored

from mmzero.errors import CampaignStopped
from mmzero.recipe.tree import Plugin
from mmzero.scoring import Surroundings, load, reward, score
from mmzero.scoring.outcome import read
from mmzero.types import Cursor, Episode

# --- what one call is shown


def test_a_reward_of_groups_is_shown_each_group_and_one_of_batches_the_whole_step():
    def rank(answer, truth, step):
        assert step == 5 and len(truth) == len(answer)
        return [sorted(answer).index(one) for one in answer]

    assert paid(own(rank, per="group"), PAIRS) == [1.0, 0.0, 1.0, 0.0]
    assert paid(own(rank, per="batch"), PAIRS) == [2.0, 0.0, 3.0, 1.0]


@pytest.mark.parametrize("per", ["answer", "group"])
def test_an_async_reward_is_waited_for(per):
    import asyncio

    waiting = []

    async def slow(answer):
        waiting.append(answer)
        await asyncio.sleep(0.01)
        assert per != "answer" or len(waiting) == 4  # all at once, not one after the other
        return float(answer) if per == "answer" else [float(one) for one in answer]

    assert paid(own(slow, per=per)) == [4.0, 1.0, 5.0, 3.0]


def test_an_async_reward_that_takes_too_long_is_missing_alone():
    import asyncio

    async def slow(answer):
        await asyncio.sleep(60 if answer == "1" else 0)
        if answer == "5":
            raise TimeoutError("its own")
        return 1.0

    assert paid(own(slow, timeout=0.2)) == [
        1.0, "own.own took longer than its timeout of 0.2 s", "own.own raised TimeoutError: its own", 1.0,
    ]  # fmt: skip


# --- what it may return


def test_a_value_comes_with_named_parts():
    def inside(answer):
        parts = {"near": int(answer) / 10, "read": "ok", "nothing": None, "broken": float("nan")}
        return {"4": (1.0, parts), "1": {"reward": 2, **parts}, "5": None, "3": {"near": 1}}[answer]

    both = [own(inside), reward("other.py:flat", lambda: 0.5)]
    found = score([Episode(task=FOUR[0].task, rollouts=FOUR)], both, CURSOR, {}, 1.0)
    assert found[0].parts == {"own.own": 1.0, "own.own/near": 0.4, "other.flat": 0.5} and found[0].reward == 1.5
    assert read(inside("4")).said == {"read": "ok", "broken": "nan"}, "no number: shown, and averaged with nothing"
    assert found[1].parts["own.own/near"] == 0.1 and found[1].reward == 2.5
    assert found[2].reward == 0.5  # it does not apply: the other alone pays
    assert found[3].missing == "own.own returned a mapping without 'reward' or 'value' or 'score' or 'overall'"


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.sampled_from(["reward", "a", 1]), inner),
    ),
    max_leaves=6,
)


@given(anything)
def test_whatever_is_returned_is_a_finite_number_or_says_why_not(returned):
    outcome = read(returned)
    assert outcome.value is None or (outcome.value - outcome.value == 0 and not outcome.error)
    assert all(value - value == 0 for value in outcome.parts.values())
    if isinstance(returned, int | float) and not outcome.error:
        assert outcome.value == float(returned)
    assert outcome.error.isprintable()


@pytest.mark.parametrize("per", ["group", "batch"])
@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ([1.0], "returned 1 values for 4 answers"),
        ("1234", "returned '1234', no list, for 4 answers"),
        (1.0, "no list"),
        ({"reward": 1}, "no list"),
        ([[1], [1], [1], [1]], "no number"),
    ],
)
def test_a_list_of_the_wrong_length_or_kind_is_named(per, returned, said):
    assert all(said in one for one in paid(own(lambda answer: returned, per=per)))


def test_numpy_numbers_are_numbers_and_arrays_are_not():
    numpy = pytest.importorskip("numpy")
    assert paid(own(lambda: numpy.float32(0.5))) == [0.5] * 4
    assert paid(own(lambda answer: numpy.arange(4), per="batch")) == [0.0, 1.0, 2.0, 3.0]
    assert "no number" in paid(own(lambda: numpy.arange(4)))[0]


# --- writing to what is shown


def test_writing_to_the_group_is_named_and_reaches_nobody():
    def scene(scene):
        scene["things"] = 5
        return 1.0

    def siblings(siblings):
        siblings[0] = "x"
        return 1.0

    def archive(archive):
        archive["x"] = 1
        return 1.0

    def truth(truth):
        truth.value = 5
        return 1.0

    assert paid(own(scene)) == ["own.own wrote to 'scene', which it may only read"] * 4
    for function in (siblings, archive, truth):
        assert all("own.own raised" in one for one in paid(own(function)))
    assert paid(own(lambda scene, per="group": scene["things"])) == [4.0] * 4
    assert "wrote to 'scene'" in paid(own(lambda scene: [one.clear() for one in scene], per="group"))[0]


def test_leaving_is_not_ending():
    def leave(answer):
        raise SystemExit(0)

    assert paid(own(leave)) == ["own.own raised SystemExit: 0"] * 4


# --- again, and not again


def test_what_raised_is_called_again_as_often_as_it_may_be():
    calls = []

    def second_time(answer):
        calls.append(answer)
        if calls.count(answer) < (3 if answer == "5" else 2):
            raise OSError("busy")
        return 1.0

    assert paid(own(second_time, retries=1)) == [1.0, 1.0, "own.own raised OSError: busy", 1.0]
    assert sorted(calls) == sorted("41534153")


def test_what_was_scored_is_remembered_by_what_was_shown():
    calls = []

    def counted(answer, truth):
        calls.append(answer)
        if answer == "1":
            raise OSError("busy")
        return float(answer)

    one = own(counted, cache=True)
    twice = [Episode(task=FOUR[0].task, rollouts=(*FOUR, answers("4", sibling=4)))]
    expected = [4.0, "own.own raised OSError: busy", 5.0, 3.0, 4.0]
    assert paid(one, twice) == expected and calls == list("4153")  # siblings that say the same are one call
    assert paid(one, twice) == expected and calls == list("41531")  # an error is not remembered
    other = task("other", right=5)
    paid(one, [Episode(task=other, rollouts=(answers("4", other),))])
    assert calls == list("415314")  # another truth, another question


# --- budgets and alarms


def test_what_does_not_apply_counts_against_no_budget():
    found = score([Episode(task=FOUR[0].task, rollouts=FOUR)], [own(lambda: None)], CURSOR, {}, 0.0)
    assert [one.missing for one in found] == ["no reward applies"] * 4


def test_a_reward_may_have_a_budget_of_its_own():
    def often(answer):
        return 1 / (int(answer) - 1)

    episodes = [Episode(task=FOUR[0].task, rollouts=FOUR)]
    honest = reward("other.py:flat", lambda: 1.0)
    assert sum(one.reward is None for one in score(episodes, [own(often, errors=0.25), honest], CURSOR, {}, 0.0)) == 1
    with pytest.raises(CampaignStopped, match=r"1 of 4 .* errors of own.py:own allows 24%"):
        score(episodes, [own(often, errors=0.24), honest], CURSOR, {}, 1.0)
    with pytest.raises(CampaignStopped, match=r"budgets.reward_errors allows 24%"):
        score(episodes, [own(often), reward("other.py:flat", lambda: 1.0, errors=0.5)], CURSOR, {}, 0.24)


def test_rewards_that_are_all_alike_are_shown(caplog):
    scored(own(lambda: 0.0))
    assert (
        "every one of the 4 rewards of step 5 is 0: '<think></think><answer>4</answer>' where '4' is right"
        in caplog.text
    )
    caplog.clear()
    scored(own(lambda answer: answer != "4"))
    assert not caplog.text


def test_one_that_never_pays_is_shown_beside_one_that_does(caplog):
    def told(step, *functions):
        caplog.clear()
        rewards = [reward(f"{place}.py:own", function) for place, function in enumerate(functions)]
        score([Episode(task=FOUR[0].task, rollouts=FOUR)], rewards, Cursor(step, 0, 1, 3), {}, 1.0)
        return caplog.text

    def in_form(answer):
        return float(answer == "4")

    assert "0.py:own is 0 for every one of 4 answers of step 3: '<think></think>" in told(3, lambda: 0.0, in_form)
    assert "1.py:own is 0 for every one of 3 answers" in told(7, in_form, lambda answer: None if answer == "4" else 0)
    assert not told(4, lambda: 0.0, in_form), "not at every step: a penalty that nobody earned looks alike"
    assert not told(3, in_form, lambda length: float(length))
    assert not told(3, in_form, lambda: None), "what does not apply pays nobody"


# --- pictures


def test_pictures_are_opened_when_they_are_looked_at(tmp_path):
    def paid_for(function, *names):
        episode, around = pictured(tmp_path, *names)
        return paid(own(function), [episode], around=around)

    def look(images, answer):
        assert len(images) == 2 and images[0] is images[0] and images[-2].size == (30, 20)
        return images[0].getpixel((0, 0))[0] if answer == "4" else images[:2][1].width

    first, second = paid_for(look, "good", "bad")
    assert first == 255.0 and second == "own.own raised ValueError: the picture bad cannot be opened: it is no picture"
    assert paid_for(lambda images: len(images), "good", "gone") == [2.0, 2.0]
    assert "No such file" in paid_for(lambda images: images[0].width, "gone")[0]


def test_sizes_are_what_the_picture_has_and_what_the_policy_sees(tmp_path):
    def check(sizes):
        assert sizes == (((30, 20), (60, 20)),)
        return 1.0

    good, around = pictured(tmp_path, "good")
    bad, _ = pictured(tmp_path, "bad")
    assert paid(own(check), [good], around=around) == [1.0, 1.0]
    assert "cannot be shown this answer: the picture bad" in paid(own(check), [bad], around=around)[0]
    assert paid(own(lambda sizes=None: float(sizes is None)), [bad], around=around) == [1.0, 1.0]


# --- services


def test_the_sandbox_is_lent_and_never_struck_in_the_middle(tmp_path):
    (tmp_path / "own.py").write_text(
        "import threading\ndef own(answer, render): return render(threading.current_thread())"
    )
    lent = Surroundings(render=lambda thread: float(thread is not threading.main_thread()))
    one = load(Plugin(use="own.py:own"), tmp_path / "own.py", lent)
    assert paid(one) == [1.0] * 4
    one.close()
