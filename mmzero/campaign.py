"""Wires a campaign: engines by the recipe's word, plugins from the journal's frozen copies, then the loop and the
report. The only room besides the command line that knows which engines there are."""

from __future__ import annotations

import contextlib
import json
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmzero import given, machine
from mmzero.errors import CampaignStopped, EngineError, UserError
from mmzero.journal import Journal, order
from mmzero.journal.disk import taking
from mmzero.model_files import settled, sound_model
from mmzero.plan import refuse_unconfined
from mmzero.recipe import plugins
from mmzero.recipe.tree import Bank, Dataset, Evaluate, Log, Phase, Proposed, Recipe, Schedule
from mmzero.scoring import Reward, Surroundings, load
from mmzero.sight import refuse_unseen
from mmzero.types import Ask


def run(recipe: Recipe, recipe_folder: Path, out: Path) -> dict[str, Any]:
    recipe = settled(recipe, recipe_folder)
    refuse_unconfined(recipe)
    uses = {plugin.use for role in recipe.roles.values() for plugin in role.rewards}
    with Journal.create(out, recipe, {use: plugins.find(use, recipe_folder) for use in sorted(uses)}) as journal:
        return _run(journal, recipe_folder)


def resume(
    folder: Path, recipe: Recipe | None = None, tell: Callable[[str], None] = lambda sentence: None
) -> dict[str, Any]:
    """Go on, by another recipe where one is given; what is new in it is told once it is written down."""
    with Journal.open(folder) as journal:
        if recipe and journal.allowed(recipe):
            given.refuse_others(journal, recipe)
        for change in journal.amend(recipe) if recipe else ():
            tell(change.sentence())
        return _run(journal, Path.cwd(), tell)


def replay(folder: Path, index: int) -> dict[str, Any]:
    """One recorded step learned again, and what came of it beside what was written then; nothing is changed."""
    from mmzero import supervise, watch

    with Journal.open(folder, write=False) as journal, contextlib.ExitStack() as closing:
        recorded = recorded_figures(journal, index)
        given.refuse_others(journal, journal.recipe, [given.MODEL])
        onlooker = watch.make_watch(Log(terminal="quiet"), folder, journal.recipe.name)
        closing.callback(onlooker.close)
        rooms, _ = _rooms(journal, Path.cwd(), onlooker, closing)
        before = journal.newest_checkpoint(index)
        if before:
            supervise.restore(rooms, before[1], before[0].version)
        found = relearn(rooms, journal, before[0].version if before else 0, index)
    return {"step": index, "from": before[0].version if before else 0, "figures": found, "recorded": recorded}


def recorded_figures(journal: Journal, index: int) -> dict[str, Any]:
    """Of one learned step; refused before any engine starts where there are none."""
    figures = {line["index"]: line for line in journal.metrics()}
    if index not in figures:
        learned = f"steps 0 to {max(figures)}" if figures else "no step yet"
        raise UserError(f"{journal.folder} cannot replay step {index}: it has learned {learned}; choose one of those")
    return {name: value for name, value in figures[index].items() if name not in order.PLACE}


def relearn(rooms, journal: Journal, version: int, index: int) -> dict[str, float | str]:
    """The figures of step `index`, learned after those from `version` on, all from the ledger."""
    from mmzero.sources.state import State, fold
    from mmzero.step import Step

    for cursor in journal.cursors()[version : index + 1]:
        step, played = Step(rooms, journal, cursor), journal.read(cursor.index)
        batch = step.batch(played)
        stats = step.learn(batch)
        step.publish()  # the learner must have done what it did then, and the lag is counted from it
    return step.figures(journal.fold(cursor, State(), fold), played, batch, stats)


