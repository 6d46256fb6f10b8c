"""The recipes in which a model invents its own tasks: what they ask of which machine, and in what their controls differ."""

import pytest

from mmzero import shipped
from mmzero.errors import UserError
from mmzero.plan import make_plan, refuse_what_cannot_fit
from mmzero.recipe.amend import changes
from mmzero.recipe.plugins import check_rewards
from mmzero.recipe.read import read

LARGE, SMALL, ONE = "8x80GiB", "8x40GiB", "1x80GiB"
EIGHT = "asks for 8 GPUs .* and there are 1; lower sampler"
FULL = "must hold 49.0 GiB for certain .playing., but has 40.0 GiB; .* share one policy between roles, or choose"
FULL_MIMO = FULL.replace("49.0", "46.4")  # 3 x 8,306,217,216 weights of 2 bytes
OPEN = [name for name in shipped.recipes() if name.startswith(("mm_zero_", "evolve_")) and "tiny" not in name]
# What each is refused for; nothing where it fits.
REFUSED = {
    "mm_zero_qwen3vl_8b": {SMALL: FULL, ONE: EIGHT},
    "mm_zero_qwen3vl_4b": {ONE: EIGHT},
    "mm_zero_mimo_7b": {SMALL: FULL_MIMO, ONE: EIGHT},
    "evolve_qwen3vl_8b": {SMALL: FULL, ONE: EIGHT},
    "evolve_qwen3vl_8b_random": {SMALL: FULL, ONE: EIGHT},
    "evolve_qwen3vl_8b_format": {SMALL: FULL, ONE: EIGHT},
    "evolve_qwen3vl_8b_bank": {SMALL: FULL, ONE: EIGHT},
    "evolve_qwen3vl_8b_frozen": {SMALL: FULL, ONE: EIGHT},
    "evolve_1gpu_lora": {},
}


@pytest.fixture(autouse=True)
def nothing_was_fetched(monkeypatch):
    monkeypatch.setattr("mmzero.model_files._fetched", lambda name: None)


def planned(name, on):
    recipe, path = read(name)
    check_rewards(recipe, path.parent)
    made = make_plan(recipe, path.parent, path.parent, on)
    refuse_what_cannot_fit(made, path.parent)
    return made


def test_every_recipe_that_invents_is_tried_on_every_machine():
    assert set(OPEN) == set(REFUSED)


@pytest.mark.parametrize("on", [LARGE, SMALL, ONE])
@pytest.mark.parametrize("name", OPEN)
def test_it_fits_or_says_in_a_sentence_why_not(name, on):
    if on in REFUSED[name]:
        with pytest.raises(UserError, match=REFUSED[name][on]) as error:
            planned(name, on)
        assert "\n" not in str(error.value)
        return
    made = planned(name, on)
    assert 0 < made.gpus_asked <= int(on.split("x")[0])
    assert all(peak.about <= peak.there for peak in made.peaks if peak.where == "GPU")


def differing(name, other="evolve_qwen3vl_8b"):
    return {change.field.split("[")[0] for change in changes(read(other)[0], read(name)[0])} - {"name"}


def test_a_control_differs_in_what_it_controls():
    paid = {f"roles.{role}.rewards" for role in ("proposer", "coder", "solver")}
    for name in ("random", "format"):
        assert {".".join(field.split(".")[:3]) for field in differing(f"evolve_qwen3vl_8b_{name}")} == paid
    assert differing("evolve_qwen3vl_8b_bank") == {"schedule.phases"}
    assert differing("evolve_qwen3vl_8b_frozen") == {"schedule.phases", "checkpoint.every"}
    whole, frozen, bank = (read(f"evolve_qwen3vl_8b{end}")[0].schedule for end in ("", "_frozen", "_bank"))
    assert frozen.phases == whole.phases[1:] and frozen.iterations == bank.iterations == whole.iterations
    (only,) = bank.phases
    assert only.model_copy(update={"tasks": whole.phases[2].tasks}) == whole.phases[2]


def test_the_better_preset_never_votes_for_a_label_and_parity_has_no_gate():
    better, parity = read("evolve_qwen3vl_8b")[0], read("mm_zero_qwen3vl_8b")[0]
    assert (better.draws, better.sources["proposed"].labels) == ("programs", "computed")
    assert (parity.draws, parity.sources["proposed"].gate) == ("pictures", None)
    assert better.learning.kl.to == "base" and better.policies == parity.policies and better.model == parity.model
    turns = [phase.steps for phase in better.schedule.phases]
    assert [version for version in range(1, sum(turns) + 1) if better.judged(version)] == [sum(turns)]
    assert sum(turns[:2]) % better.checkpoint.every == 0  # what is undone is the solver's own turn


@pytest.mark.parametrize(
    ("name", "role", "reward", "said"),
    [
        ("evolve_qwen3vl_8b", "coder", "mm_zero.py:coder", "asks for 'drawings', but the coder's mode is generator"),
        ("evolve_qwen3vl_8b", "proposer", "mm_zero.py:proposer", "gives 'instances', .*such as .*:over_instances, or"),
        ("evolve_qwen3vl_8b", "proposer", "learnability.py:unbiased", "asks for 'votes'"),
        (
            "mm_zero_tiny",
            "coder",
            "learnability.py:over_instances",
            "mode is picture, .* such as rewards/mm_zero.py:coder",
        ),
        ("mm_zero_tiny", "proposer", "novelty.py:rewording", "asks for 'instances', .* such as .*mm_zero.py:proposer"),
        (
            "tiny",
            "proposer",
            "learnability.py:as_believed",
            "the proposer's mode is spec, which only ever gives 'votes'",
        ),
    ],
)
def test_a_reward_for_another_mode_is_refused(name, role, reward, said):
    """Each of these would pay everybody alike, or divide by the votes that there are none of."""
    paid = f"roles.{role}.rewards=[{{use: 'rewards/{reward}'}}]"
    recipe, path = read(name, [paid])
    with pytest.raises(UserError, match=said) as error:
        check_rewards(recipe, path.parent)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "said"), [((), "no phase trains"), (("sources.proposed.since=iteration",), "before it")]
)
def test_labels_that_nobody_makes_are_refused(more, said):
    with pytest.raises(UserError, match=f"{said}.* nobody, so nothing is ever labelled; write labelled: anywhere"):
        read("evolve_qwen3vl_8b", ["sources.proposed.labelled=nobody", *more])
