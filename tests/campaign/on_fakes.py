"""Whole campaigns by `campaign.run` and `campaign.resume`, with engines that take milliseconds; also as a program.

python on_fakes.py begin|resume FOLDER [SET …]: answers wait for a line on standard input before the step WAITS.
"""

import dataclasses
import json
import sys
from pathlib import Path

from mmzero import campaign, report
from mmzero.engines.fake import FakeLearner, FakeSampler
from mmzero.journal import Journal
from mmzero.recipe.read import read
from mmzero.rooms import Rooms
from mmzero.scoring import Surroundings

SETS = [
    "schedule.iterations=1", "schedule.phases.0.steps=1", "schedule.phases.0.prompts=2", "schedule.phases.0.group=2",
    "schedule.phases.0.votes.n=2", "schedule.phases.1.steps=3", "schedule.phases.1.prompts=3", "schedule.phases.1.group=2",
    "checkpoint.every=1", "checkpoint.keep=2", "checkpoint.export_every=2",
    "evaluate.tasks=4", "evaluate.majority=2", "evaluate.every=1",
    "sampler.engine=transformers", "log.terminal=quiet",
]  # fmt: skip
WAITS = 2
ASKED: list[str] = []  # by every sampler of this process, so that a test can say what was never asked twice


def recipe(*sets):
    return read("tiny", [*SETS, *sets])[0]


class Looking:
    """Reads the pictures that it is shown, as a real engine does, and nothing of them."""

    images = None

    def _look(self, names):
        for name in names:
            self.images.path(name).read_bytes()


class Sampler(FakeSampler, Looking):
    def play(self, asks):
        for ask in asks:
            self._look(ask.images)
            ASKED.append(ask.task.id)
            yield self._group(ask)

    def _group(self, ask):
        return next(super().play([ask]))


class Learner(FakeLearner, Looking):
    def learn(self, batch, learning):
        self._look(name for microbatch in batch.microbatches for one in microbatch for name in one.images)
        return super().learn(batch, learning)


def rooms(journal, recipe_folder, onlooker, closing):
    """Instead of `campaign._rooms`."""
    wanted = journal.recipe
    samplers = {name: Sampler() for name in wanted.policies}
    learners = {name: Learner(2.0) for name in wanted.policies}
    for engine in (*samplers.values(), *learners.values()):
        engine.images = journal.images
    around = Surroundings(put=journal.images.put, samplers=samplers)
    rewards = {role: campaign._rewards(journal, role, around, closing) for role in wanted.roles}
    return Rooms(recipe=wanted, samplers=samplers, learners=learners, rewards=rewards, watch=onlooker), dict


def install(patched):
    """Fakes for engines, and no report: its pictures take longer than the campaign."""
    patched.setattr(campaign, "_rooms", rooms)
    patched.setattr(report, "write", lambda journal, **_: {})


def begin(folder, *sets):
    campaign.run(recipe(*sets), Path.cwd(), Path(folder))


def state(folder):
    """Everything that a killed and resumed campaign must share with one never touched."""
    with Journal.open(folder, write=False) as journal:
        newest = journal.newest_checkpoint()
        last = journal.recipe.schedule.steps
        played = [dataclasses.replace(journal.read(index), seconds={}) for index in journal.steps()]
        figures = [
            {name: value for name, value in line.items() if "second" not in name and "per_s" not in name}
            for line in journal.metrics()
        ]
        weights = {path.name: path.read_bytes() for path in newest[1].rglob("policy.json")}
        weights |= {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("exports/*/*/policy.json")}
        evaluations = [journal.evaluation("heldout", version) for version in range(last + 1)]
        return played, figures, newest[0], weights, evaluations, journal.evaluation("majority", 0)


def main(verb, folder, *sets):
    """One line out for each answer from step WAITS on, and one line in before it is given."""
    from mmzero import cli

    class Patched:
        setattr = staticmethod(setattr)

    install(Patched)
    spoken, version = Sampler._group, WAITS

    def waits(self, ask):
        if self.version >= version and ask.role == "solver" and ask.temperature:
            print(json.dumps({"step": self.version}), flush=True)
            sys.stdin.readline()
        return spoken(self, ask)

    Sampler._group = waits
    changed = [part for one in sets for part in ("--set", one)]
    if verb == "begin":
        changed = [part for one in SETS for part in ("--set", one)] + changed
    cli.main(["run", "tiny", "--out", folder, *changed] if verb == "begin" else ["resume", folder, *changed])


if __name__ == "__main__":
    main(*sys.argv[1:])
