"""What answers with and without the picture say about a task that a model made: an alarm, not a judge. A solver that
cannot do a task yet must not delete it, so only answers that agree with each other and follow the picture count. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mmzero.answers import ballots, matches, written
from mmzero.gate.facts import Said
from mmzero.types import Answer

_LEAST = 3  # audited instances before a generator can be stopped
_SURE = 0.05  # how rarely luck may do as well


@dataclass(frozen=True, slots=True)
class Audit:
    """`flagged` are the places of instances whose answer is contradicted with confidence."""

    audited: int
    flagged: tuple[int, ...]

    @property
    def rate(self) -> float:
        return len(self.flagged) / max(self.audited, 1)

    def stops(self, most: float) -> bool:
        return self.audited >= _LEAST and self.rate > most


def audit(truths_I: Sequence[Answer], said_I: Sequence[Said], confident: float) -> Audit:
    heard = [(i, consensus(said, truth)) for i, (truth, said) in _heard(truths_I, said_I).items()]
    against = {
        i: answer
        for i, (answer, share) in heard
        if answer is not None and share >= confident and not matches(answer, truths_I[i])
    }
    looked = len({plain(answer) for answer in against.values()}) > 1 or len(heard) == 1
    # Whoever says the same to every picture contradicts most of them without having looked.
    return Audit(audited=len(heard), flagged=tuple(against) if looked else ())


def _heard(truths_I: Sequence[Answer], said_I: Sequence[Said]) -> dict[int, tuple[Answer, Said]]:
    """Instances that anybody was asked about, by their place; an engine may have lost some."""
    both = zip(truths_I, said_I, strict=True) if said_I else ()
    return {i: (truth, said) for i, (truth, said) in enumerate(both) if said}


def consensus(said: Said, truth: Answer) -> tuple[str | None, float]:
    """The answer that most others agree with, and the share of all that do; no answer agrees with nothing."""
    given = [one for one in said if one]
    if not given:
        return None, 0.0
    counts = [sum(_agree(one, other, truth) for other in given) for one in given]
    best = max(range(len(given)), key=counts.__getitem__)
    return given[best], counts[best] / len(said)


def _agree(one: str, other: str, truth: Answer) -> bool:
    numbers = written.number(one), written.number(other)
    if truth.kind == "number" and None not in numbers:
        return abs(numbers[0] - numbers[1]) <= truth.tolerance
    return plain(one) == plain(other)


@lru_cache(maxsize=65_536)
def plain(answer: str) -> str:
    number = written.number(answer)
    return written.plain(answer) if number is None else f"{number:g}"


def blind_rate(truths_I: Sequence[Answer], said_I: Sequence[Said]) -> tuple[float, float, float]:
    """How often answers without the picture are right, how often guessing would be, and how likely guessing would
    solve as many instances."""
    from scipy.special import bdtrc

    heard = _heard(truths_I, said_I).values()
    rates = [sum(matches(one, truth) for one in said) / len(said) for truth, said in heard]
    chance = luck(truths_I)
    solved = sum(rate > 0.5 for rate in rates)
    return sum(rates) / len(rates), chance, float(bdtrc(solved - 1, len(rates), chance)) if solved else 1.0


def luck(truths_I: Sequence[Answer]) -> float:
    """What a guess gets right: one of the choices, or one of the answers that come up."""
    chances = [1 / len(truth.choices) for truth in truths_I if truth.choices]
    if len(chances) == len(truths_I):
        return sum(chances) / len(chances)
    return 1 / len({truth.text for truth in truths_I})


def guessable(truths_I: Sequence[Answer], said_I: Sequence[Said], most: float) -> str:
    """Why a generator's questions need no picture, or nothing."""
    return guessed(*blind_rate(truths_I, said_I), most) if _heard(truths_I, said_I) else ""


def guess_rate(label: str, seen: Said, blind: Said, elsewhere: Said) -> tuple[float, float, float]:
    """Of one question whose answer was voted: how often answers without the picture say the same, how often luck would,
    and how likely luck would as often. Luck says one of the answers that come up, or what is said without a picture to
    other questions too: who always says 2 is no judge of a 2."""
    from scipy.special import bdtrc

    habit = sum(_same(one, label) for one in elsewhere) / max(len(elsewhere), 1)
    heard = {plain(one) for one in (*seen, *blind, label) if one}
    chance = max(1 / max(len(heard), 2), habit)
    agree = sum(ballots.alike(one, label) for one in blind)
    return agree / len(blind), chance, float(bdtrc(agree - 1, len(blind), chance)) if agree else 1.0


def _same(one: str | None, label: str) -> bool:
    return one is not None and plain(one) == plain(label)


def guessed(rate: float, chance: float, odds: float, most: float) -> str:
    """Why a question needs no picture, or nothing. `most` is a share of the way from luck to certainty."""
    if rate <= chance + (1 - chance) * most or odds >= _SURE:
        return ""
    return f"{rate:.0%} of answers without the picture are right, where luck gives {chance:.0%}"
