"""Questions about proposed pictures whose answers most solvers agreed on, or a program computed; a pure fold, like all a state
holds. Knows what the votes said and no recipe: bands are applied when a task is drawn, so all labels are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mmzero.answers import matches
from mmzero.recipe.tree import Proposed, Recipe
from mmzero.roles import coder, generator, votes
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
            if coder.HARD in asked and coder.EASY in asked and (answer := votes.label(asked[coder.HARD])):
                task = replace(asked[coder.HARD].task, answer=answer)
                yield Labelled(task, votes.consistency(asked[coder.EASY]), cursor.iteration, cursor.phase)
        for child in episode.children:
            if child.task.family == generator.FAMILY and child.rollouts:
                yield Labelled(child.task, 1.0, cursor.iteration, cursor.phase, _solved(child))
        yield from labelled(episode.children, cursor)


def _solved(episode: Episode) -> float:
    right = (matches(answer, episode.task.answer) for answer in votes.answers(episode.rollouts))
    return sum(right) / len(episode.rollouts)


def within(stock: Stock, source: Proposed, recipe: Recipe, cursor: Cursor) -> Sequence[Task]:
    """What the source's bands let through, in an order of this phase's own. The less that is, the wider they are, where
    its gate says so."""
    phases = recipe.schedule.phases
    labels = [
        one
        for one in stock.values()
        if (source.since == "start" or one.iteration == cursor.iteration)
        and (source.labelled == "anywhere" or phases[one.phase].train == "nobody")
    ]
    bands = source.hard, (source.easy, 1.0)
    if source.gate.enough and labels:
        share = sum(_fits(one, *bands) for one in labels) / len(labels)
        bands = tuple(widen(band, share, source.gate.enough) for band in bands)
    found = [one.task for one in labels if _fits(one, *bands)]
    return sorted(found, key=lambda task: seed_of(recipe.seed, cursor.iteration, cursor.phase, "stock", task.id))


def _fits(one: Labelled, hard: tuple[float, float], easy: tuple[float, float]) -> bool:
    return hard[0] <= one.hard <= hard[1] and easy[0] <= one.easy <= easy[1]
