"""What was admitted before, and what is kept out of training: each task by its wording, its scene, its answer and its
look, so that a copy is known again. Pure; knows no file and no journal."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from mmzero import alike
from mmzero.roles import coder, open_proposer
from mmzero.roles.generator import FAMILY, Instance
from mmzero.types import Task

KEEP = 32_768  # prints; a megabyte of looks


@dataclass(frozen=True, slots=True)
class Print:
    """One task as it is remembered. `look` is empty where there was no picture, `scene` where there was no scene."""

    question: str  # its template
    answer: str = ""
    scene: str = ""  # a hash
    look: bytes = b""


@dataclass(frozen=True, slots=True)
class Memory:
    prints: tuple[Print, ...] = ()

    def after(self, prints: Iterable[Print], keep: int = KEEP) -> Memory:
        """Each once: a task that is asked again was admitted before."""
        return Memory(tuple(dict.fromkeys((*self.prints, *prints)))[-keep:])

    def templates(self) -> Mapping[str, int]:
        """How often each wording was admitted: what a reward is shown."""
        return Counter(one.question for one in self.prints)

    def copied(self, print: Print, near: float) -> str:
        """Why a task is a copy of a remembered one, or nothing. Pictures of one sort often look alike and questions
        about different pictures often read alike: it takes the picture and one thing more."""
        likeness, same = self._beside(print)
        for i in np.flatnonzero(likeness >= near):
            if alike.wording(self.prints[i].question, print.question) >= near:
                return "the same question about a picture that looks the same"
        for i in np.flatnonzero(same & (likeness >= near)):
            if self.prints[i].answer == print.answer:
                return "the same picture and answer, asked in other words"
        for known in self.prints:
            if known.scene == print.scene and alike.wording(known.question, print.question) >= near:
                return "the same question about the same scene"
        return ""

    def holds(self, print: Print, near: float) -> str:
        """Why a task is one of these, where each was put here to be kept out: its picture alone is enough, or its
        question where it has no picture."""
        likeness, same = self._beside(print)
        if (same & (likeness >= near)).any():
            return "its picture"
        for known, like in zip(self.prints, likeness, strict=True):
            if (like >= near or not known.look) and alike.wording(known.question, print.question) >= near:
                return "its question"
        return ""

    def _beside(self, print: Print) -> tuple[np.ndarray, np.ndarray]:
        """How like each remembered picture is to this one, and whether hardly a bit differs; a picture that is not there
        is like none."""
        if not self.prints or not print.look:
            return np.full(len(self.prints), -1.0), np.zeros(len(self.prints), bool)
        there = np.array([bool(one.look) for one in self.prints])
        blank = bytes(len(print.look))
        looks = np.frombuffer(b"".join(one.look or blank for one in self.prints), dtype=np.uint64)
        looks, look = looks.reshape(len(there), -1), np.frombuffer(print.look, dtype=np.uint64)
        return np.where(there, alike.likeness(look, looks), -1.0), there & (alike.apart(look, looks) <= alike.NEAR)


def printed(instance: Instance) -> Print:
    return Print(alike.template(instance.question), instance.answer.text, _hash(instance.scene), instance.look)


def pictured(task: Task) -> Print:
    """Of a question about one picture: its answer is what its author believes, since nobody knows it."""
    idea, look = open_proposer.from_scene(task.scene), open_proposer.look(task.scene)
    return Print(alike.template(task.question), idea.hard_answer, _hash(idea.caption), bytes.fromhex(look))


def prints_of(tasks: Iterable[Task]) -> Iterator[Print]:
    """Of tasks that were minted from generators, and of hard questions about pictures, as they were committed."""
    for task in tasks:
        if task.family == coder.PICTURE and task.kind == coder.HARD:
            yield pictured(task)
        elif task.family == FAMILY:
            about = json.loads(task.scene)
            scene = json.dumps(about["scene"], sort_keys=True, separators=(",", ":"))
            look = bytes.fromhex(about["look"])
            yield Print(alike.template(task.question), task.answer.text, _hash(scene), look)


def _hash(scene: str) -> str:
    return hashlib.sha256(scene.encode("utf8", "replace")).hexdigest()[:32]
