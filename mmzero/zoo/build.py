"""How the shipped models are made: a trained tokenizer and random weights, or another shipped model, then TRL's SFTTrainer
on lessons. `mmzero zoo build` takes about an hour on two cores; what it makes ships with the package.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Literal

from mmzero import shipped
from mmzero.errors import UserError
from mmzero.zoo import lessons, making
from mmzero.zoo.lessons import Lesson

MARKS = ("<think>", "</think>", "<answer>", "</answer>")  # one token each: they stand in every answer


@dataclass(frozen=True, slots=True)
class Course:
    """Steps of SFT under one warm-up and one cosine; the next course goes on with the lessons that follow."""

    steps: int
    lr: float
    of: int | None = None  # steps that its cosine is laid out for, where it is left before its end


@dataclass(frozen=True, slots=True)
class Schooling:
    """The documented recipe; written beside the weights."""

    courses: tuple[Course, ...] = (
        Course(9000, 1.2e-3), Course(2000, 1.0e-3), Course(7500, 1.0e-3), Course(1500, 1.0e-3),
    )  # fmt: skip
    rows: int = 16
    seed: int = 0
    vocabulary: int = 640
    corpus: int = 20_000  # lessons whose words the tokenizer is trained on
    lessons: Literal["reading", "making"] = "reading"
    after: str = ""  # a shipped model whose weights and tokenizer it begins with, instead of random ones


SCHOOLINGS = {
    "tiny": Schooling(),
    "maker": Schooling(courses=(Course(2400, 1.0e-3, of=2800),), lessons="making", after="tiny"),
}
_LESSONS: dict[str, Callable[..., Lesson]] = {"reading": lessons.lesson, "making": making.lesson}


def build_shipped(name: str, out: Path | None = None) -> Path:
    """One of SCHOOLINGS, in the place it ships from or elsewhere."""
    if name not in SCHOOLINGS:
        raise UserError(f"there is no shipped model '{name}'; the shipped models are {', '.join(SCHOOLINGS)}")
    return build(out or shipped.model(name), SCHOOLINGS[name])


def build(out: Path, schooling: Schooling) -> Path:
    """Write a model folder that transformers and vLLM load. An existing folder is replaced only when the new one is whole."""
    out = Path(out)
    if out.exists() and not (out / "schooling.json").is_file():
        raise UserError(f"{out} exists and is no model of the zoo; choose another --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".tiny-") as scratch:
        folder = Path(scratch, "model")
        if schooling.after:
            shutil.copytree(shipped.model(schooling.after), folder)
        else:
            _untaught(folder, schooling)
        for place in range(len(schooling.courses)):
            _teach(folder, schooling, place)
        (folder / "schooling.json").write_text(json.dumps(asdict(schooling), indent=2) + "\n")
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)
    return out


def _untaught(folder: Path, schooling: Schooling) -> None:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    from mmzero.zoo import random_vlm

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=schooling.vocabulary,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    heard = (_LESSONS[schooling.lessons](number, drawn=False) for number in range(schooling.corpus))
    tokenizer.train_from_iterator((f"{one.question}\n{_spoken(one)}" for one in heard), trainer)
    tokenizer.add_tokens(list(MARKS))
    random_vlm.build(
        "qwen3_vl", folder, random_vlm.with_specials(tokenizer), seed=schooling.seed, initializer_range=0.04
    )


def _spoken(one: Lesson) -> str:
    """The response without its marks, so that no merge is spent on them."""
    text = one.response
    for mark in MARKS:
        text = text.replace(mark, " ")
    return text


class Collator:
    """Lesson numbers to a batch: drawn, asked and tokenized when they are needed, so nothing lies on disk."""

    def __init__(self, processor, lesson: Callable[[int], Lesson]):
        self._processor, self._lesson = processor, lesson
        self._opening = processor.tokenizer("assistant\n", add_special_tokens=False).input_ids
        self._start = processor.tokenizer.convert_tokens_to_ids("<|im_start|>")

    def __call__(self, rows: list[dict[str, int]]):
        taught = [self._lesson(row["number"]) for row in rows]
        taught.sort(key=lambda one: one.image is None)  # images must come in the order of their rows
        texts = [self._processor.apply_chat_template(_messages(one), add_generation_prompt=True) for one in taught]
        batch = self._processor(
            text=[text + one.response + "<|im_end|>" for text, one in zip(texts, taught, strict=True)],
            images=[one.image for one in taught if one.image] or None,
            padding=True,
            padding_side="right",
            return_tensors="pt",
        )
        batch["labels"] = self._labels(batch["input_ids"], batch["attention_mask"])
        return batch

    def _labels(self, ids_BT, mask_BT):
        """Only the response is learned: what follows the last opening of a turn."""
        import torch

        places = torch.arange(ids_BT.shape[1]).expand_as(ids_BT)
        opened = torch.where(ids_BT == self._start, places, -1).amax(1, keepdim=True)
        learned = (places > opened + len(self._opening)) & mask_BT.bool()
        return torch.where(learned, ids_BT, -100)


def _messages(one: Lesson) -> list[dict]:
    picture = [{"type": "image"}] if one.image else []
    return [{"role": "user", "content": [*picture, {"type": "text", "text": one.question}]}]


def _order(schooling: Schooling, place: int) -> list[int]:
    """A course's lessons in batches of like length, the batches in random order: a worked solution is ten times as long
    as a glance, and rows of mixed length would hold a third more tokens, all of them padding."""
    rng, numbers, rows, lesson = Random(schooling.seed), [], schooling.rows, _LESSONS[schooling.lessons]
    first = sum(course.steps for course in schooling.courses[:place]) * rows
    count = schooling.courses[place].steps * rows
    for chunk in range(first, first + count, 4 * rows):
        alike = sorted(range(chunk, chunk + 4 * rows), key=lambda number: len(lesson(number, drawn=False).response))
        batches = [alike[i : i + rows] for i in range(0, 4 * rows, rows)]
        rng.shuffle(batches)
        numbers += [number for batch in batches for number in batch]
    return numbers[:count]


def _teach(folder: Path, schooling: Schooling, place: int) -> None:
    import datasets
    from transformers import AutoModelForImageTextToText, AutoProcessor, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    course = schooling.courses[place]

    class Leaves(TrainerCallback):
        def on_step_end(self, args, state, control, **_):
            control.should_training_stop = control.should_training_stop or state.global_step >= course.steps

    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype="float32")
    numbers = datasets.Dataset.from_dict({"number": _order(schooling, place)})
    with tempfile.TemporaryDirectory() as scratch:
        config = SFTConfig(
            output_dir=scratch,
            max_steps=course.of or course.steps,
            per_device_train_batch_size=schooling.rows,
            learning_rate=course.lr,
            lr_scheduler_type="cosine_with_min_lr",
            lr_scheduler_kwargs={"min_lr_rate": 0.1},
            warmup_steps=200,
            weight_decay=0.01,
            adam_beta2=0.99,
            max_grad_norm=1.0,
            seed=schooling.seed,
            train_sampling_strategy="sequential",
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            remove_unused_columns=False,
            dataset_kwargs={"skip_prepare_dataset": True},
            max_length=None,
            logging_steps=100,
            save_strategy="no",
            report_to="none",
        )
        trainer = SFTTrainer(
            model,
            args=config,
            train_dataset=numbers,
            data_collator=Collator(processor, _LESSONS[schooling.lessons]),
            processing_class=processor,
            callbacks=[Leaves()],
        )
        trainer.train()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
