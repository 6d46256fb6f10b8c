"""Somebody's dataset as tasks: its columns mapped, its answers typed and taken as given. Must not know a phase or a cursor.

Which row comes at which place is a pure function of a seed and the place, so a resumed campaign goes on where it stopped.
Rows are counted from 1. Every row is read when the dataset is opened: one that cannot be asked is named then, and not
some hundred steps later. Only a picture that breaks off inside shows when it is decoded, which is when it is asked.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from mmzero.answers import written
from mmzero.recipe.sentences import mistake, one_line, show, suggest
from mmzero.recipe.tree import Dataset
from mmzero.types import GIVEN, Answer, Task, seed_of

if TYPE_CHECKING:
    import datasets

log = logging.getLogger(__name__)

_BUILDERS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".csv": "csv"}
_MOST_QUESTION = 100_000  # characters
_NAMED = 3  # bad rows that a message names one by one
_HOLE = re.compile(r"\{([\w.]+)\}")
_AT_ONCE = 64  # rows read together
_WORDS = ("text", "choice", "expression", "action")
_WIDE = {"boxes": 4, "points": 2, "interval": 2}


class Bad(ValueError):
    """Why a row cannot be asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row becomes, but for its pictures."""

    question: str
    answer: Answer
    family: str
    kind: str
    level: int
    scene: str


def task(name: str, source: Dataset, campaign: int, place: int, seed: int, put: Callable[[bytes], str]) -> Task | None:
    """The task at a place, counted over the campaign from 0. None for a picture that turns out to be broken where
    `bad_rows` are to be skipped."""
    rows = opened(source)
    epoch, at = divmod(place, len(rows.fit))
    order = _order(seed_of("rows", campaign, name, epoch), len(rows.fit)) if source.shuffle else range(len(rows.fit))
    row = rows.fit[order[at]]
    held = rows.row(row)
    asked = rows.asked(held)
    try:
        images = tuple(put(_png(picture)) for picture in rows.pictures(held))
    except Bad as error:
        said = f"row {row + 1} of {source.path} {error}"
        if source.bad_rows == "stop":
            raise mistake(f"{said}; mend or remove it, or set bad_rows: skip") from error
        log.warning("%s; it was left out", one_line(said))
        return None
    again = f"@{epoch}" if epoch else ""  # a step may hold an epoch's end and the next one's start
    return Task(
        id=f"{name}/{row + 1}{again}",
        family=asked.family or name,
        kind=asked.kind,
        level=asked.level,
        question=asked.question,
        images=images,
        answer=asked.answer,
        scene=asked.scene,
        source=name,
        seed=seed,
    )


@lru_cache(maxsize=8)
def _order(seed: int, n: int) -> Sequence[int]:
    return Random(seed).sample(range(n), n)


@lru_cache(maxsize=8)
def opened(source: Dataset) -> Rows:
    """The dataset with every row looked at once."""
    rows = Rows(source, _loaded(source))
    if not rows.fit:
        raise mistake(f"the dataset {source.path} has no row that can be asked; check its path, split and columns")
    return rows


def shown(source: Dataset) -> Iterator[tuple[str, list[bytes]]]:
    """What each row asks and shows, whether or not it says what is right."""
    rows = Rows(source, _loaded(source), answers=False)
    for number in rows.fit:
        row = rows.row(number)
        yield rows.question(row), rows.pictures(row)


def columns(source: Dataset) -> tuple[str, ...]:
    return tuple(_loaded(source).column_names)


class Rows:
    """`fit` are the numbers, from 0, of the rows that can be asked."""

    def __init__(self, source: Dataset, loaded: datasets.Dataset, answers: bool = True):
        self._source, self._loaded = source, loaded.with_format("arrow")  # as it is stored: no picture is decoded
        self._labels = _labels(loaded.features, source.columns.answer)
        self._folder = _folder(source)
        self._theirs = bool(_pictures_of(loaded.features.get(source.columns.images)))
        self._answers = answers  # whether what is right is asked for
        self._refuse_unknown_columns(loaded.column_names)
        self.fit = self._looked_at()

    def row(self, number: int) -> dict[str, Any]:
        return self._loaded[number].to_pylist()[0]

    def question(self, row: Mapping[str, Any]) -> str:
        return _filled(self._source.ask, row, self._source.columns.question)

    def asked(self, row: Mapping[str, Any]) -> Asked:
        columns = self._source.columns
        level = _at(row, columns.level, 0)
        if not isinstance(level, int) or isinstance(level, bool) or level < 0:
            raise Bad(f"has {show(level)} as its level, which must be a whole number from 0")
        return Asked(
            question=self.question(row),
            answer=self._answer(row),
            family=str(_at(row, columns.family, "")),
            kind=str(_at(row, columns.kind, "row")),
            level=level,
            scene=json.dumps({name: value for name, value in row.items() if name != columns.images}, default=_told),
        )

    def pictures(self, row: Mapping[str, Any]) -> list[bytes]:
        """The files of its pictures, unread by any decoder."""
        if self._source.columns.images is None:
            return []
        held = _at(row, self._source.columns.images, None)
        found = held if isinstance(held, list) else [] if held is None else [held]
        if not found:
            raise Bad("has no picture")
        if len(found) > self._source.most_images:
            raise Bad(f"has {len(found)} pictures, and most_images is {self._source.most_images}")
        return [self._file(one) for one in found]

    def _answer(self, row: Mapping[str, Any]) -> Answer:
        columns = self._source.columns
        said = _at(row, columns.answer, None)
        choices = _at(row, columns.choices, None) or ()
        if self._labels and isinstance(said, int):
            said, choices = self._labels[said] if 0 <= said < len(self._labels) else None, self._labels
        kind = _at(row, columns.answer_kind, self._source.answer)
        try:
            if not isinstance(choices, list | tuple):
                raise ValueError(f"its choices are {show(choices)}, which is no list")
            return answer_of(said, kind, tuple(choices))
        except (ValueError, TypeError) as error:
            raise Bad(f"has {show(said)} as its answer: {error}") from error

    def _file(self, picture: Any) -> bytes:
        """A picture as bytes, as datasets stores one, or as a path. A path leads nowhere but below the folder of pictures:
        a row may come from anybody."""
        stored = picture if isinstance(picture, dict) else {"bytes": None, "path": picture}
        if isinstance(picture, bytes) or isinstance(stored.get("bytes"), bytes):
            return picture if isinstance(picture, bytes) else stored["bytes"]
        path = stored.get("path")
        if not isinstance(path, str) or not path:
            raise Bad(f"has {show(picture)} as its picture, which is neither a file's bytes nor a path")
        where = Path(path) if self._theirs else (self._folder / path).resolve()
        if not self._theirs and not where.is_relative_to(self._folder):
            raise Bad(f"has its picture at {show(path)}, which is not below {self._folder}")
        try:
            return where.read_bytes()
        except (OSError, ValueError) as error:
            raise Bad(f"has its picture at {show(path)}, which cannot be read") from error

    def _looked_at(self) -> Sequence[int]:
        fit, bad, number = [], [], 0
        for part in self._loaded.iter(batch_size=_AT_ONCE):
            for row in part.to_pylist():
                try:
                    self.asked(row) if self._answers else self.question(row)
                    for picture in self.pictures(row):
                        _looked_into(picture)
                    fit.append(number)
                except Bad as error:
                    bad.append(f"row {number + 1} {error}")
                number += 1
        if not bad:
            return range(number)
        said = f"{len(bad)} of the {number} rows of {self._source.path} cannot be asked: " + "; ".join(bad[:_NAMED])
        said += "; …" if len(bad) > _NAMED else ""
        if self._source.bad_rows == "stop":
            raise mistake(f"{said}; mend them, or set bad_rows: skip")
        log.warning("%s", one_line(f"{said}; they are left out"))
        return fit

    def _refuse_unknown_columns(self, there: Sequence[str]) -> None:
        named = self._source.columns.model_dump(include=None if self._answers else {"question", "images"})
        holes = _HOLE.findall(self._source.ask)
        if "question" not in holes:
            del named["question"]
        named |= {f"{{{hole}}}": hole for hole in holes if hole != "question"}
        for field, column in named.items():
            if column is not None and column.split(".")[0] not in there:
                raise mistake(
                    f"the dataset {self._source.path} has no column '{column}', which {field} is to be read from;"
                    f" {suggest(column, there)}"
                )


# --- opening


def _loaded(source: Dataset) -> datasets.Dataset:
    import datasets

    datasets.disable_progress_bars()
    path = Path(source.path)
    if path.suffix in _BUILDERS and not path.is_file():
        raise mistake(f"there is no dataset {source.path}; check the path, which starts in the working folder")
    try:
        if path.is_file():
            if path.suffix not in _BUILDERS:
                raise mistake(f"{path} is no dataset; it must end in one of {', '.join(_BUILDERS)}, or be a folder")
            return datasets.load_dataset(_BUILDERS[path.suffix], data_files=str(path), split=source.split)
        if any((path / name).is_file() for name in ("state.json", "dataset_dict.json")):
            saved = datasets.load_from_disk(str(path))
            return saved[source.split] if isinstance(saved, datasets.DatasetDict) else saved
        return datasets.load_dataset(source.path, source.subset, split=source.split)
    except (OSError, ValueError, KeyError, datasets.exceptions.DatasetsError) as error:
        where = f"the dataset {source.path} (split {source.split})"
        raise mistake(f"{where} cannot be opened: {_cause(error)}; check its path, subset and split") from error


def _cause(error: BaseException) -> str:
    """What the reader of the file said, rather than who passed it on."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)[:300] or type(error).__name__


