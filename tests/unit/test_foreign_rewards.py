"""Rewards written for TRL, verl and EasyR1 run as they are: each is called as its own trainer calls it, and what it
returns is what it pays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from play_material import says, task

from mmzero.recipe import plugins
from mmzero.recipe.tree import Plugin
from mmzero.scoring import load, reward, score
from mmzero.types import GIVEN, Answer, Cursor, Episode

CURSOR = Cursor(5, 0, 1, 3)
BOXED = r"so it is \boxed{%s}"


def row(id, question, answer, **columns):
    """A dataset's row as a task, its answer as the dataset wrote it."""
    made = task(id, right=None)
    truth = Answer(kind="text", value=str(answer), warrant=GIVEN)
    scene = json.dumps({"answer": answer, **columns})
    return type(made)(
        id=id, family="rows", kind="rows", level=0, question=question, images=(), answer=truth, scene=scene,
        source="rows", seed=0,
    )  # fmt: skip


HALF = row("half", "A half?", r"\frac{1}{2}", index=7)
FOUR = row("four", "Two and two?", "$4$", index=8)
EPISODES = (
    Episode(task=HALF, rollouts=(says(BOXED % r"\frac{2}{4}", HALF), says(BOXED % "0.3", HALF, sibling=1, tokens=(1, 2, 1)))),
    Episode(task=FOUR, rollouts=(says(BOXED % "4", FOUR, tokens=(9,)), says("4", FOUR, sibling=1))),
)  # fmt: skip
TEXTS = [rollout.text for episode in EPISODES for rollout in episode.rollouts]


def loaded(folder, text, use="own.py:f", **how):
    (folder / "own.py").write_text(text)
    plugin = Plugin.model_validate({"use": use, **how})
    plugins.check(plugin, frozenset(plugins.REWARD_PARAMETERS), folder)
    return load(plugin, plugins.find(use, folder))


def paid(one, episodes=EPISODES):
    found = score(episodes, [one], CURSOR, {}, 1.0)
    one.close()
    return [scored.missing or scored.reward for scored in found]


# --- TRL


def test_trl_is_given_the_whole_batch_as_its_trainer_gives_it(tmp_path):
    text = """
seen = []
def f(prompts, completions, completion_ids, index, trainer_state, log_metric, scale=1, **columns):
    seen.append((prompts, completions, completion_ids, index, trainer_state.global_step, columns))
    log_metric("mean", 0.5)
    return [scale * float(len(c[0]["content"])) for c in completions]
"""
    one = loaded(tmp_path, text, **{"with": {"scale": 2}})
    assert paid(one) == [2.0 * len(text) for text in TEXTS]
    ((prompts, completions, ids, index, step, columns),) = one.function.func.__globals__["seen"]
    assert prompts[2] == [{"role": "user", "content": "Two and two?"}]
    assert completions[2] == [{"role": "assistant", "content": TEXTS[2]}]
    assert (ids[1:3], index, step) == ([[1, 2, 1], [9]], [7, 7, 8, 8], 5)
    assert (
        columns["solution"] == columns["answer"] == [r"\frac{1}{2}"] * 2 + ["$4$"] * 2
        and columns["family"][0] == "rows"
    )


def test_trl_written_for_plain_text_is_given_plain_text(tmp_path):
    text = """
def f(prompts, completions, answer):
    return [float(len(p + c + a)) for p, c, a in zip(prompts, completions, answer)]
"""
    episodes = EPISODES[:1]
    expected = [float(len(HALF.question + text + r"\frac{1}{2}")) for text in TEXTS[:2]]
    assert paid(loaded(tmp_path, text), episodes) == expected


def test_trl_may_wait_skip_answers_and_be_shown_less_at_once(tmp_path):
    text = """
import asyncio
async def f(completions, **columns):
    await asyncio.sleep(0)
    return [None if i else len(completions) for i, _ in enumerate(completions)]
"""
    assert paid(loaded(tmp_path, text)) == [4.0] + ["no reward applies"] * 3
    assert paid(loaded(tmp_path, text, per="group")) == [2.0, "no reward applies"] * 2
    assert paid(loaded(tmp_path, text, per="answer")) == [1.0] * 4


@pytest.mark.parametrize("rest", ["", ", **rest"])
def test_trls_columns_must_be_there(tmp_path, rest):
    said = paid(loaded(tmp_path, f"def f(completions, colour{rest}): ..."))
    assert said == ["own.f cannot be shown this answer: the data has no column 'colour'"] * 4


@pytest.mark.parametrize(
    ("use", "arguments", "isolate"),
    [
        ("accuracy_reward", {}, False),
        ("reasoning_accuracy_reward", {"reasoning_delimiters": ["so"]}, False),
        ("think_format_reward", {}, False),
        ("get_soft_overlong_punishment", {"max_completion_len": 3, "soft_punish_cache": 2}, False),
        ("get_repetition_penalty_reward", {"ngram_size": 1}, False),
        ("get_cosine_scaled_reward", {"max_len": 4}, False),
        ("get_cosine_scaled_reward", {"max_len": 4}, True),
    ],
)
def test_trls_own_rewards_pay_here_what_they_pay_there(use, arguments, isolate, tmp_path):
    import trl.rewards

    theirs = getattr(trl.rewards, use)
    theirs = theirs(**arguments) if use.startswith("get_") else theirs
    rest = {} if use.startswith("get_") else arguments
    rollouts = [rollout for episode in EPISODES for rollout in episode.rollouts]
    expected = theirs(
        completions=[[{"role": "assistant", "content": rollout.text}] for rollout in rollouts],
        completion_ids=[list(rollout.output_ids) for rollout in rollouts],
        solution=[r"\frac{1}{2}"] * 2 + ["$4$"] * 2,
        **rest,
    )
    one = loaded(tmp_path, "", f"trl.rewards:{use}", isolate=isolate, **{"with": arguments})
    assert paid(one) == ["no reward applies" if value is None else value for value in expected]
    assert len(set(expected)) > 1 or use == "think_format_reward"


