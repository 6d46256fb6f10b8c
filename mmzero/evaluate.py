"""Suites of held-out tasks and how a policy fares on them. Must not know learning, and nothing learned knows a suite:
a suite's scenes come from odd seeds, training's from even ones."""

from __future__ import annotations

import contextlib
import difflib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from mmzero import families, statistics
from mmzero.answers.asking import Grammar
from mmzero.errors import EngineError, UserError
from mmzero.families.skin import skin
from mmzero.ports import Sampler
from mmzero.recipe.tree import Dataset, Recipe, Recites
from mmzero.roles import reply
from mmzero.room import too_long
from mmzero.scoring import solved
from mmzero.sight import Sight
from mmzero.sources import dataset
from mmzero.types import Ask, Task, heldout_seed, seed_of

if TYPE_CHECKING:
    from mmzero.journal import Journal
    from mmzero.rooms import Rooms

log = logging.getLogger(__name__)

Row = dict[str, Any]
FINAL = "final"  # what the evaluation of the final suite is called


@dataclass(frozen=True, slots=True)
class Suite:
    """Tasks over every family and level in turn, in an order that mixes both; `probe` drives decisions, `final` nothing."""

    name: str
    skin: str
    levels: range = families.LEVELS
    families: str | tuple[str, ...] = "all"

    def tasks(self, n: int, put: Callable[[bytes], str], grammar: Grammar = "rows") -> list[Task]:
        cells = [(family, level) for level in self.levels for family in families.chosen(self.families)]
        Random(self.name).shuffle(cells)  # so that a small suite is no suite of low levels
        return [
            families.mint(
                *cells[i % len(cells)],
                heldout_seed("suite", self.name, i),
                skin(self.skin),
                put,
                source=self.name,
                grammar=grammar,
            )
            for i in range(n)
        ]


SUITES = {
    one.name: one
    for one in (
        Suite("probe", "plain"),
        Suite("final", "plain"),
        Suite("probe-tiny", "tiny", families="primer"),
        Suite("final-tiny", "tiny", families="primer"),
        Suite(
            "probe-hue-tiny", "tiny", levels=range(4), families=("hue",)
        ),  # one box, of a thing that its colour names
    )
}


def suites() -> dict[str, Suite]:
    """Every suite by name, one of each domain among them."""
    by_domain: dict[str, list[str]] = {}
    for name, domain in families.names().items():
        by_domain.setdefault(domain, []).append(name)
    domains = (Suite(f"probe-{domain}", "plain", families=tuple(held)) for domain, held in by_domain.items())
    return SUITES | {one.name: one for one in domains}


def suite(name: str) -> Suite:
    known = suites()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the suites are {', '.join(known)}"
        raise UserError(f"there is no suite '{name}'; {hint}")
    return known[name]


def held_out(recipe: Recipe, put: Callable[[bytes], str], name: str) -> list[Task]:
    """What this recipe is measured by: a suite's tasks, or those of a dataset that it names."""
    source, most = recipe.sources.get(name), recipe.evaluate.tasks
    if isinstance(source, Dataset):
        return dataset.held_out(name, source, most, put)
    return suite(name).tasks(most, put, recipe.evaluate.grammar)


def answer(
    tasks: Sequence[Task],
    sampler: Sampler,
    says: Recites,
    *,
    policy: str,
    system: str = "",
    samples: int = 1,
    frame: str = "thousandths",
    sight: Sight | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
) -> list[Row]:
    """One row per task and sample, in the order of the tasks. Boxes are said in `frame`, which pixels need `sight` for."""
    asks = [
        _ask(task, says, policy, system, tuple(seed_of("evaluate", task.id, sample) for sample in range(samples)))
        for task in tasks
    ]  # fmt: skip
    rows: dict[str, list[Row]] = {}
    lost: EngineError | None = None
    for _ in range(2):  # as in play, what an engine loses is asked once more
        try:
            for group in sampler.play(ask for ask in asks if ask.task.id not in rows):
                placed = group if frame == "thousandths" else sight.placed(group, frame)
                rows[group[0].task.id] = [_row(rollout) for rollout in placed]
                progress(len(rows), len(tasks), "held-out answers")
            break
        except EngineError as error:
            lost = error
            log.warning("the engine failed with %d of %d held-out answers: %s", len(rows), len(tasks), error)
    if len(rows) < len(tasks):
        missing = f"{len(tasks) - len(rows)} of {len(tasks)} held-out tasks came back without an answer"
        raise EngineError(f"{missing}: {lost}" if lost else missing) from lost
    return [row for task in tasks for row in rows[task.id]]