def _folder(source: Dataset) -> Path:
    path = Path(source.path)
    return Path(source.folder or (path if path.is_dir() else path.parent)).resolve()


def _labels(features: Mapping[str, Any], column: str) -> tuple[str, ...]:
    """The names behind a column of class numbers."""
    return tuple(getattr(features.get(column), "names", None) or ())


def _pictures_of(feature: Any) -> bool:
    """Whether datasets itself says that these are pictures, so that their paths are its own."""
    import datasets

    return isinstance(getattr(feature, "feature", feature), datasets.Image)


# --- rows


def _at(row: Mapping[str, Any], column: str | None, default: Any) -> Any:
    """What a row holds at `reward_model.ground_truth`; the default where no column is named or nothing is there."""
    found: Any = row if column else None
    for part in (column or "").split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return default if found is None else found


def _filled(ask: str, row: Mapping[str, Any], question: str) -> str:
    """The template with what the row holds; where pictures stand in the text is not for it to say."""
    holes = {hole: _at(row, question if hole == "question" else hole, None) for hole in _HOLE.findall(ask)}
    said = {hole: _text(value, hole) for hole, value in holes.items()}
    text = _HOLE.sub(lambda hole: said[hole[1]], ask).replace("<image>", "").strip()
    if not text or len(text) > _MOST_QUESTION:
        raise Bad("asks nothing" if not text else f"asks {len(text)} characters, more than {_MOST_QUESTION}")
    return text


