"""How long a response is, in tokens."""

import math

from mmzero.answers import matches
from mmzero.types import Answer


def overlong(length: int, most: int, ramp: int) -> float:
    """0 up to `most` - `ramp` tokens, down to -1 at `most` in a straight line, -1 beyond: DAPO's soft punishment."""
    if not 0 < ramp <= most:
        raise ValueError(f"ramp is {ramp} and most {most}; ramp must be above 0 and at most most")
    return max(-1.0, min(0.0, (most - ramp - length) / ramp))


def cosine(
    answer: str | None,
    truth: Answer,
    length: int,
    most: int,
    right: tuple[float, float] = (1.0, 0.5),
    wrong: tuple[float, float] = (0.0, -0.5),
) -> float:
    """From the first value of a pair at no length to the second at `most`, along half a cosine; which pair, its own
    correctness decides."""
    first, last = right if matches(answer, truth) else wrong
    return last + 0.5 * (first - last) * (1.0 + math.cos(math.pi * min(length, most) / most))
