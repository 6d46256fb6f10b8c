"""Two ranks learn what one learns, at every stage, however unlike what they are given: loss, gradient, clipping, anchors,
checkpoints that know no number of ranks."""

import subprocess
import sys
from pathlib import Path

import pytest
import ranks_material as material
import torch
from learner_material import pictures, vlm

from mmzero.engines import meeting
from mmzero.recipe.tree import Learner

pytestmark = pytest.mark.engines

HERE = Path(__file__).parent
TOLD = ("loss", "grad_norm", "tokens", "kl", "entropy", "gap", "gap_max", "effective")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return pictures(vlm("qwen3_vl", tmp_path_factory.mktemp("vlm")))


@pytest.fixture(scope="module")
def alone(folder):
    """What one rank at stage 0 sees of everything."""
    seen = {case: material.seen(material.new(folder, Learner()), case) for case in material.CASES}
    seen |= {name: material.seen_whole(material.new(folder, Learner()), name) for name in material.WHOLE}
    seen["story"] = material.story(material.new(folder, Learner()), folder / "saved alone")
    seen["lora"] = material.adapted(material.new(folder, Learner(), train="lora"), folder / "lora saved alone")
    return seen


@pytest.fixture(scope="module")
def two(folder, alone):
    """What each of two ranks saw; both run once for the whole file."""
    store = meeting.keep_store("127.0.0.1", 2, material.TIMEOUT)
    program = [sys.executable, str(HERE / "ranks_material.py"), str(folder), str(store.port)]
    ranks = [
        subprocess.Popen([*program, str(rank), "2"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for rank in range(2)
    ]
    said = [rank.communicate(timeout=600)[0] for rank in ranks]
    del store
    assert [rank.returncode for rank in ranks] == [0, 0], "\n".join(one[-3000:] for one in said)
    return [torch.load(folder / f"rank {rank}.pt", weights_only=False) for rank in range(2)]


def close(found, expected, share=1e-5):
    assert found.keys() == expected.keys()
    far = sum((found[name] - expected[name]).square().sum() for name in expected).sqrt()
    assert far <= share * sum(one.square().sum() for one in expected.values()).sqrt()


STAGES = [
    (name, case)
    for name, config in material.ENGINES.items()
    for case in (material.CASES if config.zero in (0, 2, 3) and config.rows != "padded" else ["uneven"])
]


@pytest.mark.parametrize(("name", "case"), STAGES)
def test_loss_and_gradient_are_those_of_one_rank(two, alone, name, case):
    for rank in two:
        close(rank[name, case]["gradient"], alone[case]["gradient"])
        figures = rank[name, case]["figures"]
        assert {name: figures[name] for name in ("loss", "grad_norm")} == pytest.approx(
            {name: alone[case]["figures"][name] for name in ("loss", "grad_norm")}, rel=1e-5, abs=1e-7
        )


@pytest.mark.parametrize("name", material.ASKED_WHOLE)
@pytest.mark.parametrize("whole", material.WHOLE)
def test_what_the_whole_batch_is_asked_does_not_hang_on_who_holds_it(two, alone, name, whole):
    """How many tokens were singled out, below which floor the batch lies, what blackened pictures say: of both ranks."""
    for rank in two:
        close(rank[name, whole]["gradient"], alone[whole]["gradient"])
        told, expected = rank[name, whole]["figures"], alone[whole]["figures"]
        for figure in {"loss", "grad_norm", "entropy", "singled_out", "blind_kl"} & expected.keys():
            assert told[figure] == pytest.approx(expected[figure], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", material.ENGINES)
def test_an_update_that_is_refused_moves_nothing_on_any_rank(two, alone, name):
    for rank in two:
        large, broken = rank[name, "refused"]["figures"]
        assert rank[name, "refused"]["stayed"]
        assert large["grad_norm"] == pytest.approx(alone["uneven"]["figures"]["grad_norm"], rel=1e-5)
        assert broken["grad_norm"] == float("inf")
        assert {(one["updates"], one["skipped"]) for one in (large, broken)} == {(0.0, 1.0)}


@pytest.mark.parametrize("name", material.ENGINES)
def test_a_story_of_steps_ends_where_it_ends_for_one_rank(two, alone, name):
    """AdamW turns a gradient's rounding into a step, so the bound is that of steps, not that of gradients."""
    for rank in two:
        told = rank[name, "story"]
        for figure in TOLD:
            assert told["figures"][figure] == pytest.approx(alone["story"]["figures"][figure], rel=1e-3, abs=1e-5)
        close(told["weights"], alone["story"]["weights"], 2e-5)
        for one, other in zip(told["logprobs"], alone["story"]["logprobs"], strict=True):
            assert one == pytest.approx(other, abs=2e-3)


@pytest.mark.parametrize("name", material.ENGINES)
def test_ranks_go_on_where_one_rank_stopped(two, alone, name):
    for rank in two:
        close(rank[name, "resumed"]["weights"], alone["story"]["weights"], 2e-5)


@pytest.mark.parametrize("name", material.ENGINES)
def test_one_rank_goes_on_where_two_stopped(two, alone, folder, name):
    resumed = material.new(folder, Learner())
    resumed.load(folder / f"saved {name}")
    close(material.rest_of(resumed)["weights"], alone["story"]["weights"], 2e-5)


@pytest.mark.parametrize("name", material.LORA)
def test_an_adapter_in_shards_learns_is_published_and_saved_as_on_one_rank(two, alone, folder, name):
    from transformers import AutoModelForImageTextToText

    expected = alone["lora"]
    for rank in two:
        told = rank["lora", name, "story"]
        for figure in TOLD:
            assert told["figures"][figure] == pytest.approx(expected["figures"][figure], rel=1e-3, abs=1e-5)
        close(told["weights"], expected["weights"], 2e-5)
    close(two[0]["lora", name, "story"]["sent"], expected["sent"], 2e-5)
    assert not two[1]["lora", name, "story"]["sent"], "one rank sends for all"
    saved = AutoModelForImageTextToText.from_pretrained(folder / f"lora {name}", dtype=torch.float32)
    close(dict(saved.named_parameters()), expected["weights"], 2e-5)


@pytest.mark.parametrize("name", material.LORA)
def test_an_adapter_goes_on_on_more_and_on_fewer_ranks(two, alone, folder, name):
    for rank in two:
        close(rank["lora", name, "resumed"]["weights"], alone["lora"]["weights"], 2e-5)
    resumed = material.new(folder, Learner(), train="lora")
    resumed.load(folder / f"lora saved {name}")
    close(material.rest_of(resumed)["weights"], alone["lora"]["weights"], 2e-5)
