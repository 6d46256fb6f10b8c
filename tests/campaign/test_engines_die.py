"""The real engines, killed and frozen in the middle of a campaign: it goes on by itself, and what it played and learned is
what an untouched one did. Both run on one crew, which begins anew in between."""

import contextlib
import dataclasses
import logging
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from ray import cloudpickle

from mmzero import campaign, loop, supervise
from mmzero.engines import hosts, learner_ranks, vllm_sampler
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.journal import Journal
from mmzero.journal.verify import verify
from mmzero.recipe.tree import Recipe
from mmzero.watch import Many, Quiet
from mmzero.watch.stalls import Stalls
from mmzero.zoo import random_vlm

pytestmark = pytest.mark.engines

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # hosts cannot import a test
SILENCE = 15.0  # seconds after which the sampler counts as hung: an engine's first answers take some of them
ASKED, LINGERS = 4.0, 2.0  # how long an idle host may take to say that it lives, and is waited for beside one that died


class MortalLearner(DeepSpeedLearner):
    """Its second rank dies in the middle of an update where it finds a note that says so; the other waits for it."""

    note: Path

    def _update(self, optimizer):
        if self._meeting.rank == 1 and self.note.exists():
            self.note.unlink()
            os._exit(1)
        return super()._update(optimizer)


class FreezingSampler(VllmSampler):
    """Stops, as a process may, after its first answers where it finds a note; who it was stands there then."""

    note: Path

    def play(self, asks):
        for group in super().play(asks):
            yield group
            if self.note.exists() and not self.note.read_text():
                self.note.write_text(str(os.getpid()))
                os.kill(os.getpid(), signal.SIGSTOP)


class Cues(Quiet):
    """Leaves a note at a stage of a step, once."""

    def __init__(self, notes):
        self._notes = dict(notes)

    def stage(self, cursor, name):
        if note := self._notes.pop((cursor.index, name), None):
            note.touch()


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    model = random_vlm.build(
        "qwen3_vl", tmp_path_factory.mktemp("zoo") / "vlm", seed=2, hidden=64, layers=2, heads=2, kv_heads=1,
        intermediate=96, vision_hidden=32, vision_heads=1, vision_depth=2, initializer_range=0.1,
    )  # fmt: skip
    solver = {"train": "solver", "steps": 4, "prompts": 4, "group": 3, "tasks": {"bank": 1}, "says": {"max_tokens": 6}}
    return Recipe.model_validate(
        {
            "name": "small",
            "model": {"path": str(model), "dtype": "float32"},
            "roles": {"solver": {"policy": "main", "rewards": [{"use": "rewards/control.py:coin"}]}},
            "sources": {"bank": {"kind": "bank", "families": "primer", "skin": "tiny"}},
            "schedule": {"phases": [solver]},
            "learning": {"optimizer": {"lr": 1e-3}},
            "sampler": {"engine": "vllm", "rows": 8, "context": 512, "threads": 1},
            "learner": {"ranks": 2, "zero": 2},
            "cluster": {"timeout": 300},
            "checkpoint": {"every": 2},
            "evaluate": {"tasks": 4, "majority": 0, "says": {"max_tokens": 6, "temperature": 0}},
            "budgets": {"backoff": 0.01},
            "log": {"terminal": "quiet"},
        }
    )


@dataclasses.dataclass
class Told:
    """Both journals, and all that was said while the second was written."""

    untouched: Journal
    struck: Journal
    frozen: int
    stalls: list
    log: list


