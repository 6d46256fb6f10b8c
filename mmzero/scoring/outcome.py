"""What one call of a reward came to for one answer: a number with parts, nothing to say, or an error by name. Must not
know who was called, nor how."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mmzero.recipe.sentences import one_line, show

TOTALS = ("reward", "value", "score", "overall")  # where a mapping may keep its number: ours, verl's, EasyR1's
_MOST_PARTS = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """`value` None without an `error`: the reward does not apply to this answer. `said` is what it named in words, such
    as how an answer was read."""

    value: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


def failed(what: str) -> Outcome:
    return Outcome(error=one_line(what))


def raised(error: BaseException) -> Outcome:
    return failed(f"raised {type(error).__name__}: {str(error)[:300]}" if str(error) else f"raised {error!r}")


def read(returned: Any) -> Outcome:
    """A number, None, a mapping that holds one, or a number and its named parts."""
    if isinstance(returned, Mapping):
        return _named(returned, next((name for name in TOTALS if name in returned), None))
    if isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], Mapping):
        return _with_parts(returned[0], returned[1])
    if hasattr(returned, "parts") and hasattr(returned, "value"):
        return _with_parts(returned.value, returned.parts)
    return _number(returned)


def read_verl(returned: Any) -> Outcome:
    """As verl takes it: a mapping's score, else a number, else the first of several."""
    if isinstance(returned, Mapping):
        return _named(returned, "score")
    if isinstance(returned, list | tuple) and returned:
        return _number(returned[0])
    return _number(returned)


def read_easyr1(returned: Any) -> Outcome:
    return _named(returned, "overall") if isinstance(returned, Mapping) else failed(_no("mapping", returned))


def read_trl(returned: Any) -> Outcome:
    """TRL writes None as nan, so a nan does not apply either; but who returned one is told."""
    if isinstance(returned, float) and math.isnan(returned):
        return Outcome(said={"value": "nan, which TRL takes for None"})
    return _number(returned)


def listed(returned: Any, n: int) -> list[Any] | Outcome:
    """The entries of a call that was shown n answers, or why they cannot be told apart."""
    if isinstance(returned, str | bytes | Mapping) or not isinstance(returned, Iterable):
        return failed(f"{_no('list', returned)}, for {n} answers")
    entries = list(returned)
    return entries if len(entries) == n else failed(f"returned {len(entries)} values for {n} answers")


def _named(returned: Mapping[Any, Any], total: str | None) -> Outcome:
    if total is None or total not in returned:
        wanted = f"'{total}'" if total else " or ".join(f"'{name}'" for name in TOTALS)
        return failed(f"returned a mapping without {wanted}")
    return _with_parts(returned[total], {name: value for name, value in returned.items() if name != total})


def _with_parts(value: Any, parts: Any) -> Outcome:
    outcome = _number(value)
    if outcome.error or not isinstance(parts, Mapping):
        return outcome if outcome.error else failed(_no("mapping of parts", parts))
    numbers, said = {}, {}
    for name, part in list(parts.items())[:_MOST_PARTS]:
        one = _number(part)
        if one.value is not None:
            numbers[one_line(str(name))[:64]] = one.value
        elif part is not None:  # words, or what is no finite number: shown, and averaged with nothing
            said[one_line(str(name))[:64]] = one_line(part if isinstance(part, str) else show(part))[:200]
    return Outcome(outcome.value, numbers, said)


def _number(value: Any) -> Outcome:
    if value is None:
        return Outcome()
    try:
        if not isinstance(value, int | float) and hasattr(value, "item"):
            value = value.item()  # a numpy scalar, or an array or tensor of one number
        if not isinstance(value, int | float):
            return failed(_no("number", value))
        number = float(value)
    except OverflowError:
        number = math.inf
    except (ValueError, TypeError, RuntimeError):  # an array of several
        return failed(_no("number", value))
    return Outcome(number) if math.isfinite(number) else failed(f"returned {show(value)}, which is no finite number")


def _no(wanted: str, value: Any) -> str:
    return f"returned {show(value)}, no {wanted}"
