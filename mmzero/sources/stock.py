"""Questions about proposed pictures whose answers most solvers agreed on, or a program computed; a pure fold, like all a state
holds. Knows what the votes said and no recipe: bands are applied when a task is drawn, so all labels are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mmzero.answers import matches
from mmzero.recipe.tree import Proposed, Recipe
from mmzero.roles import coder, generator, second_look, votes
from mmzero.sources.posterior import widen
from mmzero.types import Cursor, Episode, Task, seed_of

KEEP = 20_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A hard question with what most said to it, how far they agreed about the easy one, and when that was."""

    task: Task
    easy: float
    iteration: int
    phase: int
    solved: float | None = None  # the share of votes that were right, where a program knows what is

    @property
    def hard(self) -> float:
        return self.task.answer.warrant.confidence if self.solved is None else self.solved


Stock = Mapping[str, Labelled]  # by task id, the oldest first


def stocked(stock: Stock, cursor: Cursor, episodes: Iterable[Episode], keep: int = KEEP) -> Stock:
    """With what these episodes labelled; the `keep` newest remain."""
    new = {one.task.id: one for one in labelled(episodes, cursor)}
    if not new:
        return stock
    return dict(list({**stock, **new}.items())[-keep:])


def labelled(episodes: Iterable[Episode], cursor: Cursor) -> Iterator[Labelled]:
    for episode in episodes:
        by_picture: dict[str, dict[str, Episode]] = {}
        for child in episode.children:
            if child.task.family == coder.PICTURE and not child.failure:
                by_picture.setdefault(child.task.parent, {})[child.task.kind] = child
        for asked in by_picture.values():
            fit = coder.EASY in asked and coder.HARD in asked and not second_look.refused(asked[coder.HARD])
            if fit and (answer := votes.label(asked[coder.HARD])):
                task = replace(asked[coder.HARD].task, answer=answer)
                yield Labelled(task, votes.consistency(asked[coder.EASY]), cursor.iteration, cursor.phase)
        for child in episode.children:
            if child.task.family == generator.FAMILY and child.rollouts and not second_look.refused(child):
                yield Labelled(child.task, 1.0, cursor.iteration, cursor.phase, _solved(child))
        yield from labelled(episode.children, cursor)


def _solved(episode: Episode) -> float:
    right = (matches(answer, episode.task.answer) for answer in votes.answers(episode.rollouts))
    return sum(right) / len(episode.rollouts)


@dataclass(frozen=True, slots=True)
class Bands:
    """What a source lets through: `share` of the `labels` there are as its bands are written, and `within` as they are."""

    hard: tuple[float, float]
    easy: tuple[float, float]
    labels: int
    share: float
    within: Sequence[Task]

    def figures(self) -> dict[str, float]:
        return {
            "labelled": float(self.labels), "yield": self.share, "within_bands": float(len(self.within)),
            "band_low": self.hard[0], "band_high": self.hard[1],
        }  # fmt: skip


def bands(stock: Stock, source: Proposed, recipe: Recipe, cursor: Cursor) -> Bands:
    """The less they let through, the wider they are, where the source's gate says so; what is within stands in an order of
    this phase's own."""
    phases = recipe.schedule.phases
    labels = [
        one
        for one in stock.values()
        if (source.since == "start" or one.iteration == cursor.iteration)
        and (source.labelled == "anywhere" or phases[one.phase].train == "nobody")
    ]
    hard, easy = source.hard, (source.easy, 1.0)
    share = sum(_fits(one, hard, easy) for one in labels) / max(len(labels), 1)
    if source.gate and source.gate.enough and labels:
        hard, easy = (widen(band, share, source.gate.enough) for band in (hard, easy))
    found = [one.task for one in labels if _fits(one, hard, easy)]
    found.sort(key=lambda task: seed_of(recipe.seed, cursor.iteration, cursor.phase, "stock", task.id))
    return Bands(hard, easy, len(labels), share, found)


def _fits(one: Labelled, hard: tuple[float, float], easy: tuple[float, float]) -> bool:
    return hard[0] <= one.hard <= hard[1] and easy[0] <= one.easy <= easy[1]
