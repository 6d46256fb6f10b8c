"""A microbatch as tensors, and the log-probs of its answers in either form; must not know losses or optimizers.

Prefix rows run each prompt once and its siblings on top of its keys and values; padded rows run every sibling as a row
of its own and are the oracle. Both end in one hidden state per answer token, and one head turns those into log-probs a
chunk at a time: a row batch of logits is never held.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from mmzero.engines.vision import Pixels, Vision
from mmzero.errors import EngineError
from mmzero.types import Rollout, Segment

CHUNK = 1024  # answer tokens whose logits exist at one time


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """S prompts and N answers on top of them; `owner_N` says which prompt an answer continues. T runs over all answer
    tokens, answer after answer."""

    prompts: tuple[Tensor, ...]  # S tensors of ids
    pixels: tuple[Pixels, ...]  # S, empty where a prompt has no image
    answers: tuple[Tensor, ...]  # N tensors of ids
    owner_N: Tensor
    temperature_T: Tensor

    @property
    def ids_T(self) -> Tensor:
        return torch.cat(self.answers)


States = Callable[[nn.Module, Rows], Tensor]  # the hidden state that predicts each answer token, states_TH


def rows_of(microbatch: Sequence[Segment], vision: Vision, banned_ids: Sequence[int], device: torch.device) -> Rows:
    """The segments on `device`. A banned id among the answers is refused: its log-prob would be minus infinity."""
    prompts = [torch.from_numpy(segment.prompt_ids) for segment in microbatch]
    ids_T = torch.cat([torch.from_numpy(segment.ids_T) for segment in microbatch])
    lengths_N = [int(length) for segment in microbatch for length in segment.lengths_G]
    said = torch.isin(ids_T, torch.tensor(list(banned_ids), dtype=torch.long))
    if said.any():
        raise EngineError(
            f"an answer holds the token {int(ids_T[said][0])}, which no sampler may say (banned: {list(banned_ids)});"
            " give the sampler and the learner the same bans"
        )
    return Rows(
        prompts=tuple(prompt.to(device) for prompt in prompts),
        pixels=tuple(
            {name: tensor.to(device) for name, tensor in vision.pixels(segment.images, prompt).items()}
            for segment, prompt in zip(microbatch, prompts, strict=True)
        ),
        answers=ids_T.to(device).split(lengths_N),
        owner_N=torch.repeat_interleave(torch.tensor([len(segment.lengths_G) for segment in microbatch])).to(device),
        temperature_T=torch.cat([torch.full((len(segment.ids_T),), segment.temperature) for segment in microbatch]).to(
            device
        ),
    )


def stack(rows: Sequence[Tensor], left: bool) -> tuple[Tensor, Tensor]:
    """Rows of unequal length as ids_BT and their attention mask, padded on the left or on the right."""
    longest = max(map(len, rows))
    ids_BT, mask_BT = rows[0].new_zeros(len(rows), longest), rows[0].new_zeros(len(rows), longest)
    for i, row in enumerate(rows):
        place = slice(longest - len(row), longest) if left else slice(0, len(row))
        ids_BT[i, place], mask_BT[i, place] = row, 1
    return ids_BT, mask_BT


def kinds(model: nn.Module, ids_BT: Tensor) -> Pixels:
    """The argument by which some models ask which tokens are an image's, for those that ask."""
    asked = inspect.signature(model.base_model.forward).parameters
    image_BT = (ids_BT == model.config.image_token_id).long()
    return {name: image_BT for name in ("mm_token_type_ids", "token_type_ids") if name in asked}


class Policy(nn.Module):
    """Backbone and head as one module, so that an engine which shards or counts module calls sees all of them."""

    def __init__(self, model: nn.Module, banned_ids: Sequence[int]):
        super().__init__()
        self.model = model
        self.register_buffer("banned", torch.tensor(list(banned_ids), dtype=torch.long), persistent=False)

    def forward(
        self, rows: Rows, states: States, tokens: int | None = None, entropy_graph: bool = False
    ) -> tuple[Tensor, Tensor]:
        """logp_T and entropy_T of the answers; the entropy carries a graph only where a loss wants one. The head is
        called as often as `tokens` answer tokens ask for, which is how other ranks may have more of them."""
        states_TH = states(self.model, rows)
        calls = -(-max(tokens or 0, len(states_TH)) // CHUNK)
        cuts = [CHUNK * call for call in range(1, calls)]
        chunks = zip(
            *(tensor.tensor_split(cuts) for tensor in (states_TH, rows.ids_T, rows.temperature_T)), strict=True
        )
        spoken = [checkpoint(self._speak, *chunk, entropy_graph, **_RECOMPUTE) for chunk in chunks]
        logp, entropy = zip(*spoken, strict=True)
        return torch.cat(logp), torch.cat(entropy)

    def _speak(self, states_TH: Tensor, ids_T: Tensor, temperature_T: Tensor, entropy_graph: bool):
        """One chunk: what the sampler would say. Recomputed in the backward pass, so its logits live only here."""
        logits_TV = self.model.get_output_embeddings()(states_TH).float() / temperature_T[:, None]
        logp_TV = logits_TV.index_fill(-1, self.banned, -torch.inf).log_softmax(-1)
        logp_T = logp_TV.gather(-1, ids_T[:, None])[:, 0]
        with torch.set_grad_enabled(entropy_graph and torch.is_grad_enabled()):
            finite_TV = logp_TV.index_fill(
                -1, self.banned, 0.0
            )  # 0 * -inf is not a number, and neither is its gradient
            entropy_T = -(logp_TV.exp() * finite_TV).sum(-1)
        return logp_T, entropy_T


_RECOMPUTE = {"use_reentrant": False, "preserve_rng_state": False}


def gap(
    policy: Callable[..., tuple[Tensor, Tensor]], rows: Rows, one: States, other: States, tokens: int | None = None
) -> float:
    """The largest difference between the log-probs that two forms give the same answers."""
    with torch.no_grad():
        return float((policy(rows, one, tokens)[0] - policy(rows, other, tokens)[0]).abs().max())


def microbatches(rollouts: Sequence[Rollout], budget: int) -> Iterator[tuple[Segment, ...]]:
    """Rollouts in the order given, siblings side by side sharing a prompt, as many as fit `budget` tokens. A greedy
    answer counts at temperature 1."""
    pack: list[Segment] = []
    for segment in _segments(rollouts):
        widest = [*pack, segment]
        prompts = len(widest) * max(len(one.prompt_ids) for one in widest)
        answers = sum(len(one.lengths_G) for one in widest) * max(int(one.lengths_G.max()) for one in widest)
        if pack and prompts + answers > budget:
            yield tuple(pack)
            pack = []
        pack.append(segment)
    if pack:
        yield tuple(pack)


def _segments(rollouts: Sequence[Rollout]) -> Iterator[Segment]:
    for (images, prompt_ids, temperature), siblings in groupby(
        rollouts, key=lambda rollout: (rollout.task.images, rollout.prompt_ids, rollout.temperature)
    ):
        siblings = list(siblings)
        ids_T = np.array([token for one in siblings for token in one.output_ids], dtype=np.int64)
        yield Segment(
            images=images,
            prompt_ids=np.array(prompt_ids, dtype=np.int64),
            lengths_G=np.array([len(one.output_ids) for one in siblings], dtype=np.int64),
            ids_T=ids_T,
            logprobs_T=np.array([logp for one in siblings for logp in one.logprobs], dtype=np.float32),
            mask_T=np.ones(len(ids_T), dtype=bool),
            advantages_G=np.zeros(len(siblings), dtype=np.float32),
            temperature=temperature or 1.0,
        )
