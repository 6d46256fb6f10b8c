"""How fast one GPU learns at 3B dimensions, in every form of rows and with every attention: `python tests/gpu/speed.py`.

A learner's microbatch, forward and backward, with DAPO's loss. The work of all forms is counted as that of the prefix form
without its padding, so that tokens a second and the share of the GPU's arithmetic (MFU) compare what they achieve and not
what they burn.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import torch

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2])]
import three_b
import tree_rows

from mmzero.engines import padded_rows, prefix_rows, rows

TIMES = 5
# Dense bf16 operations a second, by what the driver calls the device.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40": 181e12, "4090": 165e12}


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    states: rows.States
    attention: str


FORMS = (
    Form("prefix rows, sdpa", prefix_rows.states, "sdpa"),
    Form("padded rows, sdpa", padded_rows.states, "sdpa"),
    Form("prefix rows, plain matrices", prefix_rows.states, "eager"),
    Form("padded rows, plain matrices", padded_rows.states, "eager"),
    Form("one row, dense mask", partial(tree_rows.states, mask="dense"), "sdpa"),
    Form("one row, empty blocks skipped", partial(tree_rows.states, mask="blocks"), tree_rows.BLOCKS),
)


@dataclass(frozen=True, slots=True)
class Speed:
    form: str
    seconds: float
    gigabytes: float  # at the peak, weights and gradients included
    tokens_per_second: float
    mfu: float | None  # of a device whose peak is known


def loss(policy: rows.Policy, made: rows.Rows, states: rows.States) -> torch.Tensor:
    """DAPO's, of one update: there its ratio is 1 and its gradient that of -A log p."""
    logp_T, _ = policy(made, states)
    advantages_N = torch.linspace(-1, 1, len(made.answers)).tolist()
    advantages_T = torch.cat(
        [torch.full((len(answer),), one) for one, answer in zip(advantages_N, made.answers, strict=True)]
    )
    return -(advantages_T.to(logp_T.device) * logp_T).sum() / len(logp_T)


def work(model: torch.nn.Module, made: rows.Rows) -> float:
    """Arithmetic operations of forward and backward: each prompt once, each answer on top of it, nothing padded."""
    config = model.config.get_text_config()
    prompts, answers = [len(one) for one in made.prompts], [len(one) for one in made.answers]
    decoder = sum(parameter.numel() for parameter in model.base_model.language_model.layers.parameters())
    tower = sum(parameter.numel() for parameter in model.base_model.visual.parameters())
    patches = sum(len(one["pixel_values"]) for one in made.pixels)
    owners = made.owner_N.tolist()
    pairs = sum(one**2 / 2 for one in prompts)
    pairs += sum(prompts[owner] * one + one**2 / 2 for owner, one in zip(owners, answers, strict=True))
    head = config.hidden_size * config.vocab_size * sum(answers)
    attention = 2 * config.hidden_size * config.num_hidden_layers * pairs
    return 6 * (decoder * (sum(prompts) + sum(answers)) + tower * patches + head + attention)


def peak(device: torch.device) -> float | None:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    return next((most for part, most in PEAKS.items() if part in name), None)


def measure(dimensions: three_b.Dimensions, device: str, form: Form, times: int = TIMES) -> Speed:
    model = three_b.build(dimensions, device, torch.bfloat16, form.attention)
    made, policy = three_b.group(dimensions, device), three_b.policy(model, dimensions)

    def step() -> None:
        model.zero_grad()
        loss(policy, made, form.states).backward()

    step()  # compiles what is compiled, and fills the allocator
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    seconds = median(_seconds(step, device) for _ in range(times))
    tokens, most = sum(map(len, (*made.prompts, *made.answers))), peak(model.device)
    gigabytes = torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else 0.0
    mfu = work(model, made) / seconds / most if most else None
    return Speed(form.name, seconds, gigabytes, tokens / seconds, mfu)


def _seconds(step: Callable[[], None], device: str) -> float:
    finish = torch.cuda.synchronize if device == "cuda" else lambda: None
    finish()
    began = time.perf_counter()
    step()
    finish()
    return time.perf_counter() - began


def measured(dimensions: three_b.Dimensions, device: str) -> Iterator[Speed | str]:
    """Every form, or one sentence about one that this GPU has no memory for."""
    for form in FORMS:
        try:
            yield measure(dimensions, device, form)
        except torch.OutOfMemoryError:
            yield f"{form.name}: more memory than the GPU has"
        torch.cuda.empty_cache()


def told(one: Speed | str) -> str:
    if isinstance(one, str):
        return one
    share = "" if one.mfu is None else f", {one.mfu:.1%} of the peak"
    return f"{one.form:32} {one.seconds:6.3f} s, {one.gigabytes:5.1f} GiB, {one.tokens_per_second:7.0f} tokens/s{share}"


if __name__ == "__main__":
    if not torch.cuda.is_available():
        sys.exit("there is no GPU here")
    print(torch.cuda.get_device_name(), torch.__version__)
    for one in measured(three_b.THREE_B, "cuda"):
        print(told(one), flush=True)
