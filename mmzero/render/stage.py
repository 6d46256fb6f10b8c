"""What a confined program plays on: its names, its log, and what comes back as bytes.

Nothing here protects anything: a program may change all of it, in its own process, and gains nothing. What it hands
over is judged by the pool.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mmzero.render import capture, drawer, sameness

if TYPE_CHECKING:
    from PIL import Image

OK, CODE_ERROR, NO_IMAGE, TOO_BIG, MEMORY = 0, 10, 11, 12, 13  # what a child exits with
HEADER = struct.Struct("<4sIII")  # magic, width, height, bytes of JSON after the pixels
MAGIC = b"MMZ1"
REASON_BYTES = 1024  # at the end of the log, kept for the error
_SOURCE = "<drawing>"
_GENERATOR = ("scene", "draw", "answer")


@dataclass(frozen=True, slots=True)
class Limits:
    max_pixels: int
    log_bytes: int
    json_bytes: int


def install() -> None:
    """Once, in the zygote, after the libraries are loaded."""
    from mmzero.render import turtle

    capture.install()
    drawer.install()
    sameness.install()
    sys.modules["turtle"] = turtle


def play(job: dict[str, Any], code: bytes, limits: Limits, picture: int, log: int) -> int:
    """The status to exit with; the picture, and the line of an error, are in the two files."""
    capture.begin(limits.max_pixels)
    sys.stdout = sys.stderr = _Log(log, limits.log_bytes)
    try:
        drawn, facts = _draw(job, code.decode("utf8", "replace"))
        _hand_over(picture, drawn, facts, limits.json_bytes)
        return OK
    except BaseException as error:
        _complain(log, limits.log_bytes, error)
        return _status(error)


def _status(error: BaseException) -> int:
    kinds = ((capture.TooBig, TOO_BIG), (capture.NoImage, NO_IMAGE), (MemoryError, MEMORY))
    return next((status for kind, status in kinds if isinstance(error, kind)), CODE_ERROR)


def _complain(log: int, at: int, error: BaseException) -> None:
    """Where the program failed and how, though its text may be as long or as strange as it likes."""
    try:
        text = str(error)[:800]
    except BaseException:
        text = "its message cannot be shown"
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == _SOURCE else 0
    trace = error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == _SOURCE else line
        trace = trace.tb_next
    where = f" at line {line}" if line else ""
    said = f"{type(error).__name__}{where}: {text}".encode("utf8", "replace")[:REASON_BYTES]
    os.pwrite(log, said.ljust(REASON_BYTES, b"\0"), at)


class _Log:
    """Text to the log while there is room; more is dropped, since a program that talks much may still draw well."""

    encoding, errors, closed = "utf8", "replace", False

    def __init__(self, descriptor: int, room: int):
        self._descriptor, self._room = descriptor, room

    def write(self, text: str) -> int:
        data = text.encode("utf8", "replace")[: self._room]
        self._room -= len(data)
        if data:
            os.write(self._descriptor, data)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True


def _draw(job: dict[str, Any], code: str) -> tuple[Image.Image, dict[str, Any]]:
    if job["kind"] == "svg":
        from mmzero.render import svg

        return svg.draw(code, capture.fitting), {}
    names = {"__name__": "__main__", "output_path": capture.OUTPUT}
    sameness.begin(job["seed"])
    try:
        exec(compile(code, _SOURCE, "exec", dont_inherit=True), names)
    except SystemExit as ended:
        if ended.code not in (None, 0):
            raise
    return _instance(names, job) if job["kind"] == "generator" else (capture.collected(names), {})


def _instance(names: dict[str, Any], job: dict[str, Any]) -> tuple[Image.Image, dict[str, Any]]:
    """One scene of a generator. Each function begins with the same draws and gets a scene of its own as plain JSON."""
    if missing := [name for name in _GENERATOR if not callable(names.get(name))]:
        raise NameError(f"a generator defines scene(seed), draw(scene) and answer(scene); {missing[0]} is missing")

    def called(name: str, given: object) -> object:
        sameness.begin(job["seed"])
        return names[name](given)

    given = job["scene_json"]
    scene = _json(called("scene", job["seed"])) if given is None else given
    facts = {"scene": json.loads(scene), "answer": called("answer", json.loads(scene))}
    if callable(names.get("question")):
        facts["question"] = called("question", json.loads(scene))
        if not isinstance(facts["question"], str):
            raise TypeError(f"question(scene) gives text, not {type(facts['question']).__name__}")
    capture.forget()
    returned = called("draw", json.loads(scene))
    drawn = capture.picture_of(returned)
    return drawn or capture.collected({}), facts


def _json(value: object) -> str:
    """A scene may hold numpy's numbers; what else JSON has not is an error."""
    return json.dumps(value, allow_nan=False, default=lambda other: other.tolist())


def _hand_over(descriptor: int, drawn: Image.Image, facts: dict[str, Any], json_bytes: int) -> None:
    capture.check(*drawn.size)
    said = _json(facts).encode()
    with_texts = _json(facts | {"written": capture.texts()}).encode()
    if len(said) > json_bytes:
        raise ValueError(f"scene, question and answer take {len(said)} bytes, over the limit of {json_bytes}")
    said = with_texts if len(with_texts) <= json_bytes else said
    at = HEADER.size
    for piece in (memoryview(capture.on_white(drawn).tobytes()), memoryview(said)):
        while piece:
            written = os.pwrite(descriptor, piece, at)
            piece, at = piece[written:], at + written
    os.pwrite(descriptor, HEADER.pack(MAGIC, *drawn.size, len(said)), 0)
