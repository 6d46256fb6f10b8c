"""Tasks as parquet files that other trainers read, pictures embedded; knows their column names and nothing else of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mmzero.bank import Made
from mmzero.errors import UserError


def _trl(one: Made, place: int) -> dict[str, Any]:
    """`prompt` and `image` as TRL's GRPOTrainer reads them; every other column reaches its reward functions."""
    prompt = [{"role": "user", "content": one.task.question}]
    return {"prompt": prompt, "image": {"bytes": one.png, "path": None}, **_told(one)}


def _verl(one: Made, place: int) -> dict[str, Any]:
    return {
        "data_source": f"mmzero/{one.task.family}",
        "prompt": [{"role": "user", "content": f"<image>{one.task.question}"}],
        "images": [{"bytes": one.png, "path": None}],
        "ability": one.task.kind,
        "reward_model": {"style": "rule", "ground_truth": one.task.answer.text},
        "extra_info": {"index": place, "split": "train", **_told(one)},
    }


def _easyr1(one: Made, place: int) -> dict[str, Any]:
    told = {**_told(one), "problem": f"<image>{one.task.question}"}
    return {**told, "images": [{"bytes": one.png, "path": None}]}


def _told(one: Made) -> dict[str, Any]:
    row = one.row()
    return {name: row[name] for name in ("id", "family", "domain", "kind", "level", "answer", "answer_kind", "scene")}


FORMS: dict[str, Callable[[Made, int], dict[str, Any]]] = {"trl": _trl, "verl": _verl, "easyr1": _easyr1}


def write(made: Iterable[Made], form: str, file: Path) -> int:
    """One parquet file; `datasets.load_dataset("parquet", data_files=…)` opens it with its images decoded."""
    if form not in FORMS:
        raise UserError(f"there is no form '{form}'; the forms are {', '.join(FORMS)}")
    if file.exists():
        raise UserError(f"{file} exists; choose another --out or remove it")
    import datasets

    datasets.disable_progress_bars()
    rows = [FORMS[form](one, place) for place, one in enumerate(made)]
    dataset = datasets.Dataset.from_list(rows)
    picture = datasets.Image()
    column = {"image": picture} if form == "trl" else {"images": [picture]}
    for name, feature in column.items():
        dataset = dataset.cast_column(name, feature)
    file.parent.mkdir(parents=True, exist_ok=True)
    dataset.to_parquet(file)
    return len(rows)