def _ask(task: Task, says: Recites, policy: str, system: str, seeds: tuple[int, ...]) -> Ask:
    return Ask(
        task=task, role="solver", policy=policy, system=system, text=task.question, images=task.images,
        max_tokens=says.max_tokens, temperature=says.temperature, top_p=says.top_p, seeds_G=seeds,
    )  # fmt: skip


def _row(rollout) -> Row:
    task = rollout.task
    return {
        "task_id": task.id,
        "family": task.family,
        "level": task.level,
        "kind": task.kind,
        "question": task.question,
        "image": task.images[0] if task.images else "",
        "answer": task.answer.text,
        "answer_kind": task.answer.kind,
        "response": rollout.text,
        "said": reply.said(rollout) or "",
        "correct": solved(rollout),
        "formed": reply.read(rollout.text).formed,
        "sample": rollout.sibling,
        "tokens": len(rollout.output_ids),
        "finish": rollout.finish,
    }


def if_due(rooms: Rooms, journal: Journal, version: int) -> None:
    """At the start, at the end, and between them every so often or where a phase ends; the base model also votes once, so
    that it can be beaten. The final suite is answered at the start and at the end alone."""
    recipe = rooms.recipe
    config, last = recipe.evaluate, recipe.schedule.steps
    every = config.every and version % config.every == 0
    if "solver" not in recipe.roles or not (version in (0, last) or recipe.judged(version) or every):
        return
    with contextlib.ExitStack() as later:
        of_suite: dict[str, list[Task]] = {}
        for name, asked, says, samples in _wanted(rooms, version):
            if journal.evaluation(name, version) is not None:
                continue
            if asked not in of_suite:
                rooms.watch.stage(journal.cursors()[max(version - 1, 0)], "evaluate")
                of_suite[asked] = _that_fit(rooms, held_out(recipe, journal.images.put, asked))
                rooms.watch.note(f"evaluating on {len(of_suite[asked])} tasks of {asked} at version {version}")
            tasks = of_suite[asked]
            role = recipe.roles["solver"]
            rows = answer(
                tasks, rooms.samplers[role.policy], says, policy=role.policy, system=role.system, samples=samples,
                frame=role.says_boxes_in, sight=Sight(journal.images.path, rooms.processed), progress=rooms.watch.progress,
            )  # fmt: skip
            if name != FINAL:  # nobody is to be tempted before the end
                later.callback(rooms.watch.note, _sentence(name, rows))
            journal.evaluated(name, version, rows)


def _that_fit(rooms: Rooms, tasks: list[Task]) -> list[Task]:
    """Without those of a dataset whose prompts are too long to be answered, every time the same ones."""
    says, tokens = rooms.recipe.evaluate.says, rooms.prompt_tokens
    if tokens is None:
        return tasks
    who = rooms.recipe.roles["solver"]
    long = too_long(tasks, rooms.recipe, says, lambda task: tokens(_ask(task, says, who.policy, who.system, (0,))))
    return [task for task in tasks if task.id not in long]


def _wanted(rooms: Rooms, version: int) -> Iterator[tuple[str, str, Recites, int]]:
    """What each evaluation is called, which suite it asks, and how."""
    config = rooms.recipe.evaluate
    yield "heldout", config.suite, config.says, config.samples
    if version == 0 and config.majority:
        yield "majority", config.suite, config.says.model_copy(update={"temperature": 1.0}), config.majority
    if config.final and version in (0, rooms.recipe.schedule.steps):
        yield FINAL, config.final, config.says, config.samples


