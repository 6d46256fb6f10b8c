"""`make bench`: speed as ratios within one run, written to bench.json as name -> {"ours_s", "peer_s", "ratio"}.

Ours and the peer run in turn and the medians of their pairs are compared, since the machine's speed drifts.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

from mmzero import families
from mmzero.engines import padded_rows, policy_model, prefix_rows, rows
from mmzero.engines.vision import Vision, banned_ids, load_processor
from mmzero.families.skin import PLAIN
from mmzero.recipe.tree import Policy
from mmzero.types import Segment
from mmzero.zoo import random_vlm

PAIRS = 5
SIBLINGS = 8
GRID = ((40, 64), (300, 64), (300, 256), (1000, 256))  # prompt tokens, longest answer


def paired(ours: Callable[[], object], peer: Callable[[], object]) -> dict[str, float]:
    ours(), peer()
    times = [(_seconds(ours), _seconds(peer)) for _ in range(PAIRS)]
    ours_s, peer_s = (median(column) for column in zip(*times, strict=True))
    return {"ours_s": ours_s, "peer_s": peer_s, "ratio": median(peer / our for our, peer in times)}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def group(prompt: int, longest: int) -> Segment:
    """One prompt and its siblings, lengths spread as in real rollouts: half to whole of the longest."""
    draws = np.random.default_rng(prompt + longest)
    lengths_G = draws.integers(longest // 2, longest + 1, SIBLINGS)
    return Segment(
        images=(),
        prompt_ids=draws.integers(0, 256, prompt),
        lengths_G=lengths_G,
        ids_T=draws.integers(0, 256, lengths_G.sum()),
        logprobs_T=np.zeros(lengths_G.sum(), dtype=np.float32),
        mask_T=np.ones(lengths_G.sum(), dtype=bool),
        advantages_G=np.zeros(SIBLINGS, dtype=np.float32),
        temperature=1.0,
    )


def learner_vs_padded(folder: Path) -> dict[str, dict[str, float]]:
    """Forward and backward of two groups, each prompt once against each sibling as a row of its own."""
    model = policy_model.load_model(random_vlm.build("qwen3_vl", folder / "model", seed=0), Policy(), 0)
    banned = banned_ids(model.config)
    policy, vision = rows.Policy(model, banned), Vision(load_processor(folder / "model"), lambda _: folder)

    def backward(made: rows.Rows, states: rows.States) -> None:
        model.zero_grad()
        policy(made, states)[0].sum().backward()

    found = {}
    for prompt, longest in GRID:
        made = rows.rows_of((group(prompt, longest),) * 2, vision, banned, torch.device("cpu"))
        found[f"learner_vs_padded/{prompt}x{longest}"] = paired(
            lambda made=made: backward(made, prefix_rows.states), lambda made=made: backward(made, padded_rows.states)
        )
    return found


def tasks_per_second(n: int = 200) -> float:
    """Drawn at 224 px, encoded and answered, over all families and levels."""
    cells = [(name, level) for name in families.PRIMER for level in families.LEVELS]
    began = time.perf_counter()
    for i in range(n):
        families.mint(*cells[i % len(cells)], 2 * i, PLAIN, lambda png: "")
    return n / (time.perf_counter() - began)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = learner_vs_padded(Path(scratch))
    for name, figures in found.items():
        print(f"{name:32} ours {figures['ours_s']:.2f} s, peer {figures['peer_s']:.2f} s: {figures['ratio']:.2f} times")
    print(f"the bank mints {tasks_per_second():.0f} tasks a second")
    Path("bench.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