def smoke(recipe: Recipe, recipe_folder: Path) -> dict[str, Any]:
    """One small step of every phase, checkpoint and report included, in a folder that is thrown away: what moved between
    engines, how well they agree afterwards, and what each of them held."""
    phases = [_small(phase, recipe.learner.ranks) for phase in recipe.schedule.phases]
    phases[-1] = phases[-1].model_copy(update={"steps": 2})  # so that something is asked of published weights
    small = recipe.model_copy(
        update={
            "sources": recipe.sources | _instead(recipe),
            "budgets": recipe.budgets.model_copy(update={"barren": "go_on"}),
            "schedule": Schedule(iterations=1, phases=tuple(phases), overlap=recipe.schedule.overlap),
            "checkpoint": recipe.checkpoint.model_copy(
                update={"export_every": 0, "export_at": (1,) if recipe.checkpoint.exporting else ()}
            ),
            "evaluate": Evaluate(suite=recipe.evaluate.suite, tasks=16, majority=0, says=recipe.evaluate.says),
            "log": Log(terminal="plain" if recipe.log.terminal != "quiet" else "quiet"),
        }
    )
    with tempfile.TemporaryDirectory(prefix="mmzero-smoke-") as scratch:
        report = run(small, recipe_folder, Path(scratch, "campaign"))
        with Journal.open(Path(scratch, "campaign"), write=False) as journal:
            steps = [step for step in journal.metrics() if "seconds/publish" in step]  # those that taught somebody
    hosts = report["hosts"]
    return {
        "phases": len(phases),
        "wall_s": report["wall_s"],
        **report["seconds"],
        "publish_s": max(step["seconds/publish"] for step in steps),
        **_agreement(steps),
        **_tried(recipe, any(peak["gpu"] for peak in hosts.values())),
        "peak_rss_gb": report["peak_rss_gb"],
        "hosts": {
            name: {"main_gib": peak["rss"] / 2**30, "gpu_gib": peak["gpu"] / 2**30} for name, peak in hosts.items()
        },
    }


def _instead(recipe: Recipe) -> dict[str, Bank]:
    """One step proposes little, and of a bad start nothing: the phases after it are tried all the same, on the bank."""
    if any(isinstance(source, Bank) for source in recipe.sources.values()):
        return {}
    skins = [source.skin for source in recipe.sources.values() if isinstance(source, Proposed)]
    return {"instead": Bank(kind="bank", families="primer", skin=skins[0])} if skins else {}


