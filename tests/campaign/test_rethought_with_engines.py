"""The real engines, small: a campaign whose process dies while answers go on is resumed to what an untouched one came to,
its folder is sound, and a step that is learned again has the figures it had."""

import pytest
from safetensors.numpy import load_file

from mmzero import campaign
from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.read import read

pytestmark = pytest.mark.engines

SMALL = ("steps=3", "prompts=3", "group=4", "says.max_tokens=80", "rethink.share=0.5")
QUICK = ("checkpoint.every=9", "evaluate.tasks=4", "evaluate.phases=false", "log.terminal=quiet")


@pytest.fixture(scope="module")
def wanted():
    return read("vl_rethinker_tiny", [*(f"schedule.phases.0.{one}" for one in SMALL), *QUICK])[0]


@pytest.fixture(scope="module")
def untouched(wanted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "untouched"
    campaign.run(wanted, folder.parent, folder)
    return folder


def weights(folder):
    with Journal.open(folder, write=False) as journal:
        cursor, checkpoint = journal.newest_checkpoint()
    held = {file: load_file(file) for file in checkpoint.rglob("*.safetensors")}
    return cursor.version, {
        (file.name, name): one.tobytes() for file, found in held.items() for name, one in found.items()
    }


def played(folder):
    with Journal.open(folder, write=False) as journal:
        return [one.rollout for index in journal.steps() for one in journal.read(index).scored]


def test_killed_while_answers_go_on_it_ends_as_an_untouched_one(wanted, untouched, tmp_path, monkeypatch):
    """No checkpoint is due before the end, so both steps that stand are learned again, and the third is asked again."""
    folder, answered, asked = tmp_path / "killed", TransformersSampler._play, []

    def dies(sampler, asks):
        for group in answered(sampler, asks):
            if sampler.version == 2 and asks[0].begun_G:
                raise KeyboardInterrupt
            yield group

    monkeypatch.setattr(TransformersSampler, "_play", dies)
    with pytest.raises(KeyboardInterrupt):
        campaign.run(wanted, tmp_path, folder)
    assert len(played(folder)) == 2 * 12, "the third step was not committed"

    def listens(sampler, asks):
        asked.extend(one.task.id for one in asks)
        return answered(sampler, asks)

    monkeypatch.setattr(TransformersSampler, "_play", listens)
    campaign.resume(folder)
    ours, theirs = played(folder), played(untouched)
    assert not {one.task.id for one in ours[: 2 * 12]} & set(asked), "a committed step was sampled again"
    assert ours == theirs and weights(folder) == weights(untouched) and verify(folder).sound
    forced = [one for one in ours if one.forced]
    assert 0.2 < len(forced) / len(ours) < 0.8 and all(one.text.count("<answer>") > 0 for one in forced)


@pytest.mark.parametrize("step", [0, 2])
def test_a_step_learned_again_has_the_figures_it_had(untouched, call, step):
    code, said, _ = call("replay", untouched, "--step", step)
    assert code == 0 and f"step {step}, learned again from version 0: all " in said and said.endswith("are the same\n")
    assert call("verify", untouched)[0] == 0
