"""How varied and how guessable the bank is, and how fast: measured by minting, family by family and level by level."""

from __future__ import annotations

import io
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from mmzero import bank, families
from mmzero.alike import NEAR, apart, difference_hash
from mmzero.bank import Made

_OFTEN = 30  # times a question comes up before its own answers can be told from luck

Asked = tuple[str, str, str]  # question, kind, answer


@dataclass(frozen=True, slots=True)
class Cell:
    family: str
    level: int
    tasks: int
    distinct: int  # scenes
    entropy: float  # bits, of the answers
    blind: float  # share that the commonest answer to a question (or, where it is rare, to its kind) gets right
    pictures: int  # of the first so many tasks, which the figures below are about
    per_second: float  # drawn, encoded and answered, on one core
    bytes: int  # of a PNG, on average
    near: int  # pictures that look like an earlier one of this cell and have another scene


def measure(name: str, level: int, n: int, pictures: int, look: str = "plain") -> tuple[Cell, np.ndarray]:
    """A cell and the hashes of its pictures. Scenes are counted without drawing them, which takes a tenth of the time."""
    from PIL import Image

    scenes: set[str] = set()
    asked: Counter[Asked] = Counter()
    for scene, question in _asked(name, level, n):
        scenes.add(scene)
        asked[question] += 1
    began = time.process_time()
    made = list(bank.make(name, level, min(n, pictures), look=look))
    seconds = time.process_time() - began
    hashes = np.array([difference_hash(Image.open(io.BytesIO(one.png))) for one in made])
    cell = Cell(
        family=name,
        level=level,
        tasks=n,
        distinct=len(scenes),
        entropy=_entropy(asked),
        blind=_blind(asked),
        pictures=len(made),
        per_second=len(made) / seconds,
        bytes=sum(len(one.png) for one in made) // len(made),
        near=_near_within(made, hashes),
    )
    return cell, hashes


def _asked(name: str, level: int, n: int) -> Iterator[tuple[str, Asked]]:
    """The scenes of the tasks that `bank.make` makes, spelt out, and what is asked about each."""
    mechanism = families.family(name)
    for place in range(n):
        scene = mechanism.sample(level, bank.seed_at(0, place))
        kind, question, answer = mechanism.ask(scene)
        yield repr(scene), (question, kind, answer.text)


def totals(cells: Sequence[Cell], hashes: Mapping[str, Sequence[np.ndarray]]) -> dict[str, object]:
    """The bank as a whole; `alike` names families whose pictures can hardly be told from another family's."""
    rates = sorted(cell.per_second for cell in cells)
    return {
        "families": len({cell.family for cell in cells}),
        "domains": len({families.names()[cell.family] for cell in cells}),
        "tasks": sum(cell.tasks for cell in cells),
        "pictures": sum(cell.pictures for cell in cells),
        "median_per_second": rates[len(rates) // 2],
        "slowest_per_second": rates[0],
        "alike": _alike(hashes),
        "cells": [asdict(cell) for cell in cells],
    }


def _entropy(asked: Counter[Asked]) -> float:
    counts: Counter[str] = Counter()
    for (_, _, answer), times in asked.items():
        counts[answer] += times
    total = counts.total()
    return sum(count / total * math.log2(total / count) for count in counts.values())


def _blind(asked: Counter[Asked]) -> float:
    often: Counter[str] = Counter()
    for (question, _, _), times in asked.items():
        often[question] += times
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for (question, kind, answer), times in asked.items():
        groups[question if often[question] >= _OFTEN else kind][answer] += times
    return sum(group.most_common(1)[0][1] for group in groups.values()) / asked.total()


def _near_within(made: Sequence[Made], hashes: np.ndarray) -> int:
    scenes = np.array([one.task.scene for one in made], dtype=object)
    return sum(
        bool(((apart(hashes[i], hashes[:i]) <= NEAR) & (scenes[:i] != scenes[i])).any()) for i in range(1, len(made))
    )


def _alike(hashes: Mapping[str, Sequence[np.ndarray]]) -> list[tuple[str, str, int]]:
    """Pairs of families with pictures that differ in at most a few bits, and how many such pictures the first has."""
    found = []
    unlike = {name: np.unique(np.vstack(some), axis=0) for name, some in hashes.items()}
    names = sorted(unlike)
    for i, one in enumerate(names):
        for two in names[i + 1 :]:
            if close := sum(bool((apart(hash, unlike[two]) <= NEAR).any()) for hash in unlike[one]):
                found.append((one, two, close))
    return found
