"""Every row of a dataset looked at once: which can be asked, which are bad, which another set has too. Must not know a
campaign's seed or which row comes when."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmzero.recipe.sentences import mistake, one_line, show, suggest
from mmzero.recipe.tree import Dataset
from mmzero.sources.dataset import opening, places
from mmzero.sources.dataset.cells import HOLE, Bad, answer_of, at, filled, response_of, told
from mmzero.sources.dataset.pictures import fingerprint, looked_into
from mmzero.types import Answer

if TYPE_CHECKING:
    import datasets

log = logging.getLogger(__name__)

_NAMED = 3  # bad rows that a message names one by one
_AT_ONCE = 64  # rows read together


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row becomes, but for its pictures."""

    question: str
    answer: Answer
    family: str
    kind: str
    level: int
    scene: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What a set can be told by: hashes of its pictures' pixels and of its questions."""

    image: frozenset[str] = field(default_factory=frozenset)
    question: frozenset[str] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.image or self.question)


class Rows:
    """`fit` are the numbers, from 0, of the rows that can be asked; `bad` and `shared` count the others. `digest` is a hash
    of all that was read, wherever it lies."""

    def __init__(self, source: Dataset, loaded: datasets.Dataset, apart: Marks, answers: bool = True):
        """`answers`: whether what is right is asked for, too."""
        self._source, self._loaded = source, loaded.with_format("arrow")  # as it is stored: no picture is decoded
        self._mixed = {name: one for name, one in loaded.features.items() if "Json" in repr(one)}
        self._labels = opening.labels(loaded.features, source.columns.answer)
        self._folder = opening.folder(source)
        self._theirs = bool(opening.holds_pictures(loaded.features.get(source.columns.images)))
        self._answers = answers
        self._refuse_unknown_columns(loaded.column_names)
        self.bad = self.shared = 0
        self._read = sha256(repr(self._labels).encode())
        self.fit = self._looked_at(apart)
        self.digest = self._read.hexdigest()

    def row(self, number: int) -> dict[str, Any]:
        return self._said(self._loaded[number].to_pylist()[0])

    def _said(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return row | {name: opening.as_written(row[name], feature) for name, feature in self._mixed.items()}

    def read(self, row: Mapping[str, Any]) -> tuple[Asked, list[bytes]]:
        """What is asked, and the files of the pictures, unread by any decoder."""
        columns = self._source.columns
        level = at(row, columns.level, 0)
        if not isinstance(level, int) or isinstance(level, bool) or level < 0:
            raise Bad(f"has {show(level)} as its level, which must be a whole number from 0")
        question, answer = self._question(row), self._answer(row)
        if columns.response:
            response_of(columns, row)
        pictures = self._pictures(row)
        sizes = [looked_into(picture) for picture in pictures]
        asked = Asked(
            question=question,
            answer=places.placed(answer, self._source.boxes, sizes),
            family=str(at(row, columns.family, "")),
            kind=str(at(row, columns.kind, "row")),
            level=level,
            scene=json.dumps(self._unpictured(row), default=told),
        )
        return asked, pictures

    def shown(self, row: Mapping[str, Any]) -> tuple[str, list[bytes]]:
        """What is asked and shown, whatever is right."""
        pictures = self._pictures(row)
        for picture in pictures:
            looked_into(picture)
        return self._question(row), pictures

    def _question(self, row: Mapping[str, Any]) -> str:
        return filled(self._source.asks, row, self._source.columns.question)

    def _seen(self, row: Mapping[str, Any]) -> tuple[str, list[bytes]]:
        """Refuses a row that cannot be asked."""
        if not self._answers:
            return self.shown(row)
        asked, pictures = self.read(row)
        return asked.question, pictures

    def marks(self) -> Marks:
        held = [self._marks(*self.shown(self.row(number))) for number in self.fit]
        return Marks(*(frozenset().union(*kind) for kind in zip(*held, strict=True)))

    @staticmethod
    def _marks(question: str, pictures: Sequence[bytes]) -> tuple[set[str], set[str]]:
        plain = " ".join(question.casefold().split())
        return set(map(fingerprint, pictures)), {sha256(plain.encode()).hexdigest()}

    def _is_shared(self, question: str, pictures: Sequence[bytes], apart: Marks) -> bool:
        image, words = self._marks(question, pictures)
        by = self._source.apart_by
        return bool(("image" in by and image & apart.image) or ("question" in by and words & apart.question))

    def _pictures(self, row: Mapping[str, Any]) -> list[bytes]:
        if self._source.columns.images is None:
            return []
        held = at(row, self._source.columns.images, None)
        found = held if isinstance(held, list) else [] if held is None else [held]
        if not found:
            raise Bad("has no picture")
        if len(found) > self._source.most_images:
            raise Bad(f"has {len(found)} pictures, and most_images is {self._source.most_images}")
        return [self._file(one) for one in found]

    def _answer(self, row: Mapping[str, Any]) -> Answer:
        columns = self._source.columns
        said = at(row, columns.answer, None)
        choices = at(row, columns.choices, None) or ()
        if self._labels and isinstance(said, int):
            said, choices = self._labels[said] if 0 <= said < len(self._labels) else None, self._labels
        kind = at(row, columns.answer_kind, self._source.answer)
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

    def _looked_at(self, apart: Marks) -> Sequence[int]:
        fit, bad, number = [], [], 0
        for part in self._loaded.iter(batch_size=_AT_ONCE):
            for row in map(self._said, part.to_pylist()):
                became, pictures = "fit", []
                try:
                    question, pictures = self._seen(row)
                    if apart and self._is_shared(question, pictures, apart):
                        became, self.shared = "shared", self.shared + 1
                    else:
                        fit.append(number)
                except Bad as error:
                    became = "bad"
                    bad.append(f"row {number + 1} {error}")
                self._digest(became, row, pictures)
                number += 1
        self.bad = len(bad)
        if self.shared:
            log.warning(
                "%d of the %d rows of %s are also in %s; they are left out",
                self.shared, number, self._source.path, self._source.apart_from,
            )  # fmt: skip
        if bad:
            self._say_what_is_bad(bad, number)
        return range(number) if len(fit) == number else fit

    def _digest(self, became: str, row: Mapping[str, Any], pictures: Sequence[bytes]) -> None:
        hashes = [sha256(picture).hexdigest() for picture in pictures]
        self._read.update(json.dumps([became, self._unpictured(row), hashes], default=told).encode())

    def _unpictured(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name != self._source.columns.images}

    def _say_what_is_bad(self, bad: Sequence[str], number: int) -> None:
        said = f"{len(bad)} of the {number} rows of {self._source.path} cannot be asked: " + "; ".join(bad[:_NAMED])
        said += "; …" if len(bad) > _NAMED else ""
        if self._source.bad_rows == "stop":
            raise mistake(f"{said}; mend them, or set bad_rows: skip")
        log.warning("%s", one_line(f"{said}; they are left out"))

    def _refuse_unknown_columns(self, there: Sequence[str]) -> None:
        named = self._source.columns.model_dump(include=None if self._answers else {"question", "images"})
        holes = HOLE.findall(self._source.ask)
        if "question" not in holes:
            del named["question"]
        named |= {f"{{{hole}}}": hole for hole in holes if hole != "question"}
        for name, column in named.items():
            if column is not None and column.split(".")[0] not in there:
                raise mistake(
                    f"the dataset {self._source.path} has no column '{column}', which {name} is to be read from;"
                    f" {suggest(column, there)}"
                )
