"""Answers from one policy's weights with plain transformers: seeded, batched, each prompt run once for all its siblings.

Deterministic: a draw comes from the rollout's own seed, so the same asks in the same order give the same answers. Must
not know tasks' truths, rewards or who learns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForImageTextToText

from mmzero.engines import prefix_rows
from mmzero.engines.prompts import Prompts
from mmzero.engines.vision import Pixels, banned_ids
from mmzero.errors import EngineError, UserError
from mmzero.types import Ask, Rollout


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prompt:
    """What is run once, for the answers that come after it: an ask's prompt, or that with an answer that goes on."""

    ask: Ask
    ids: Tensor
    pixels: Pixels
    seeds: tuple[int, ...]
    begun: Rollout | None = None

    @property
    def most(self) -> int:
        return self.ask.max_tokens - (len(self.begun.output_ids) if self.begun else 0)


class TransformersSampler:
    def __init__(
        self,
        model_path: Path | str,
        image_path: Callable[[str], Path],
        *,
        rows: int = 128,
        dtype: str = "float32",
        pixels: tuple[int, int] | None = None,
    ):
        self.version = 0
        self._rows = rows
        self._prompts = Prompts(model_path, image_path, pixels)
        model = AutoModelForImageTextToText.from_pretrained(model_path, dtype=getattr(torch, dtype)).eval()
        if not prefix_rows.fits(model):
            raise UserError(
                f"the model {model_path} is a {model.config.model_type}, and sampler.engine transformers speaks with"
                f" {', '.join(sorted(prefix_rows.BACKBONES))}; choose one of those"
            )
        self._model = model.to("cuda" if torch.cuda.is_available() else "cpu")
        self._banned = torch.tensor(banned_ids(model.config), device=self._model.device)
        self._stop = self._prompts.processor.tokenizer.eos_token_id

    @torch.no_grad()
    def receive(self, weights: Iterable[tuple[str, Tensor]], version: int) -> None:
        """Copy every weight; a name that is missing or unknown leaves the old version in force and says so."""
        mine = dict(self._model.named_parameters())
        for name, tensor in weights:
            mine.pop(name).copy_(tensor)
        if mine:
            raise EngineError(
                f"version {version} came with {len(mine)} {'weight' if len(mine) == 1 else 'weights'} too few, such as"
                f" {next(iter(mine))}"
            )
        self.version = version

    @torch.inference_mode()
    def play(self, asks: Iterable[Ask]) -> Iterator[tuple[Rollout, ...]]:
        pack: list[Ask] = []
        for ask in asks:
            if ask.written is not None:
                yield self._prompts.written(ask, self.version)
                continue
            if pack and sum(len(one.seeds_G) for one in pack) + len(ask.seeds_G) > self._rows:
                yield from self._play(pack)
                pack = []
            pack.append(ask)
        if pack:
            yield from self._play(pack)

    def _play(self, asks: Sequence[Ask]) -> Iterator[tuple[Rollout, ...]]:
        groups = [self._run_for(ask) for ask in asks]
        spoken = iter(self._decode([prompt for prompts in groups for prompt in prompts]))
        for prompts in groups:
            places = [(prompt, sibling) for prompt in prompts for sibling in range(len(prompt.seeds))]
            yield tuple(self._rollout(*place, *next(spoken)) for place in places)

    def _run_for(self, ask: Ask) -> list[_Prompt]:
        ids = self._prompts.ids(ask)
        pixels = self._prompts.pixels(ask, ids)
        if not ask.begun_G:
            return [_Prompt(ask=ask, ids=torch.tensor(ids), pixels=pixels, seeds=ask.seeds_G)]
        begun = map(self._prompts.begun, ask.begun_G)
        return [
            _Prompt(ask=ask, ids=torch.tensor([*ids, *one.output_ids]), pixels=pixels, seeds=(seed,), begun=one)
            for seed, one in zip(ask.seeds_G, begun, strict=True)
        ]

    def _rollout(self, prompt: _Prompt, sibling: int, output_ids: list[int], logprobs: list[float]) -> Rollout:
        if prompt.begun:
            return self._prompts.gone_on(prompt.begun, output_ids, logprobs)
        ask = prompt.ask
        return Rollout(
            task=ask.task,
            role=ask.role,
            policy=ask.policy,
            version=self.version,
            sibling=sibling,
            prompt_ids=tuple(prompt.ids.tolist()),
            output_ids=tuple(output_ids),
            logprobs=tuple(logprobs),
            mask=(True,) * len(output_ids),
            text=self._prompts.processor.tokenizer.decode(output_ids, skip_special_tokens=True),
            finish="stop" if output_ids[-1] == self._stop else "length",
            temperature=ask.temperature,
            seed=ask.seeds_G[sibling],
        )

    def _decode(self, prompts: Sequence[_Prompt]) -> list[tuple[list[int], list[float]]]:
        """Output ids and their log-probs, answer by answer. Rows that have ended leave the batch when they are many."""
        owner_N = torch.tensor([i for i, prompt in enumerate(prompts) for _ in prompt.seeds])
        most_N = torch.tensor([prompt.most for prompt in prompts])[owner_N]
        heat_N = torch.tensor([prompt.ask.temperature for prompt in prompts])[owner_N]
        top_N = torch.tensor([prompt.ask.top_p for prompt in prompts])[owner_N]
        draws_NT = _draws([seed for prompt in prompts for seed in prompt.seeds], int(most_N.max()))
        before = self._prefill(prompts, owner_N)
        states_NH, cache, seen_NP, place_N = before.last_NH, before.cache, before.seen_NP, before.start_N
        ids_N: list[list[int]] = [[] for _ in owner_N]
        logps_N: list[list[float]] = [[] for _ in owner_N]
        live = torch.arange(len(owner_N))
        for step in range(int(most_N.max())):
            tokens, logp = self._speak(states_NH, heat_N[live], top_N[live], draws_NT[live, step])
            for row, token, value in zip(live.tolist(), tokens.tolist(), logp.tolist(), strict=True):
                ids_N[row].append(token)
                logps_N[row].append(value)
            going = (tokens.cpu() != self._stop) & (most_N[live] > step + 1)
            if not going.any():
                break
            keep = going.nonzero()[:, 0].to(tokens.device)
            cache.batch_select_indices(keep)
            live, tokens, seen_NP, place_N = live[going], tokens[keep], seen_NP[keep], place_N[keep]
            seen_NP = torch.cat([seen_NP, seen_NP.new_ones(len(keep), 1)], dim=1)
            states_NH = prefix_rows.go_on(self._model, tokens[:, None], seen_NP, place_N[:, None], cache)[:, -1]
            place_N = place_N + 1
        return list(zip(ids_N, logps_N, strict=True))

    def _prefill(self, prompts: Sequence[_Prompt], owner_N: Tensor) -> prefix_rows.Prefix:
        device = self._model.device
        return prefix_rows.prefix(
            self._model,
            [prompt.ids.to(device) for prompt in prompts],
            [{name: value.to(device) for name, value in prompt.pixels.items()} for prompt in prompts],
            owner_N.to(device),
        )

    def _speak(self, states_NH: Tensor, heat_N: Tensor, top_N: Tensor, draws_N: Tensor) -> tuple[Tensor, Tensor]:
        """One token a row and its log-prob, by the inverse of the distribution at the row's own draw."""
        heat_N, draws_N = heat_N.to(states_NH.device), draws_N.to(states_NH.device)
        greedy_N = heat_N == 0
        logits_NV = self._model.get_output_embeddings()(states_NH).float() / torch.where(greedy_N, 1.0, heat_N)[:, None]
        logp_NV = logits_NV.index_fill(-1, self._banned, -torch.inf).log_softmax(-1)
        if (top_N < 1).any():
            logp_NV = _likeliest(logp_NV, top_N.to(logp_NV.device))
        mass_NV = logp_NV.double().exp().cumsum(-1)
        # Scaled by the whole mass, which rounding leaves a little off one: a draw must always find its token.
        drawn_N = torch.searchsorted(mass_NV, draws_N[:, None] * mass_NV[:, -1:], right=True)[:, 0]
        token_N = torch.where(greedy_N, logp_NV.argmax(-1), drawn_N.clamp(max=logp_NV.shape[-1] - 1))
        return token_N, logp_NV.gather(-1, token_N[:, None])[:, 0]


def _likeliest(logp_NV: Tensor, top_N: Tensor) -> Tensor:
    """Without the words before which likelier ones already have the share `top_N`: the others have it all."""
    sorted_NV, order_NV = logp_NV.sort(-1, descending=True)
    before_NV = sorted_NV.exp().cumsum(-1) - sorted_NV.exp()
    left_out_NV = torch.zeros_like(logp_NV, dtype=torch.bool).scatter(-1, order_NV, before_NV >= top_N[:, None])
    likeliest_NV = logp_NV.masked_fill(left_out_NV, -torch.inf).log_softmax(-1)
    return torch.where((top_N < 1)[:, None], likeliest_NV, logp_NV)


def _draws(seeds: Sequence[int], tokens: int) -> Tensor:
    """Uniform draws_NT in [0, 1), each row from its own seed and so the same in whatever company it runs."""
    generator = torch.Generator()
    return torch.stack(
        [torch.rand(tokens, generator=generator.manual_seed(seed), dtype=torch.float64) for seed in seeds]
    )
