"""MM-Zero's published counts and constants, written out by hand: what the parity recipes hold, and what they pay by."""

import inspect

import pytest

from mmzero import shipped
from mmzero.recipe.plugins import load
from mmzero.recipe.read import read
from mmzero.roles import chain

WHOLE = "mm_zero_qwen3vl_8b"
ITERATIONS = {WHOLE: 5, "mm_zero_qwen3vl_4b": 3, "mm_zero_mimo_7b": 3}
MODELS = {
    WHOLE: "Qwen/Qwen3-VL-8B-Instruct",
    "mm_zero_qwen3vl_4b": "Qwen/Qwen3-VL-4B-Instruct",
    "mm_zero_mimo_7b": "XiaomiMiMo/MiMo-VL-7B-SFT",
}
LONGEST = 4096  # tokens of any answer

# Who is asked, by whom, how often and at which temperature, from who speaks first to who answers last.
CHAINS = [
    [("proposer", "proposer", 4, 1.0), ("coder", "coder", 4, 0.7), ("solver", "solver", 5, 1.0)],
    [("proposer", "proposer", 1, 1.0), ("coder", "coder", 4, 0.7), ("solver", "solver", 5, 1.0)],
    [("proposer", "proposer", 1, 1.0), ("coder", "coder", 1, 0.7), ("solver", "solver", 10, 1.0)],
    [("solver", "solver", 8, 1.0)],
]
# What trains, steps, prompts. 20 x 165 = 3300 of 8 x 413 ideas to filter; 20 x 250 = 5000 = 8 x 625 ideas to label; 20
# batches of 512 prompts in updates of 64 are 160 updates.
PHASES = [("proposer", 20, 18), ("coder", 20, 165), ("nobody", 20, 250), ("solver", 160, 64)]

PAYS = {
    "proposer": {
        "malformed": -1, "easy_cap": 0.5, "flat_below": 0.15, "flat_costs": 0.3, "content_above": 0.5,
        "content_costs": 0.15, "alike_costs": 0.5, "alike_most": 0.5, "alike_within": 0.25,
        "alike_weights": [0.45, 0.20, 0.35],
    },
    "coder": {"rendered": 1, "failed": -0.10, "flagged": -0.05, "no_svg": -0.50, "least": -0.5},
    "solver": {"right": 0.9, "formed": 0.1},
}  # fmt: skip


@pytest.fixture(params=ITERATIONS)
def recipe(request):
    return read(request.param)[0]


def test_the_counts_of_an_iteration(recipe):
    phases = recipe.schedule.phases
    assert (recipe.model.path, recipe.schedule.iterations) == (MODELS[recipe.name], ITERATIONS[recipe.name])
    assert [(one.train, one.steps, one.prompts) for one in phases] == PHASES
    levels = [chain.levels(recipe, one) for one in phases]
    assert [[(one.role, one.policy, one.n, one.says.temperature) for one in some] for some in levels] == CHAINS
    assert {one.says.max_tokens for some in levels for one in some} == {LONGEST}
    assert [[(one.filter, one.tries) for one in some if one.filter] for some in levels] == [
        [], [((0.25, 0.75), 4)], [], [],
    ]  # fmt: skip
    assert phases[3].tasks == {"proposed": 1.0}


def test_what_becomes_a_label(recipe):
    source = recipe.sources["proposed"]
    assert (source.labels, source.easy, source.hard) == ("majority", 0.5, (0.25, 0.75))
    assert (source.since, source.labelled, source.gate) == ("iteration", "nobody", None)


def test_how_every_phase_learns(recipe):
    for learning in (phase.learning for phase in recipe.schedule.phases):
        optimizer, loss = learning.optimizer, learning.loss
        assert (optimizer.lr, optimizer.weight_decay, optimizer.max_grad_norm) == (1e-6, 1e-2, 1.0)
        assert (optimizer.warmup, optimizer.decay, optimizer.fresh) == (0, "none", True)
        assert (loss.surrogate, loss.clip, loss.ceiling) == ("clip", (0.2, 0.3), 3.0)
        assert (loss.ratio, loss.aggregate, loss.estimator) == ("token", "tokens", "k3")
        assert (learning.kl.to, learning.kl.weight) == ("phase_start", 1e-2)
        assert (learning.advantage, learning.updates, learning.constant_groups) == ("group", 1, "keep")
        assert learning.mismatch.correct == "none"


def test_three_copies_of_one_model_learn_whole(recipe):
    assert set(recipe.policies) == {"proposer", "coder", "solver"}
    assert {(one.train, one.vision) for one in recipe.policies.values()} == {("full", "train")}
    assert recipe.model.pixels == (262_144, 4_194_304)
    assert (recipe.draws, recipe.roles["coder"].draws, recipe.roles["coder"].hard_answer) == (
        "pictures",
        "svg",
        "shown",
    )
    assert recipe.render.seconds == 30


@pytest.mark.parametrize("role", PAYS)
def test_every_constant_of_a_reward_stands_in_the_recipe(recipe, role):
    (paid,) = recipe.roles[role].rewards
    assert (paid.use, paid.weight, paid.with_) == (f"rewards/mm_zero.py:{role}", 1.0, PAYS[role])
    bare = load(paid.model_copy(update={"with_": {}}), shipped.root())
    defaults = {name: one.default for name, one in inspect.signature(bare).parameters.items()}
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in paid.with_.items()}
    constants = {name: value for name, value in defaults.items() if value is not inspect.Parameter.empty}
    assert said == {name: value for name, value in constants.items() if name != "boxed"}


def test_the_coder_is_judged_by_the_solver_unless_a_switch_says_by_itself():
    """As it was by accident there. Nobody else's judge changes."""
    itself = read(WHOLE, ["schedule.phases.1.votes.policy=coder"])[0]
    judges = [
        [chain.levels(one, phase)[-1].policy for phase in one.schedule.phases] for one in (read(WHOLE)[0], itself)
    ]
    assert judges == [["solver"] * 4, ["solver", "coder", "solver", "solver"]]
