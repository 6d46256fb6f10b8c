"""How near one number is to another. What is no number, or more than one, earns nothing."""

from mmzero.answers import written
from mmzero.types import Answer

_SHARES = tuple(range(50, 100, 5))  # hundredths that must be right


def tolerance(answer: str | None, truth: Answer, within: float | None = None) -> float:
    """1 where it is off by `within` at most; by the truth's own tolerance, if nothing else is said."""
    said = written.number(answer)
    allowed = truth.tolerance if within is None else within
    return float(said is not None and abs(said - _value(truth)) <= allowed)


def decimals(answer: str | None, truth: Answer, places: int = 2) -> float:
    """1 where both are the same number once rounded to so many decimals."""
    said = written.number(answer)
    return float(said is not None and round(said, places) == round(_value(truth), places))


def relative(answer: str | None, truth: Answer) -> float:
    """1 less the error's share of the truth, 0 at least. Beside a truth of 0 only 0 is near."""
    said = written.number(answer)
    return 0.0 if said is None else max(0.0, 1.0 - _off(said, _value(truth)))


def mean_relative_accuracy(answer: str | None, truth: Answer) -> float:
    """In how many of ten strictnesses it passes: right by 50, 55, … 95 hundredths."""
    said = written.number(answer)
    if said is None:
        return 0.0
    off = 100.0 * _off(said, _value(truth))  # in hundredths, because 1 - 0.95 is a little more than 0.05
    return sum(off < 100 - share for share in _SHARES) / len(_SHARES)


def _off(said: float, there: float) -> float:
    if said == there:
        return 0.0
    return abs(said - there) / abs(there) if there else float("inf")


def _value(truth: Answer) -> float:
    if truth.kind != "number":
        raise ValueError(f"the truth is of kind {truth.kind} and this reward compares numbers; use another reward")
    return float(truth.value)
