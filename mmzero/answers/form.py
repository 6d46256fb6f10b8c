"""Whether a response keeps a form. Must not know what was asked or whether the answer is right."""

from __future__ import annotations

import re

_MARKS = ("<think>", "</think>", "<answer>", "</answer>")
_THINK_ANSWER = re.compile(r"\s*<think>.*?</think>\s*<answer>.*?</answer>\s*", re.DOTALL)
_BOXED = "\\boxed{"
QUICK = 4  # words that a glance may take: "at a glance."


def think_answer(response: str) -> bool:
    """`<think>…</think><answer>…</answer>`, each mark once."""
    return all(response.count(mark) == 1 for mark in _MARKS) and _THINK_ANSWER.fullmatch(response) is not None


def said_last(response: str) -> str:
    """From the last mark that opens thinking on: of answers that went on after one, the last."""
    return response[max(response.rfind(_MARKS[0]), 0) :]


def thought(response: str) -> str:
    """What stands between the first mark of thinking and its end, or the end of all where it was cut off."""
    _, opened, rest = response.partition("<think>")
    return rest.partition("</think>")[0].strip() if opened else ""


def thinks(response: str, quick: int = QUICK) -> bool:
    """Whether it was thought about at more than `quick` words."""
    return len(thought(response).split(maxsplit=quick + 1)) > quick


def think_boxed(response: str) -> bool:
    """`<think>…</think>` first, and after it exactly one \\boxed{…} whose braces close."""
    opening, closing = (response.count(mark) for mark in _MARKS[:2])
    before, _, after = response.partition("</think>")
    if opening != 1 or closing != 1 or not before.lstrip().startswith("<think>"):
        return False
    return after.count(_BOXED) == 1 and boxed(after) is not None


def boxed(text: str) -> str | None:
    """What stands in the last \\boxed{…}; None where there is none or its braces do not close."""
    at = text.rfind(_BOXED)
    if at < 0:
        return None
    depth = 0
    for brace in re.finditer(r"\\\\|\\?[{}]", text[at + len(_BOXED) :]):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth < 0:
            return text[at + len(_BOXED) : at + len(_BOXED) + brace.start()].strip()
    return None
