"""`<think>…</think><answer>…</answer>`: the form every role answers in, written and read in this one place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mmzero.answers import form
from mmzero.answers.restated import restated
from mmzero.types import THOUSANDTHS, Rollout

_FORM = re.compile(r"\s*<think>(?P<thought>.*?)</think>\s*<answer>(?P<answer>.*?)</answer>\s*", re.DOTALL)
_MARKS = ("<think>", "</think>", "<answer>", "</answer>")
_LAST = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """`answer` is None where none could be found; `formed` is whether the whole response has the form."""

    thought: str
    answer: str | None
    formed: bool


def write(thought: str, answer: str) -> str:
    return f"<think>{thought}</think><answer>{answer}</answer>"


def read(response: str) -> Reply:
    """The last answer stands, so a model that corrects itself is heard; whether it kept the form is another question.
    Where no answer is marked, one that stands in a box is heard: models of mathematics were taught to write it so."""
    # A second answer hidden in the first would make "the answer" depend on who reads it. And it is asked first: on a
    # response of nothing but marks the search for the form takes seconds.
    once = all(response.count(mark) == 1 for mark in _MARKS)
    if once and (whole := _FORM.fullmatch(response)):
        return Reply(whole["thought"].strip(), whole["answer"].strip(), True)
    answers = _LAST.findall(response)
    return Reply("", answers[-1].strip() if answers else form.boxed(response), False)


def said(rollout: Rollout) -> str | None:
    """What a rollout answers, with its boxes and points in thousandths, as truths are, whatever it counted them in. What lay
    outside its picture lies outside it still."""
    answer = read(rollout.text).answer
    if rollout.extent == THOUSANDTHS:
        return answer
    return restated(answer, tuple(whole / own for whole, own in zip(THOUSANDTHS, rollout.extent, strict=True)))
