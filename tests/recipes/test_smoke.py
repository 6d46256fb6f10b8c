"""What a smoke run says it tried, and what it makes of a recipe; the run itself is in tests/campaign."""

import pytest

from mmzero import campaign
from mmzero.recipe.read import read


@pytest.mark.parametrize(
    ("name", "tried"),
    [
        ("gpu_separate", {"nccl"}),
        ("gpu_colocated", {"nccl", "ipc", "sleep_and_wake"}),
        ("gpu_lora", {"ipc", "sleep_and_wake"}),
    ],
)
def test_what_only_gpus_show_is_tried_where_the_recipe_needs_it(name, tried):
    recipe = read(name)[0]
    said = campaign._tried(recipe, on_gpus=True)
    assert {what for what, how in said.items() if how == "tried"} == tried
    assert all(how.startswith("not tried: ") for what, how in said.items() if what not in tried)
    on_a_cpu = campaign._tried(recipe, on_gpus=False)
    assert set(on_a_cpu) == set(said)
    assert set(on_a_cpu.values()) == {"not tried: the engines were on a CPU"}


def test_a_small_phase_keeps_whole_groups_and_has_a_prompt_for_every_rank():
    proposer, solver = read("gpu_colocated")[0].schedule.phases
    small = campaign._small(solver, ranks=8)
    assert (small.steps, small.prompts, small.group) == (1, 8, solver.group)
    assert small.learning.constant_groups == "keep"
    assert campaign._small(proposer, ranks=2).votes.n == 3
    assert campaign._small(proposer, ranks=2).prompts == 4
