"""Thinking that knows when: it is worth its price where a glance does not suffice, and only there. Called with `per: group`."""

from collections.abc import Sequence

from mmzero.answers import form, matches
from mmzero.types import Answer

Earned = tuple[float, dict[str, float]]


def where_it_pays(
    response: Sequence[str],
    answer: Sequence[str | None],
    truth: Sequence[Answer],
    quick: int = form.QUICK,
    price: float = 0.5,
) -> list[Earned]:
    """What is right and in form earns 1, less a price where it was thought about at more than `quick` words: as large a
    share of `price` as siblings were right at a glance. Where no sibling was, thinking costs nothing."""
    if not 0 <= price < 1:
        raise ValueError(
            f"price is {price}; it must be 0 or more and less than 1, or a wrong glance would beat thinking"
        )
    thinks = [form.thinks(one, quick) for one in response]
    right = [
        form.think_answer(said) and matches(one, true) for said, one, true in zip(response, answer, truth, strict=True)
    ]
    glances = [good for good, thought in zip(right, thinks, strict=True) if not thought]
    suffices = sum(glances) / len(glances) if glances else 0.0
    return [
        (
            good * (1.0 - price * suffices * thought),
            {"thinks": float(thought), "right": float(good), "glance": suffices},
        )
        for good, thought in zip(right, thinks, strict=True)
    ]