def _text(value: Any, name: str) -> str:
    """Text, or the one turn of messages that is the user's."""
    if isinstance(value, list) and value and all(isinstance(turn, Mapping) for turn in value):
        turns = [turn.get("content") for turn in value if turn.get("role") == "user"]
        if len(turns) != 1 or len(value) != 1:
            raise Bad(f"has {len(value)} turns as its {name}, and only one of the user's can be asked")
        value = turns[0]
        if isinstance(value, list):
            value = "".join(part.get("text") or "" for part in value if isinstance(part, Mapping))
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise Bad(f"has {show(value)} as its {name}, which is no text")
    return str(value)


def _told(value: Any) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


# --- answers


def answer_of(said: Any, kind: str, choices: tuple[str, ...] = ()) -> Answer:
    """The cell as an answer of this kind: a value, or the text that stands for it ('1, 2, 3, 4; 5, 6, 7, 8' or JSON). A
    choice among nobody knows what is text, which is compared the same way."""
    if said is None or said == "":
        raise ValueError("there is none")
    if kind == "choice" and not choices:
        kind = "text"
    kept = tuple(map(str, choices)) if kind == "choice" else ()
    return Answer(kind=kind, value=_value(said, kind), warrant=GIVEN, choices=kept)


def _value(said: Any, kind: str) -> Any:
    if kind in _WORDS:
        return _words(said)
    if kind == "number":
        return _number(said)
    if kind in _WIDE:
        rows = _rows(said, _WIDE[kind])
        return _only(rows) if kind == "interval" else rows
    if kind in ("sequence", "set"):
        found = tuple(said) if isinstance(said, list) else tuple(one.strip() for one in str(said).split(","))
        return frozenset(found) if kind == "set" else found
    raise ValueError(f"an answer of kind '{kind}' cannot be read from a dataset")


