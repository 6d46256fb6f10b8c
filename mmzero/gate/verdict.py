"""The gate's word on a generator, and on a picture's question that was put to the vote: a pure function of what was found
out about it, of what was admitted before, and of the recipe's bar. Every reason can be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

import numpy as np

from mmzero.answers import matches
from mmzero.gate import leaks
from mmzero.gate.audit import audit, guess_rate, guessable, guessed
from mmzero.gate.facts import Facts, Said
from mmzero.gate.memory import Memory, Print, printed
from mmzero.recipe.tree import Gate
from mmzero.roles.generator import Instance
from mmzero.types import Answer, Rejection

REASONS = {
    "unstable": "the same scene gives another picture, question or answer",
    "seed_only": "the scene holds nothing but the seed, so nobody can see what the answer hangs on",
    "constant": "every scene has the same answer",
    "loose": "a near miss is taken for the answer",
    "unseen": "the answer changes and the picture does not",
    "leaked": "the answer stands in the question, or is written into a picture that is not for reading",
    "duplicate": "it makes what an admitted generator makes",
    "contaminated": "it makes what is to be kept out of training",
    "blind": "the question can be answered without the picture",
    "contradicted": "the solver, with confidence, sees something else",
}  # besides the sandbox's own statuses and what roles.generator refuses

_VISIBLE = 24  # levels of 255 by which a pixel has to change to be seen
_LEAST_PIXELS = 4
_MOST_LOOSE = 0.25  # share of other instances' answers that one's tolerance may take in


@dataclass(frozen=True, slots=True)
class Known:
    """What a generator is compared with: what was admitted, and what the user keeps out."""

    admitted: Memory = field(default_factory=Memory)
    kept_out: Memory = field(default_factory=Memory)


@dataclass(frozen=True, slots=True)
class Admitted:
    """`flagged` are instances that the solver contradicts, too few to stop the generator: to be shown, not learned from."""

    prints: tuple[Print, ...]
    flagged: tuple[int, ...] = ()
    counterfactuals: int = 0  # changed scenes in which the picture was seen to follow the answer


Verdict = Admitted | Rejection


def admit(facts: Facts, gate: Gate, known: Known) -> Verdict:
    """The first thing that is wrong, cheapest first. What nobody was asked (votes) is not judged, so the same function
    says before the votes whether they are worth asking for."""
    for check in (_ran, _stable, _explicit, _varied, _strict, _followed, partial(_silent, gate=gate)):
        if wrong := check(facts):
            return wrong
    prints = tuple(map(printed, facts.instances))
    if wrong := _new(prints, gate, known):
        return wrong
    heard = by_votes([one.answer for one in facts.instances], facts.blind, facts.seen, gate)
    if isinstance(heard, Rejection):
        return heard
    return Admitted(prints, heard, sum(_depends(*pair) for pair in facts.changed))


def by_votes(
    truths_I: Sequence[Answer], blind_I: Sequence[Said], seen_I: Sequence[Said], gate: Gate
) -> Rejection | tuple[int, ...]:
    """Why votes refuse a program that passed all else, or the places of the instances that they contradict."""
    if said := guessable(truths_I, blind_I, gate.blind):
        return Rejection("blind", said)
    if not gate.audit:
        return ()
    heard = audit(truths_I, seen_I, gate.confident)
    if heard.stops(gate.disagree):
        return Rejection(
            "contradicted", f"in {len(heard.flagged)} of {heard.audited} instances votes agree on another answer"
        )
    return heard.flagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A question about one picture, and what was said to it: `seen` with the picture and `blind` without, `elsewhere` to
    other questions without theirs. `label` is what most said who saw it, `written` what the picture says in words."""

    print: Print
    label: str
    written: Sequence[str]
    seen: Said
    blind: Said = ()
    elsewhere: Said = ()


def admit_label(one: Labelled, gate: Gate, known: Known) -> Rejection | None:
    """The first thing that is wrong with a question that votes have labelled; no program computes its answer, so all that
    is known of it is how it looks, what it says, and what is said without it."""
    if gate.leaks == "refuse" and (wording := leaks.told([one.written], [one.label])):
        return Rejection("leaked", f"the picture says it: {wording[:150]}")
    if wrong := _new([one.print], gate, known):
        return wrong
    if not one.blind:
        return None
    said = guessed(*guess_rate(one.label, one.seen, one.blind, one.elsewhere), gate.blind)
    return Rejection("blind", said) if said else None


def admit_all(facts: Sequence[Facts], gate: Gate, known: Known) -> list[Verdict]:
    """In their order, so that of two copies in one step the first stands."""
    verdicts = []
    for each in facts:
        verdict = admit(each, gate, known)
        verdicts.append(verdict)
        if isinstance(verdict, Admitted):
            known = Known(known.admitted.after(verdict.prints), known.kept_out)
    return verdicts


