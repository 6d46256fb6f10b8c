"""How varied and how guessable the bank is, and how fast: measured by minting, family by family and level by level."""

from __future__ import annotations

import io
import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from mmzero import bank, families
from mmzero.bank import Made

_NEAR = 2  # bits of 64 within which two pictures look alike


@dataclass(frozen=True, slots=True)
class Cell:
    family: str
    level: int
    tasks: int
    distinct: int  # scenes
    entropy: float  # bits, of the answers
    blind: float  # share that the commonest answer to a question (or, where it is rare, to its kind) gets right
    per_second: float  # drawn, encoded and answered, on one core
    bytes: int  # of a PNG, on average
    near: int  # pictures that look like an earlier one of this cell and have another scene


def measure(name: str, level: int, n: int, look: str = "plain") -> tuple[Cell, list[int]]:
    """A cell and the hashes of its pictures."""
    began = time.perf_counter()
    made = list(bank.make(name, level, n, look=look))
    seconds = time.perf_counter() - began
    hashes = [_difference_hash(one.png) for one in made]
    cell = Cell(
        family=name,
        level=level,
        tasks=n,
        distinct=len({one.task.scene for one in made}),
        entropy=_entropy(one.task.answer.text for one in made),
        blind=_blind(made),
        per_second=n / seconds,
        bytes=sum(len(one.png) for one in made) // n,
        near=_near_within(made, hashes),
    )
    return cell, hashes


def totals(cells: Sequence[Cell], hashes: dict[str, list[int]]) -> dict[str, object]:
    """The bank as a whole; `alike` names families whose pictures can hardly be told from another family's."""
    rates = sorted(cell.per_second for cell in cells)
    return {
        "families": len({cell.family for cell in cells}),
        "domains": len({families.names()[cell.family] for cell in cells}),
        "median_per_second": rates[len(rates) // 2],
        "slowest_per_second": rates[0],
        "alike": _alike(hashes),
        "cells": [asdict(cell) for cell in cells],
    }


def _entropy(answers: Iterable[str]) -> float:
    counts = Counter(answers)
    total = counts.total()
    return -sum(count / total * math.log2(count / total) for count in counts.values())


def _blind(made: Sequence[Made]) -> float:
    often = Counter(one.task.question for one in made)
    groups = defaultdict(Counter)
    for one in made:
        question = one.task.question
        groups[question if often[question] >= 30 else one.task.kind][one.task.answer.text] += 1
    return sum(group.most_common(1)[0][1] for group in groups.values()) / len(made)


def _difference_hash(png: bytes) -> int:
    """64 bits, each whether a cell of the picture shrunk to 9 x 8 is brighter than the next one to its right."""
    from PIL import Image

    shades = np.asarray(Image.open(io.BytesIO(png)).convert("L").resize((9, 8), Image.Resampling.BOX)).astype(int)
    bits = (shades[:, 1:] > shades[:, :-1]).ravel()
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _near_within(made: Sequence[Made], hashes: Sequence[int]) -> int:
    seen: dict[int, str] = {}
    near = 0
    for one, hash in zip(made, hashes, strict=True):
        near += hash in seen and seen[hash] != one.task.scene
        seen.setdefault(hash, one.task.scene)
    return near


def _alike(hashes: dict[str, list[int]]) -> list[tuple[str, str, int]]:
    """Pairs of families with pictures that differ in at most a few bits, and how many such pictures the first has."""
    found = []
    packed = {name: np.array(sorted(set(some)), dtype=np.uint64) for name, some in hashes.items()}
    names = sorted(packed)
    for i, one in enumerate(names):
        for two in names[i + 1 :]:
            apart = np.bitwise_count(packed[one][:, None] ^ packed[two][None, :]).min(axis=1)
            if close := int((apart <= _NEAR).sum()):
                found.append((one, two, close))
    return found