def _words(said: Any) -> str:
    if not isinstance(said, str | int | float) or isinstance(said, bool) or not str(said).strip():
        raise ValueError("it must be text")
    if len(str(said)) > written.MOST_CHARACTERS:
        raise ValueError(f"it has more than {written.MOST_CHARACTERS} characters")
    return str(said).strip()


def _number(said: Any) -> int | float:
    if isinstance(said, int | float) and not isinstance(said, bool):
        return said
    value = written.number(said) if isinstance(said, str) else None
    if value is None:
        raise ValueError("it must be a number")
    return int(said) if said.strip().lstrip("+-").isdecimal() else value


def _rows(said: Any, wide: int) -> tuple[tuple[float, ...], ...]:
    """Rows of numbers. An empty list says that there is nothing, which an empty text leaves open."""
    found = written.rows(said, wide) or written.data(said) if isinstance(said, str) else said
    if (
        isinstance(found, list | tuple)
        and len(found) == wide
        and not any(isinstance(one, list | tuple) for one in found)
    ):
        found = [found]
    if not isinstance(found, list | tuple) or not all(isinstance(row, list | tuple) for row in found):
        raise ValueError(f"it must be rows of {wide} numbers")
    return tuple(tuple(map(_whole, row)) for row in found)


def _whole(number: Any) -> Any:
    """658.0 was written as 658, and both are read as the same number."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _only(rows: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    if len(rows) != 1:
        raise ValueError("it must be one start and one end")
    return rows[0]


# --- pictures


def _looked_into(picture: bytes) -> None:
    """Refuses what is no picture, without decoding it."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.verify()
    except Exception as error:  # whatever a decoder raises over a stranger's file, it is the file that is broken
        raise Bad(f"has a broken picture ({error})") from error


def _png(picture: bytes) -> bytes:
    """A PNG in colours or greys stays what it is, byte for byte; all else becomes one, turned as its camera says and on
    white where it can be seen through."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            if image.format == "PNG" and image.mode in ("RGB", "L", "P", "1") and not image.has_transparency_data:
                return picture
            upright = ImageOps.exif_transpose(image)
            if upright.has_transparency_data:
                seen = Image.new("RGBA", upright.size, "white")
                upright = Image.alpha_composite(seen, upright.convert("RGBA"))
            buffer = io.BytesIO()
            upright.convert("RGB").save(buffer, "PNG", compress_level=1)
            return buffer.getvalue()
    except Exception as error:  # as above
        raise Bad(f"has a broken picture ({error})") from error