def _ran(facts: Facts) -> Rejection | None:
    if not facts.failed:
        return None
    (reason, times), *_ = Counter(one.reason for one in facts.failed).most_common()
    first = next(one for one in facts.failed if one.reason == reason)
    return Rejection(reason, f"{times} of {len(facts.instances) + len(facts.failed)} seeds: {first.detail}")


def _stable(facts: Facts) -> Rejection | None:
    for base, other in facts.again:
        if isinstance(other, Rejection):
            return Rejection("unstable", f"the same scene once more ends with {other.reason}: {other.detail}")
        if (other.scene, other.question, other.answer) != (base.scene, base.question, base.answer):
            return Rejection(
                "unstable", f"{base.question} -> {base.answer.text}, then {other.question} -> {other.answer.text}"
            )
        if not np.array_equal(base.image_HWC, other.image_HWC):
            return Rejection("unstable", f"two pictures of the scene {base.scene[:200]}")
    return None


def _explicit(facts: Facts) -> Rejection | None:
    bare = all(one.scene in (str(one.seed), f'{{"seed":{one.seed}}}') for one in facts.instances)
    return Rejection("seed_only", f"the scene is {facts.instances[0].scene[:80]}") if bare else None


def _varied(facts: Facts) -> Rejection | None:
    answers = {one.answer.text for one in facts.instances}
    return Rejection("constant", f"always {answers.pop()[:80]}") if len(answers) == 1 else None


def _strict(facts: Facts) -> Rejection | None:
    for one in facts.instances:
        if matches(missed := near_miss(one.answer), one.answer):
            return Rejection("loose", f"{missed} is taken for {one.answer.text}")
    pairs = [(a.answer, b.answer) for a, b in combinations(facts.instances, 2) if a.answer.text != b.answer.text]
    taken = sum(matches(a.text, b) or matches(b.text, a) for a, b in pairs)
    if taken > _MOST_LOOSE * len(pairs):
        return Rejection("loose", f"{taken} of {len(pairs)} pairs of different answers are taken for the same")
    return None


def near_miss(answer: Answer) -> str:
    """What is almost the answer and must not be taken for it."""
    if answer.kind == "number":
        whole = isinstance(answer.value, int)
        return str(answer.value + 1) if whole else f"{answer.value + max(0.1 * abs(answer.value), 0.01):.9g}"
    if answer.kind == "choice":
        return next((one for one in answer.choices if one != answer.value), f"not {answer.value}")
    if answer.kind in ("points", "boxes"):
        moved = [[(part + 300) % 1000 for part in row] for row in answer.value]
        return "; ".join(", ".join(f"{part:g}" for part in row) for row in moved)
    return f"{answer.text}, x" if answer.kind == "sequence" else f"{answer.text}x"


def _followed(facts: Facts) -> Rejection | None:
    """The picture changes wherever the answer to one question does: between scenes, and where one thing is changed."""
    for base, other in [*combinations(facts.instances, 2), *facts.changed]:
        if _asks_otherwise(base, other) and not visible(base.image_HWC, other.image_HWC):
            return Rejection(
                "unseen",
                f"{base.answer.text} and {other.answer.text} look the same: {base.scene[:150]}, {other.scene[:150]}",
            )
    return None


def _asks_otherwise(base: Instance, other: Instance) -> bool:
    """One question, two answers."""
    return base.question == other.question and not matches(other.answer.text, base.answer)


def _depends(base: Instance, other: Instance) -> bool:
    return not matches(other.answer.text, base.answer) and visible(base.image_HWC, other.image_HWC)


def visible(one_HWC: np.ndarray, other_HWC: np.ndarray) -> bool:
    """Whether an eye could tell the two pictures apart."""
    if one_HWC.shape != other_HWC.shape:
        return True
    changed = np.abs(one_HWC.astype(np.int16) - other_HWC) >= _VISIBLE
    red, green, blue = np.moveaxis(changed, 2, 0)
    return int(np.count_nonzero(red | green | blue)) >= _LEAST_PIXELS


def _silent(facts: Facts, gate: Gate) -> Rejection | None:
    answers = [one.answer.text for one in facts.instances]
    if leaks.placed([one.question for one in facts.instances], answers):
        return Rejection("leaked", f"the question says it: {facts.instances[0].question[:150]}")
    if facts.generator.reads or gate.leaks == "allow":
        return None
    wording = leaks.told([one.written for one in facts.instances], answers)
    return Rejection("leaked", f"the picture says it: {wording[:150]}") if wording else None


def _new(prints: Sequence[Print], gate: Gate, known: Known) -> Rejection | None:
    for reason, why in (
        ("contaminated", [known.kept_out.holds(one, gate.near_duplicate) for one in prints]),
        ("duplicate", [known.admitted.copied(one, gate.near_duplicate) for one in prints]),
    ):
        found = list(filter(None, why))
        # One held-out task is one too many; that some scenes of two generators look alike is luck.
        if len(found) > (0 if reason == "contaminated" else len(prints) / 2):
            return Rejection(reason, f"{len(found)} of {len(prints)} instances: {found[0]}")
    return None
