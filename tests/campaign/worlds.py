"""Recorded steps learned again in another world: `learned` by as many ranks as it is told, each this file as a program.

python worlds.py CAMPAIGN FROM UPTO ZERO SCRATCH PORT RANK RANKS: from SCRATCH/FROM, where FROM is not 0, to SCRATCH/UPTO.
"""

import contextlib
import json
import subprocess
import sys
import types
from pathlib import Path

from mmzero import shipped
from mmzero.engines import meeting
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.engines.meeting import Meeting
from mmzero.journal import Journal
from mmzero.recipe.tree import Learner
from mmzero.rooms import Rooms
from mmzero.step import Step

TIMEOUT = 600.0


class Silent:
    def stage(self, *_):
        return contextlib.nullcontext()


def learned(folder, scratch, begins, ends, ranks, zero):
    """Step index -> figures. One rank needs no process of its own."""
    if ranks == 1:
        main(folder, begins, ends, zero, scratch, 0, 0, 1)
    else:
        store = meeting.keep_store("127.0.0.1", ranks, TIMEOUT)
        program = [sys.executable, __file__, *map(str, (folder, begins, ends, zero, scratch, store.port))]
        running = [
            subprocess.Popen(
                [*program, str(rank), str(ranks)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for rank in range(ranks)
        ]
        said = [one.communicate()[0] for one in running]
        assert {one.returncode for one in running} == {0}, "\n".join(one[-3000:] for one in said)
    told = json.loads(Path(scratch, f"{ends}.json").read_text())
    return {int(index): figures for index, figures in told.items()}


def main(campaign, begins, ends, zero, scratch, port, rank, ranks):
    with Journal.open(Path(campaign), write=False) as journal:
        recipe = journal.recipe
        others = Meeting(rank, ranks, "127.0.0.1", port, TIMEOUT) if ranks > 1 else None
        model, config = recipe.model.path, Learner(ranks=ranks, zero=zero, timeout=TIMEOUT)
        learner = DeepSpeedLearner(
            shipped.model(model) or model, recipe.policies["main"], config, recipe.learning.optimizer, journal.images.path,
            recipe.seed, 1, meeting=others,
        )  # fmt: skip
        if begins:
            learner.load(Path(scratch, str(begins)))
        sampler = types.SimpleNamespace(version=0)
        rooms = Rooms(recipe=recipe, samplers={"main": sampler}, learners={"main": learner}, rewards={}, watch=Silent())
        told = {}
        for cursor in journal.cursors()[begins:ends]:
            step = Step(rooms, journal, cursor)
            told[cursor.index] = dict(step.learn(step.batch(journal.read(cursor.index))))
        learner.save(Path(scratch, str(ends)))
        if rank == 0:
            Path(scratch, f"{ends}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    folder, begins, ends, zero, scratch, *numbers = sys.argv[1:]
    main(folder, int(begins), int(ends), int(zero), scratch, *map(int, numbers))
