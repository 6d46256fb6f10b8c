"""Wires a campaign: engines by the recipe's word, plugins from the journal's frozen copies, then the loop and the
report. The only room besides the command line that knows which engines there are."""

from __future__ import annotations

import contextlib
import json
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.recipe import plugins
from mmzero.recipe.tree import Evaluate, Log, Phase, Recipe, Schedule
from mmzero.scoring import Reward, Surroundings, load


def run(recipe: Recipe, recipe_folder: Path, out: Path) -> dict[str, Any]:
    uses = {plugin.use for role in recipe.roles.values() for plugin in role.rewards}
    with Journal.create(out, recipe, {use: plugins.find(use, recipe_folder) for use in sorted(uses)}) as journal:
        return _run(journal, recipe_folder)


def resume(folder: Path) -> dict[str, Any]:
    with Journal.open(folder) as journal:
        return _run(journal, Path.cwd())


def smoke(recipe: Recipe, recipe_folder: Path) -> dict[str, Any]:
    """One small step of every phase, checkpoint and report included, in a folder that is thrown away."""
    phases = tuple(_small(phase) for phase in recipe.schedule.phases)
    small = recipe.model_copy(
        update={
            "schedule": Schedule(iterations=1, phases=phases),
            "evaluate": Evaluate(suite=recipe.evaluate.suite, tasks=16, majority=0, says=recipe.evaluate.says),
            "log": Log(terminal="plain" if recipe.log.terminal != "quiet" else "quiet"),
        }
    )
    with tempfile.TemporaryDirectory(prefix="mmzero-smoke-") as scratch:
        report = run(small, recipe_folder, Path(scratch, "campaign"))
    return {
        "phases": len(phases), "wall_s": report["wall_s"], "peak_rss_gb": report["peak_rss_gb"], **report["seconds"]
    }  # fmt: skip


def _small(phase: Phase) -> Phase:
    votes = phase.votes.model_copy(update={"n": 2}) if phase.votes else None
    return phase.model_copy(
        update={"steps": 1, "prompts": min(phase.prompts, 4), "group": min(phase.group, 4), "votes": votes}
    )


def _run(journal: Journal, recipe_folder: Path) -> dict[str, Any]:
    from mmzero import loop, overlap, report, watch

    recipe, began = journal.recipe, time.perf_counter()
    done = journal.newest_checkpoint()
    version = done[0].version if done else 0
    if version == recipe.schedule.steps and (journal.folder / "report.json").is_file():
        return json.loads((journal.folder / "report.json").read_text())
    onlooker = watch.make_watch(recipe.log, journal.folder, recipe.name)
    onlooker.begin(recipe, version)
    with contextlib.ExitStack() as closing:
        closing.callback(onlooker.close)
        rooms, peaks = _rooms(journal, recipe_folder, onlooker, closing)
        if done:
            _restore(rooms, done[1], version)
        evolve = overlap.evolve if recipe.schedule.overlap else loop.evolve
        evolve(rooms, journal)
        held = sum(peak.rss for peak in peaks().values())
    before = sum(_seconds(row) for row in journal.metrics() if row["index"] < version)
    return report.write(journal, wall_s=before + time.perf_counter() - began, peak_rss_gb=_peak_rss_gb() + held / 2**30)


def _seconds(figures: Mapping[str, Any]) -> float:
    """What an earlier process spent on a step."""
    return sum(value for name, value in figures.items() if name.startswith("seconds/"))


def _rooms(journal: Journal, recipe_folder: Path, onlooker, closing: contextlib.ExitStack):
    from transformers.utils import logging

    from mmzero.engines import crew
    from mmzero.engines.processed import Processed
    from mmzero.model_files import find_model
    from mmzero.rooms import Rooms

    logging.disable_progress_bar()  # two bars for each engine's weights would run through the live view
    recipe = journal.recipe
    model = find_model(recipe.model.path, recipe_folder) or recipe.model.path
    if recipe.learner.engine == "fake" or recipe.sampler.engine == "fake":
        raise UserError("the fake engines are for tests that hand them over; choose transformers and deepspeed")
    samplers: dict[str, Any] = {}
    around = Surroundings(put=journal.images.put, samplers=samplers)
    rewards = {role: _rewards(journal, role, around, closing) for role in recipe.roles}  # before any engine starts
    hands = crew.start(recipe, model, journal.images.path, journal.folder, closing)
    samplers.update(hands.samplers)
    rooms = Rooms(
        recipe=recipe,
        samplers=samplers,
        learners=hands.learners,
        rewards=rewards,
        watch=onlooker,
        processed=Processed(model, recipe.model.pixels),
    )
    return rooms, hands.peaks


def _rewards(journal: Journal, role: str, around: Surroundings, closing: contextlib.ExitStack) -> Sequence[Reward]:
    """Of one role; the processes and sandboxes that they start are ended by `closing`."""
    loaded = []
    for plugin in journal.recipe.roles[role].rewards:
        loaded.append(load(plugin, journal.plugins[plugin.use], around))
        closing.callback(loaded[-1].close)
    return loaded


def _restore(rooms, checkpoint: Path, version: int) -> None:
    """Learners from the checkpoint; each sampler as the last step that trained its policy left it."""
    recipe = rooms.recipe
    for policy, learner in rooms.learners.items():
        learner.load(checkpoint / policy)
        trained = [
            index + 1
            for index in range(version)
            if recipe.roles[recipe.schedule.phase_at(index).train].policy == policy
        ]
        learner.publish([rooms.samplers[policy]], trained[-1] if trained else 0)


def _peak_rss_gb() -> float:
    kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return kilobytes / 2**20