def _sentence(name: str, rows: Sequence[Row]) -> str:
    several = max(row["sample"] for row in rows)
    found = statistics.average(list(shares(rows).values()))
    what = "sampled answers" if several else "answers"
    return f"{found.mean:.1%} of {len(rows)} {what} are right (95 %: {found.low:.1%} to {found.high:.1%})"


def shares(rows: Sequence[Row]) -> dict[str, float]:
    """Of each task, how many of its answers are right: those to one task are no independent witnesses."""
    right: dict[str, list[bool]] = {}
    for row in rows:
        right.setdefault(row["task_id"], []).append(bool(row["correct"]))
    return {id: sum(answers) / len(answers) for id, answers in right.items()}


def evaluate_model(path: str, suite_name: str, tasks: int) -> dict[str, Any]:
    """`mmzero eval`: a model's folder on a suite, greedy."""
    chosen = suite(suite_name)
    rows = _answered(path, lambda put: chosen.tasks(tasks, put), Recites())
    return {"model": path, "suite": suite_name, **measured(rows, families.chosen(chosen.families), chosen.levels)}


def evaluate_by(path: str, recipe: Recipe, tasks: int) -> dict[str, Any]:
    """The same as a recipe's own evaluations: on its suite or the dataset that it holds out, asked as its solver is."""
    config, who = recipe.evaluate, recipe.roles.get("solver")
    if who is None:
        raise UserError(
            f"{recipe.name} has no solver, whom evaluations ask; name a suite instead, such as --suite probe"
        )
    wanted = recipe.model_copy(update={"evaluate": config.model_copy(update={"tasks": tasks})})
    rows = _answered(
        path, lambda put: held_out(wanted, put, config.suite), config.says, samples=config.samples, system=who.system,
        pixels=recipe.model.pixels, frame=who.says_boxes_in,
    )  # fmt: skip
    named = [sorted({row[key] for row in rows}) for key in ("family", "level")]
    return {"model": path, "suite": config.suite, **measured(rows, *named)}


def _answered(
    path: str,
    ask: Callable[[Callable[[bytes], str]], list[Task]],
    says: Recites,
    *,
    samples: int = 1,
    system: str = "",
    pixels: tuple[int, int] | None = None,
    frame: str = "thousandths",
) -> list[Row]:
    """By the model of a folder, in this process; what is wrong with the tasks or the folder shows before it loads."""
    import tempfile

    from mmzero.journal.images import ImageStore
    from mmzero.model_files import sound_model

    found = sound_model(path, Path.cwd())
    with tempfile.TemporaryDirectory() as scratch:
        images = ImageStore(Path(scratch))
        tasks = ask(images.put)
        from mmzero.engines.processed import Processed
        from mmzero.engines.transformers_sampler import TransformersSampler

        sampler = TransformersSampler(found, images.path, pixels=pixels)
        sight = Sight(images.path, Processed(found, pixels))
        return answer(tasks, sampler, says, policy=path, system=system, samples=samples, frame=frame, sight=sight)


def measured(rows: Sequence[Row], names: Sequence[str], levels: Sequence[int]) -> dict[str, Any]:
    """What a campaign's report tells of its held-out answers; of several samples a task, their mean is the task's."""
    from mmzero.report.places import masked, places

    by_task: dict[str, list[bool]] = {}
    for row in rows:
        by_task.setdefault(row["task_id"], []).append(row["correct"])
    found = statistics.average([sum(right) / len(right) for right in by_task.values()])
    return {
        "n": found.n, "samples": len(rows) // max(found.n, 1),
        "accuracy": found.mean, "low": found.low, "high": found.high,
        "formed": sum(row["formed"] for row in rows) / len(rows),
        "unanswered": sum(not row["said"] for row in rows),
        **{name: found for name, found in (("boxes", places(rows)), ("masks", masked(rows))) if found},
        **{f"family/{name}": _share(rows, "family", name) for name in names},
        **{f"level/{level}": _share(rows, "level", level) for level in levels},
    }  # fmt: skip


def _share(rows: Sequence[Row], key: str, value: object) -> float | None:
    here = [row["correct"] for row in rows if row[key] == value]
    return sum(here) / len(here) if here else None
