"""The response keeps the form `<think>…</think><answer>…</answer>`, each mark once, or that of a boxed answer."""

from mmzero.answers import form


def think_answer(response: str) -> float:
    return float(form.think_answer(response))


def last(response: str) -> float:
    """The same of the last answer alone, for answers that are made to go on: what they said before is not asked."""
    return float(form.think_answer(form.said_last(response)))


def boxed(response: str) -> float:
    """`<think>…</think>` and after it exactly one \\boxed{…}."""
    return float(form.think_boxed(response))