@pytest.fixture(scope="module")
def told(wanted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    MortalLearner.note, FreezingSampler.note = folder / "die", folder / "freeze"
    reward = {"rewards/control.py:coin": Path(campaign.__file__).parents[1] / "rewards" / "control.py"}
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as closing:
        patch.setattr(learner_ranks, "DeepSpeedLearner", MortalLearner)
        patch.setattr(vllm_sampler, "VllmSampler", FreezingSampler)
        patch.setattr(hosts, "PING_SECONDS", ASKED)
        patch.setattr(hosts, "LINGER_SECONDS", LINGERS)
        first, second = (
            closing.enter_context(Journal.create(folder / name, wanted, reward)) for name in ("untouched", "struck")
        )
        rooms, _ = campaign._rooms(first, folder, Quiet(), closing)
        for sampler in rooms.samplers.values():
            sampler._timeout = SILENCE
        supervise.keep(loop.evolve, rooms, first)
        supervise.begin_again(rooms, second, supervise.History(folder / "between", Quiet()))
        stalls, lines = [], []
        stalled = Stalls(stalls.append)
        stalled.begin(wanted, 0)
        closing.callback(stalled.close)
        cues = Cues({(1, "play"): FreezingSampler.note, (3, "learn"): MortalLearner.note})
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())
        logging.getLogger("mmzero").addHandler(handler)
        closing.callback(logging.getLogger("mmzero").removeHandler, handler)
        supervise.keep(loop.evolve, dataclasses.replace(rooms, watch=Many(cues, stalled)), second)
        yield Told(first, second, int(FreezingSampler.note.read_text()), stalls, lines)


def rollouts(journal, index):
    return [rollout for episode in journal.read(index).episodes for rollout in episode.rollouts]


def test_a_frozen_sampler_is_found_told_of_and_replaced(told):
    stalled = "step 1 waits for replica 0 of main's sampler for "
    deadline = f"(deadline {SILENCE:g} s)"
    assert any(one.startswith(stalled) and one.endswith(deadline) for one in told.stalls), told.stalls
    silent = f"nothing has come from replica 0 of main's sampler for {SILENCE:g} seconds"
    assert any(silent in line for line in told.log)
    assert any("replica 0 of main's sampler died or hangs and is started again" in line for line in told.log)
    assert {rollout.version for rollout in rollouts(told.struck, 1)} == {1}, "it was given the weights of its version"
    assert all(row["failures"] == 0 and row["gap"] < 1e-4 for row in told.struck.metrics())
    ends = time.monotonic() + 60
    while (frozen := Path(f"/proc/{told.frozen}").exists()) and time.monotonic() < ends:
        time.sleep(0.2)
    assert not frozen, "the frozen process is still there, and on a GPU would hold its memory"


def test_a_rank_that_died_in_an_update_is_named_and_all_of_them_begin_anew(told):
    history = (told.struck.folder / supervise.HISTORY).read_text().splitlines()
    assert len(history) == 2 and not MortalLearner.note.exists()
    assert "after 3 steps: rank 1 of main's learner died" in history[0]
    assert "main's learner was started again; going on from version 2" in history[1]


def test_nothing_committed_was_played_again_and_the_rest_is_what_an_untouched_run_played(told):
    lines = told.struck._ledger.lines.items
    assert [line["index"] for line in lines if line["commit"] == "played"] == [0, 1, 2, 3]
    assert [line["index"] for line in lines if line["commit"] == "learned"] == [0, 1, 2, 2, 3]
    for index in range(4):
        ours, theirs = (rollouts(journal, index) for journal in (told.struck, told.untouched))
        assert [(one.task, one.seed, one.version, one.output_ids) for one in ours] == [
            (one.task, one.seed, one.version, one.output_ids) for one in theirs
        ]
    assert verify(told.struck.folder).sound


def test_it_learned_what_an_untouched_run_learned(told):
    for ours, theirs in zip(told.struck.metrics(), told.untouched.metrics(), strict=True):
        for figure in ("reward", "loss", "grad_norm", "entropy", "tokens"):
            assert ours[figure] == pytest.approx(theirs[figure], rel=1e-3, abs=1e-5), (ours["index"], figure)
    assert told.struck.evaluation("heldout", 4) == told.untouched.evaluation("heldout", 4)
