"""An ask as a model reads it: chat template, token ids, pictures; and an answer written beforehand as the model would
have said it. One place, so that no two engines can differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

import torch
from PIL import Image

from mmzero import spoil
from mmzero.engines.vision import Pixels, Vision, grids_of, image_token, load_processor
from mmzero.types import Ask, Begun, Noise, Rollout, seed_of


class Prompts:
    def __init__(
        self, model_path: Path | str, image_path: Callable[[str], Path], pixels: tuple[int, int] | None = None
    ):
        self.processor = load_processor(model_path, pixels)
        self._vision = Vision(self.processor, image_path)
        self._image_path = image_path
        self._spelt = lru_cache(1024)(self._spell)  # a group's siblings all ask for it

    def _spell(self, system: str, question: str, images: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self._vision.spelt(self._written(system, question, len(images)), images))

    def short_ids(self, ask: Ask) -> list[int]:
        """One placeholder an image, as long as it is not known how many tokens it becomes."""
        return self.processor.tokenizer(
            self._written(ask.system, ask.text, len(ask.images)), add_special_tokens=False
        ).input_ids

    def _written(self, system: str, question: str, images: int) -> str:
        content = [{"type": "image"}] * images + [{"type": "text", "text": self._harmless(question)}]
        told = [{"role": "system", "content": [{"type": "text", "text": self._harmless(system)}]}] if system else []
        return self.processor.apply_chat_template(
            [*told, {"role": "user", "content": content}], add_generation_prompt=True
        )

    def ids(self, ask: Ask) -> list[int]:
        """Every image token in its place: what the model runs on, and what a learner must be given."""
        if not grids_of(self.processor):
            return list(self._spelt(ask.system, ask.text, ask.images))
        grids, image = iter(self._vision.grids(ask.images)), self.processor.image_token_id
        spread = ([image] * next(grids) if token == image else [token] for token in self.short_ids(ask))
        return list(chain.from_iterable(spread))

    def written(self, ask: Ask, version: int) -> tuple[Rollout, ...]:
        """The answer that stands in the ask, as if it had been said: no policy drew it, so its log-probs are 0. Marks that
        only a template may set, such as a picture's place, are plain text in it."""
        tokenizer = self.processor.tokenizer
        ids = tokenizer(ask.written, add_special_tokens=False, split_special_tokens=True).input_ids
        ids = (*ids, tokenizer.eos_token_id)
        return (
            Rollout(
                task=ask.task,
                role=ask.role,
                policy=ask.policy,
                version=version,
                sibling=0,
                prompt_ids=tuple(self.ids(ask)),
                output_ids=ids,
                logprobs=(0.0,) * len(ids),
                mask=(True,) * len(ids),
                text=ask.written,
                finish="written",
                temperature=1.0,  # of what is learned; nothing was drawn at any other
                seed=ask.seeds_G[0],
            ),
        )

    def begun(self, begun: Begun) -> Rollout:
        """The answer so far: without the token that ended it, which what is said from here on ends anew, and with the
        words that nobody chose. Those have no log-prob and are masked from all learning."""
        said, tokenizer = begun.said, self.processor.tokenizer
        kept = len(said.output_ids) - (said.output_ids[-1] == tokenizer.eos_token_id)
        forced = tokenizer(begun.forced, add_special_tokens=False, split_special_tokens=True).input_ids
        return replace(
            said,
            output_ids=(*said.output_ids[:kept], *forced),
            logprobs=(*said.logprobs[:kept], *(0.0 for _ in forced)),
            mask=(*said.mask[:kept], *(False for _ in forced)),
        )

    def gone_on(self, begun: Rollout, ids: Sequence[int], logprobs: Sequence[float]) -> Rollout:
        """The whole answer, once this much more was said."""
        tokenizer, output_ids = self.processor.tokenizer, (*begun.output_ids, *ids)
        return replace(
            begun,
            output_ids=output_ids,
            logprobs=(*begun.logprobs, *logprobs),
            mask=(*begun.mask, *(True for _ in ids)),
            text=tokenizer.decode(output_ids, skip_special_tokens=True),
            finish="stop" if ids[-1] == tokenizer.eos_token_id else "length",
        )

    def length(self, ask: Ask) -> int:
        """How many tokens the model reads before it answers."""
        return len(self.ids(ask))

    def _harmless(self, text: str) -> str:
        """Without the marks of pictures and films: whoever wrote it, a person, a file or a model, has none to put there."""
        named = self.processor.all_special_multimodal_tokens
        for mark in [*named, self.processor.tokenizer.convert_ids_to_tokens(image_token(self.processor))]:
            text = text.replace(mark, " ")
        return text

    def pixels(self, ask: Ask, ids: list[int]) -> Pixels:
        vision = self._vision.through(_behind(ask.noise)) if ask.noise else self._vision
        return vision.pixels(ask.images, torch.tensor(ids))

    def pictures(self, ask: Ask) -> list[tuple[str, Image.Image]]:
        """What is shown, each under a name of its own: a picture behind noise is another picture."""
        shown = []
        for image in ask.images:
            with Image.open(self._image_path(image)) as opened:
                picture = _behind(ask.noise)(image, opened) if ask.noise else opened.convert("RGB")
            shown.append((f"{image}~{ask.noise.steps}~{ask.noise.seed}" if ask.noise else image, picture))
        return shown


def _behind(noise: Noise) -> Callable[[str, Image.Image], Image.Image]:
    return lambda image, picture: spoil.diffuse(picture, noise.steps, seed_of(noise.seed, image))
