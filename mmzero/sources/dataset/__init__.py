"""Somebody's dataset as tasks: its columns mapped, its answers typed and taken as given. Must not know a phase or a cursor.

    opening   a file, a folder or a hub name as rows        coco      detection annotations as rows
    rows      what can be asked, found out at once          cells     text and typed answers
    places    boxes and points, once, in thousandths        pictures  whether it is one, and the PNG that is kept

Which row comes at which place is a pure function of a seed and the place, so a resumed campaign goes on where it stopped.
Rows are counted from 1. Every row is read when the dataset is opened: one that cannot be asked is named then, and not
some hundred steps later. Only a picture that breaks off inside shows when it is decoded, which is when it is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from random import Random

from mmzero.recipe.sentences import mistake, one_line
from mmzero.recipe.tree import Dataset
from mmzero.sources.dataset import opening, pictures
from mmzero.sources.dataset.cells import Bad
from mmzero.sources.dataset.rows import Asked, Marks, Rows
from mmzero.types import Task, heldout_seed, seed_of

__all__ = ["columns", "held_out", "opened", "shown", "task"]

log = logging.getLogger(__name__)

Put = Callable[[bytes], str]


def task(
    name: str, source: Dataset, campaign: int, place: int, seed: int, put: Put, apart: Dataset | None = None
) -> Task | None:
    """The task at a place, counted over the campaign from 0, of the rows that are not also in the set `apart`. None for a
    picture that turns out to be broken where `bad_rows` are to be skipped."""
    rows = opened(source, apart)
    epoch, at = divmod(place, len(rows.fit))
    order = _order(seed_of("rows", campaign, name, epoch), len(rows.fit)) if source.shuffle else range(len(rows.fit))
    again = f"@{epoch}" if epoch else ""  # a step may hold an epoch's end and the next one's start
    return _task(name, source, rows, rows.fit[order[at]], again, seed, put)


def held_out(name: str, source: Dataset, n: int, put: Put) -> list[Task]:
    """Up to `n` tasks to be measured by, the same in every campaign."""
    rows = opened(source)
    order = _order(seed_of("held out", name), len(rows.fit)) if source.shuffle else range(len(rows.fit))
    made = (_task(name, source, rows, rows.fit[at], "", heldout_seed("held out", name, at), put) for at in order[:n])
    return [one for one in made if one]


def _task(name: str, source: Dataset, rows: Rows, row: int, again: str, seed: int, put: Put) -> Task | None:
    asked: Asked
    asked, there = rows.read(rows.row(row))
    try:
        images = tuple(put(pictures.png(picture)) for picture in there)
    except Bad as error:
        said = f"row {row + 1} of {source.path} {error}"
        if source.bad_rows == "stop":
            raise mistake(f"{said}; mend or remove it, or set bad_rows: skip") from error
        log.warning("%s; it was left out", one_line(said))
        return None
    return Task(
        id=f"{name}/{row + 1}{again}",
        family=asked.family or name,
        kind=asked.kind,
        level=asked.level,
        question=asked.question,
        images=images,
        answer=asked.answer,
        scene=asked.scene,
        source=name,
        seed=seed,
    )


@lru_cache(maxsize=8)
def _order(seed: int, n: int) -> Sequence[int]:
    return Random(seed).sample(range(n), n)


@lru_cache(maxsize=8)
def opened(source: Dataset, apart: Dataset | None = None) -> Rows:
    """The dataset with every row looked at once, without those that `apart` has too."""
    marks = _marks(apart) if apart else Marks()
    rows = Rows(source, opening.loaded(source), marks)
    if not rows.fit:
        shared = f" ({rows.shared} of its rows are also in {apart.path})" if rows.shared else ""
        raise mistake(
            f"the dataset {source.path} has no row that can be asked{shared}; check its path, split and columns"
            + (", or compare by less than apart_by does" if rows.shared else "")
        )
    return rows


def shown(source: Dataset) -> Iterator[tuple[str, list[bytes]]]:
    """What each row asks and shows, whether or not it says what is right."""
    rows = Rows(source, opening.loaded(source), Marks(), answers=False)
    for number in rows.fit:
        yield rows.shown(rows.row(number))


def columns(source: Dataset) -> tuple[str, ...]:
    return tuple(opening.loaded(source).column_names)


@lru_cache(maxsize=8)
def _marks(source: Dataset) -> Marks:
    return Rows(source, opening.loaded(source), Marks(), answers=False).marks()
