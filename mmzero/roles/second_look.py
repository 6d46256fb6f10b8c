"""What votes, with the picture and without, come to once they are in: which programs are refused after all, and which
questions nothing is learned from. It is committed beside the answers, as a label is, so that whoever reads the ledger
again finds the same. Must not know who answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from mmzero.answers import matches
from mmzero.gate import Known, Labelled, admit_label, by_votes, leaks, pictured
from mmzero.gate.audit import guess_rate, luck
from mmzero.recipe.tree import Gate
from mmzero.roles import coder, generator, votes
from mmzero.roles.chain import Heard
from mmzero.types import Answer, Episode, Rejection, Rollout, Said, Task

BLIND = "blind"  # the family of a question that is asked without its picture
RIGHT, LUCK = "right", "luck"  # in such an episode's facts: the share of its answers that are right, and what luck gets
_REFUSED = "refused/"  # in a question's facts: why nothing is learned from it

Answers = tuple[str | None, ...]
Notes = dict[str, Mapping[str, float]]  # facts, by the id of the task they are about


def unseen(tasks: Sequence[Task]) -> list[Task]:
    """What is asked without a picture: of a program each instance, of an idea its hard question, once however often it
    was drawn."""
    hard: dict[str, Task] = {}
    for task in tasks:
        if task.family == coder.PICTURE and task.kind == coder.HARD:
            hard.setdefault(_request(task), task)
    programmed = [task for task in tasks if task.family == generator.FAMILY]
    return [
        replace(task, id=f"{BLIND}/{task.id}", family=BLIND, images=(), answer=None, scene="{}")
        for task in (*programmed, *hard.values())
    ]


def _request(task: Task) -> str:
    """The id of what a coder was asked when it drew the picture."""
    return task.parent.rpartition("#")[0]


def with_picture(episodes: Iterable[Episode]) -> list[Episode]:
    return [one for one in episodes if one.task.family != BLIND]


def refused(episode: Episode) -> str:
    """Why nothing is learned from a question, or nothing."""
    return next((name.removeprefix(_REFUSED) for name in episode.facts if name.startswith(_REFUSED)), "")


def looked_again(
    heard: Mapping[str, Heard], children: Sequence[Episode], gate: Gate, known: Known
) -> tuple[Mapping[str, Heard], list[Episode]]:
    """What coders were heard to say, by rollout, as votes leave it; and what they were asked about it, with what is wrong
    with each question."""
    asked = [one for one in children if one.rollouts]
    blind = [one for one in asked if one.task.family == BLIND]
    verdicts, notes = _of_programs([one for one in asked if one.task.family == generator.FAMILY], blind, gate)
    hard = [one for one in asked if one.task.family == coder.PICTURE and one.task.kind == coder.HARD]
    notes |= _of_pictures(hard, blind, {id: one.said for id, one in heard.items()}, gate, known)
    said = {id: replace(one, said=verdicts.get(id, one.said)) for id, one in heard.items()}
    return said, [replace(one, facts={**one.facts, **notes.get(one.task.id, {})}) for one in children]


def _of_programs(asked: Sequence[Episode], blind: Sequence[Episode], gate: Gate) -> tuple[dict[str, Rejection], Notes]:
    """The programs that votes refuse, by rollout. Nothing is learned from an instance of theirs, nor from one of another
    program that votes contradict."""
    refusals, notes = {}, {}
    guesses = {one.task.id: one.rollouts for one in blind}
    for id, some in groupby(asked, lambda one: one.task.parent):
        instances = list(some)
        truths = [one.task.answer for one in instances]
        unseen_I = [_as_if_seen(guesses.get(f"{BLIND}/{one.task.id}", ()), one) for one in instances]
        verdict = by_votes(truths, unseen_I, [votes.answers(one.rollouts) for one in instances], gate)
        if isinstance(verdict, Rejection):
            refusals[id] = verdict
        flagged = range(len(instances)) if isinstance(verdict, Rejection) else verdict
        reason = verdict.reason if isinstance(verdict, Rejection) else "contradicted"
        notes |= {instances[i].task.id: {_REFUSED + reason: 1.0} for i in flagged}
        notes |= {
            f"{BLIND}/{one.task.id}": {RIGHT: _share(said, one.task.answer), LUCK: luck(truths)}
            for one, said in zip(instances, unseen_I, strict=True)
            if said
        }
    return refusals, notes


def _as_if_seen(guesses: Sequence[Rollout], one: Episode) -> Answers:
    """Whoever guessed saw no picture, and counts boxes as those do who saw it."""
    return votes.answers([replace(guess, extent=one.rollouts[0].extent) for guess in guesses])


def _share(said: Answers, truth: Answer) -> float:
    return sum(matches(one, truth) for one in said) / len(said)


def _of_pictures(
    hard: Sequence[Episode], blind: Sequence[Episode], said: Mapping[str, Said], gate: Gate, known: Known
) -> Notes:
    """Which labels are refused. The coder is paid all the same: what was asked is the proposer's doing. Drawings of one
    idea resemble each other, so an idea is compared with those before it."""
    notes: Notes = {}
    guesses = {_request(one.task): (one.task.id, votes.answers(one.rollouts)) for one in blind}
    for request, some in groupby(hard, lambda one: _request(one.task)):
        id, mine = guesses.get(request, ("", ()))
        elsewhere = tuple(answer for other, (_, guess) in guesses.items() if other != request for answer in guess)
        fresh = []
        for one in some:
            if label := votes.label(one):
                seen = votes.answers(one.rollouts)
                drawing, shown = said[one.task.parent], pictured(one.task)
                written = leaks.strings(drawing.kind, drawing.code)
                found = Labelled(
                    print=shown, label=label.text, written=written, seen=seen, blind=mine, elsewhere=elsewhere
                )
                if wrong := admit_label(found, gate, known):
                    notes[one.task.id] = {_REFUSED + wrong.reason: 1.0}
                else:
                    fresh.append(shown)
                if mine:
                    rate, chance, _ = guess_rate(label.text, seen, mine, elsewhere)
                    notes[id] = {RIGHT: rate, LUCK: chance}
        known = Known(known.admitted.after(fresh), known.kept_out)
    return notes
