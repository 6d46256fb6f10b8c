"""How many: said as a number, or shown by as many points."""

from mmzero.answers import points, written
from mmzero.types import Answer


def exact(answer: str | None, truth: Answer, decay: float = 1.0) -> float:
    """1 for the right number; each one off takes away `decay`, which is everything unless the recipe says less."""
    return _near(written.number(answer), truth, decay)


def by_points(answer: str | None, truth: Answer, decay: float = 1.0) -> tuple[float, dict[str, float | str]]:
    """The same of how many points were said; where they lie is another reward's."""
    said = points.read(answer)
    count = None if said is None else len(said)
    return _near(count, truth, decay), {"said": float(count or 0), "read": "unreadable" if said is None else "read"}


def _near(said: float | None, truth: Answer, decay: float) -> float:
    there = truth.value if truth.kind == "number" else len(truth.value) if truth.kind in ("points", "boxes") else None
    if there is None:
        raise ValueError(f"the truth is of kind {truth.kind} and cannot be counted; use another reward")
    return 0.0 if said is None or said != int(said) else max(0.0, 1.0 - decay * abs(said - there))