def _agreement(steps: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Between sampler and learner, in log-prob: mean, and the worst token; of phases in which a sampler spoke."""
    found = {name: [step[name] for step in steps if name in step] for name in ("gap", "gap_max")}
    return {name: max(gaps) for name, gaps in found.items() if gaps}


def _tried(recipe: Recipe, on_gpus: bool) -> dict[str, str]:
    """What only GPUs can show, and whether this recipe made them show it."""
    shared, ranks = recipe.cluster.placement == "colocated", recipe.learner.ranks
    wanted = {
        "nccl": not shared or ranks > 1,
        "ipc": shared,
        "sleep_and_wake": shared,
        "tensor_parallel": recipe.sampler.tensor_parallel > 1,
    }
    why = "not tried: the engines were on a CPU"
    return {
        what: ("tried" if asked else "not tried: this recipe does without") if on_gpus else why
        for what, asked in wanted.items()
    }


def _small(phase: Phase, ranks: int) -> Phase:
    """Whole groups, which is what takes memory, a prompt for every rank, and none left out: a gap is known of every one."""
    votes = phase.votes.model_copy(update={"n": 3}) if phase.votes else None
    draws = phase.draws.model_copy(update={"n": 1}) if phase.draws else None
    learning = phase.learning.model_copy(update={"constant_groups": "keep"})
    prompts = min(phase.prompts, max(4, ranks))
    less = {"steps": 1, "prompts": prompts, "draws": draws, "votes": votes, "learning": learning}
    return phase.model_copy(update=less)


def _run(journal: Journal, recipe_folder: Path, tell: Callable[[str], None] = lambda sentence: None) -> dict[str, Any]:
    from mmzero import loop, overlap, report, supervise, watch
    from mmzero.watch import stalls

    recipe, began = journal.recipe, time.perf_counter()
    done = journal.newest_checkpoint()
    version = done[0].version if done else 0
    if version == recipe.schedule.steps and (reported := _reported(journal.folder)):
        return reported
    given.refuse_others(journal, recipe)
    if sentence := given.unknown(journal):
        tell(sentence)
    onlooker = watch.make_watch(recipe.log, journal.folder, recipe.name)
    onlooker = watch.Many(onlooker, stalls.Stalls(onlooker.note))
    onlooker.begin(recipe, version)
    with contextlib.ExitStack() as closing:
        closing.callback(onlooker.close)
        closing.enter_context(journal.due.listening())
        rooms, peaks = _rooms(journal, recipe_folder, onlooker, closing)
        given.refuse_others(journal, recipe, [given.MODEL])  # which may have come from the hub only now
        given.note(journal)
        journal.due.begin()
        supervise.keep(overlap.evolve if recipe.schedule.overlap else loop.evolve, rooms, journal)
        hosts = peaks()
    before = sum(_seconds(row) for row in journal.metrics() if row["index"] < version)
    held = _peak_rss_gb() + sum(peak.rss for peak in hosts.values()) / 2**30
    with taking(journal.folder):
        found = report.write(journal, wall_s=before + time.perf_counter() - began, peak_rss_gb=held)
    return found | {"hosts": {name: asdict(peak) for name, peak in hosts.items()}}


def _reported(folder: Path) -> dict[str, Any] | None:
    """What the end of an earlier run wrote; None where it is not there or damaged, for it is made again from the ledger."""
    try:
        found = json.loads((folder / "report.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _seconds(figures: Mapping[str, Any]) -> float:
    """What an earlier process spent on a step."""
    return sum(value for name, value in figures.items() if name.startswith("seconds/"))


def _rooms(journal: Journal, recipe_folder: Path, onlooker, closing: contextlib.ExitStack):
    recipe = journal.recipe
    model = sound_model(recipe.model.path, recipe_folder)  # before anything that takes long is even imported
    from transformers.utils import logging

    from mmzero.engines import crew
    from mmzero.engines.processed import Processed
    from mmzero.rooms import Rooms

    logging.disable_progress_bar()  # two bars for each engine's weights would run through the live view
    if recipe.learner.engine == "fake" or recipe.sampler.engine == "fake":
        raise UserError("the fake engines are for tests that hand them over; choose transformers and deepspeed")
    processed = Processed(model, recipe.model.pixels)
    refuse_unseen(recipe, processed)
    samplers: dict[str, Any] = {}
    around = Surroundings(put=journal.images.put, samplers=samplers)
    rewards = {role: _rewards(journal, role, around, closing) for role in recipe.roles}  # before any engine starts
    try:
        hands = crew.start(recipe, model, journal.images.path, journal.folder, closing)
    except EngineError as error:
        raise CampaignStopped(f"the engines did not start: {error}; mend that, then resume") from error
    samplers.update(hands.samplers)
    rooms = Rooms(
        recipe=recipe,
        samplers=samplers,
        learners=hands.learners,
        rewards=rewards,
        watch=onlooker,
        processed=processed,
        renderer=hands.renderer,
        prompt_tokens=_prompt_tokens(journal, model),
        room=lambda: {**hands.room(), **_disk(journal)},
    )
    return rooms, hands.peaks


def _prompt_tokens(journal: Journal, model) -> Callable[[Ask], int] | None:
    """Only what somebody else wrote can be too long."""
    from mmzero.engines.prompts import Prompts

    recipe = journal.recipe
    if not any(isinstance(source, Dataset) for source in recipe.sources.values()):
        return None
    return Prompts(model, journal.images.path, recipe.model.pixels).length


def _disk(journal: Journal) -> dict[str, float]:
    """How many times what is written next fits where the campaign lies."""
    needed = journal.next_bytes()
    return {"room/disk": machine.free_disk(journal.folder) / needed} if needed else {}


def _rewards(journal: Journal, role: str, around: Surroundings, closing: contextlib.ExitStack) -> Sequence[Reward]:
    """Of one role; the processes and sandboxes that they start are ended by `closing`."""
    loaded = []
    for plugin in journal.recipe.roles[role].rewards:
        loaded.append(load(plugin, journal.plugins[plugin.use], around))
        closing.callback(loaded[-1].close)
    return loaded


def _peak_rss_gb() -> float:
    kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return kilobytes / 2**20