# --- verl


def test_verl_scores_one_answer_by_a_number_a_mapping_or_a_tuple(tmp_path):
    text = """
def f(data_source, solution_str, ground_truth, extra_info=None):
    assert data_source == "mmzero/rows"
    length = float(len(solution_str) + len(ground_truth) + extra_info["index"])
    return [length, {"score": length, "acc": True, "pred": "x"}, (length, "why")][len(solution_str) % 3]
"""
    expected = [
        float(len(one) + len(truth) + i)
        for one, (truth, i) in zip(TEXTS, ((r"\frac{1}{2}", 7),) * 2 + (("$4$", 8),) * 2, strict=True)
    ]
    one = loaded(tmp_path, text)
    found = score(EPISODES, [one], CURSOR, {}, 0.0)
    assert [scored.reward for scored in found] == expected
    assert [scored.parts["own.f/acc"] for scored in found if len(scored.parts) > 1] == [
        1.0 for one in TEXTS if len(one) % 3 == 1
    ]


def test_verl_is_told_the_truth_where_its_own_data_keeps_it(tmp_path):
    text = (
        "def f(solution_str, ground_truth, data_source, extra_info): return float(ground_truth) + extra_info['index']"
    )
    kept = row("k", "?", "no", data_source="gsm8k", reward_model={"ground_truth": "3"}, extra_info={"index": 0.5})
    assert paid(loaded(tmp_path, text), [Episode(task=kept, rollouts=(says("x", kept),))]) == [3.5]
    kept = row("k", "?", "no", ground_truth="4", reward_model={"style": "rule"}, index=1)
    text = "def f(solution_str, ground_truth, data_source, extra_info): return ground_truth + data_source == '4mmzero/rows'"
    assert paid(loaded(tmp_path, text), [Episode(task=kept, rollouts=(says("x", kept),))]) == [1.0]


def test_verl_may_score_a_batch(tmp_path):
    text = """
def f(data_sources, solution_strs, ground_truths, extra_infos):
    return [{"score": len(solution_strs)} for _ in data_sources]
"""
    assert paid(loaded(tmp_path, text)) == [4.0] * 4


# --- EasyR1


def test_easyr1_scores_one_mapping_or_a_list_of_them(tmp_path):
    text = """
REWARD_NAME = "own"
REWARD_TYPE = "{kind}"
def one(row, weight):
    assert set(row) == {{"response", "response_length", "ground_truth"}}
    return {{"overall": weight * row["response_length"], "accuracy": float(row["ground_truth"] in row["response"])}}
def f(inputs, weight=1):
    return {call}
"""
    lengths = [2.0, 3.0, 1.0, 2.0]
    for kind, call in (("sequential", "one(inputs, weight)"), ("batch", "[one(row, weight) for row in inputs]")):
        made = loaded(tmp_path, text.format(kind=kind, call=call), **{"with": {"weight": 2}})
        found = score(EPISODES, [made], CURSOR, {}, 0.0)
        assert [scored.reward for scored in found] == [2 * length for length in lengths]
        assert [scored.parts["own.f/accuracy"] for scored in found] == [0.0] * 4


def test_easyr1_must_say_overall(tmp_path):
    text = "def f(reward_input): return {'accuracy': 1.0}"
    assert paid(loaded(tmp_path, text)) == ["own.f returned a mapping without 'overall'"] * 4


# --- what goes wrong in any of them

WRONG = {
    "short": ("def f(completions): return [1.0]", "returned 1 values for 4 answers"),
    "a string": ("def f(completions): return '1111'", "no list, for 4 answers"),
    "strings": ("def f(completions): return list('1111')", "returned '1', no number"),
    "nothing": ("def f(completions): return None", "returned empty, no list"),
    "raises": ("def f(completions): raise KeyError('x')", "raised KeyError: 'x'"),
    "verl empty": ("def f(solution_str, ground_truth): return {}", "a mapping without 'score'"),
    "verl text": ("def f(solution_str, ground_truth): return ('1', 2)", "returned '1', no number"),
    "easyr1 number": ("def f(reward_input): return 1.0", "returned 1.0, no mapping"),
    "easyr1 nan": ("def f(reward_input): return {'overall': float('nan')}", "no finite number"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_what_goes_wrong_is_named_and_no_number(tmp_path, text, said):
    assert all(said in one for one in map(str, paid(loaded(tmp_path, text))))


def test_trl_takes_nan_for_none():
    assert paid(reward("own.py:f", lambda completions: [float("nan"), 1, 2, True])) == [
        "no reward applies",
        1.0,
        2.0,
        1.0,
    ]


def test_what_a_foreign_reward_does_to_its_rows_reaches_nobody(tmp_path):
    text = """
def f(reward_inputs):
    for row in reward_inputs:
        row["response"] = ""
        row.pop("ground_truth")
    reward_inputs.sort(key=lambda row: row["response_length"])
    return [{"overall": 1.0} for _ in reward_inputs]
"""
    honest = reward("own.py:g", lambda response: len(response))
    found = score(EPISODES, [loaded(tmp_path, text), honest], CURSOR, {}, 0.0)
    assert [scored.reward for scored in found] == [1.0 + len(one) for one in TEXTS]


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9)), min_size=4, max_size=4))
def test_whatever_trl_returns_is_what_is_paid(values):
    expected = ["no reward applies" if value is None else float(value) for value in values]
    assert paid(reward("own.py:f", lambda completions: values)) == expected
