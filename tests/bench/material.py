"""What the learners of a benchmark are given: tasks of the bank, and answers of drawn lengths and no meaning.

A prompt is a task as the tiny model reads it, its picture as large as brings the prompt to about the tokens asked for: as
in most VLM prompts, nearly all of them are the picture's. Lengths of answers are log-normal with the spread of the tiny
campaign's own (0.6), a third of the longest in the middle, and cut off at the longest, as about one in thirty is. They are
the distribution's quantiles in a shuffled order, so that few answers are spread as many would be; one is the longest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isqrt, log
from pathlib import Path
from statistics import NormalDist

import numpy as np

from mmzero import families, shipped
from mmzero.engines.prompts import Prompts
from mmzero.families.skin import PLAIN
from mmzero.types import Ask, Batch, Rollout, Sample, Scored, Segment, Task

MODEL = shipped.model("tiny")
SIBLINGS = 8
SPREAD = 0.6
_WORDS = 30  # tokens of a question and its chat marks
_PIXELS = 16 * 16  # behind one token of the tiny model's pictures
_TEXT_IDS = 256  # its first ids are bytes, which any answer may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    folder: Path
    pixels: tuple[int, int]
    prompts: Prompts
    samples: tuple[Sample, ...]  # sibling after sibling, task after task
    longest: int

    def image_path(self, image: str) -> Path:
        return self.folder / f"{image}.png"


def make(folder: Path, prompt: int, longest: int, tasks: int) -> Material:
    """`tasks` prompts of about `prompt` tokens, each with SIBLINGS answers of at most `longest`."""

    def put(png: bytes) -> str:
        name = hashlib.sha256(png).hexdigest()
        (folder / f"{name}.png").write_bytes(png)
        return name

    pixels = (isqrt(prompt - _WORDS) ** 2 * _PIXELS,) * 2
    prompts = Prompts(MODEL, lambda image: folder / f"{image}.png", pixels)
    draws = np.random.default_rng(prompt + longest)
    drawn = iter(draws.permutation(lengths(tasks * SIBLINGS, longest)).tolist())
    minted = [families.mint(families.PRIMER[i % len(families.PRIMER)], 3, 2 * i, PLAIN, put) for i in range(tasks)]
    samples = [
        _sample(task, sibling, prompts.ids(ask(task, longest)), next(drawn), longest, draws)
        for task in minted
        for sibling in range(SIBLINGS)
    ]
    return Material(folder=folder, pixels=pixels, prompts=prompts, samples=tuple(samples), longest=longest)


def ask(task: Task, longest: int) -> Ask:
    return Ask(
        task=task,
        role="solver",
        policy="main",
        system="",
        text=task.question,
        images=task.images,
        max_tokens=longest,
        temperature=1.0,
        seeds_G=tuple(range(SIBLINGS)),
    )


def lengths(count: int, longest: int) -> list[int]:
    normal = NormalDist(log(longest / 3), SPREAD)
    drawn = (round(exp(normal.inv_cdf((i + 0.5) / count))) for i in range(count - 1))
    return [*(min(longest, max(1, length)) for length in drawn), longest]


def _sample(
    task: Task, sibling: int, prompt_ids: Sequence[int], length: int, longest: int, draws: np.random.Generator
) -> Sample:
    rollout = Rollout(
        task=task,
        role="solver",
        policy="main",
        version=0,
        sibling=sibling,
        prompt_ids=tuple(prompt_ids),
        output_ids=tuple(draws.integers(0, _TEXT_IDS, length).tolist()),
        logprobs=(-1.0,) * length,
        mask=(True,) * length,
        text="",
        finish="length" if length == longest else "stop",
        temperature=1.0,
        seed=sibling,
    )
    scored = Scored(rollout=rollout, reward=0.0, parts={})
    return Sample(scored=scored, advantage=float(draws.standard_normal()))


def token_ratio(batch: Batch) -> float:
    """Tokens that go through the decoder, padding included: every answer with its prompt, over each prompt once."""
    padded = sum(_rows(microbatch) * (_prompt(microbatch) + _answer(microbatch)) for microbatch in batch.microbatches)
    prefix = sum(
        len(microbatch) * _prompt(microbatch) + _rows(microbatch) * _answer(microbatch)
        for microbatch in batch.microbatches
    )
    return padded / prefix


def _rows(microbatch: tuple[Segment, ...]) -> int:
    return sum(len(one.lengths_G) for one in microbatch)


def _prompt(microbatch: tuple[Segment, ...]) -> int:
    return max(len(one.prompt_ids) for one in microbatch)


def _answer(microbatch: tuple[Segment, ...]) -> int:
    return max(int(one.lengths_G.max()) for one in microbatch)
