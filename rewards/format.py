"""The response keeps the form `<think>…</think><answer>…</answer>`, each mark once."""

import re

_FORM = re.compile(r"\s*<think>.*?</think>\s*<answer>.*?</answer>\s*", re.DOTALL)


def think_answer(response: str) -> float:
    once = all(response.count(mark) == 1 for mark in ("<think>", "</think>", "<answer>", "</answer>"))
    return float(once and _FORM.fullmatch(response) is not None)
