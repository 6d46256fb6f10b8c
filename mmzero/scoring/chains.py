"""What came of the proposals of one step, in figures: how many were usable, what was drawn, how far the votes agree. Pure;
must not know how anybody is paid."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

from mmzero.answers import ballots, form
from mmzero.gate import leaks
from mmzero.roles import coder, generator, open_proposer, reply, second_look, sieve, votes
from mmzero.scoring.view import solved
from mmzero.types import Content, Drawing, Episode, Idea, Rejection, Rollout, Said, every

Figures = dict[str, float]


def formed(rollout: Rollout) -> bool:
    """Whether a role kept to the form that it was asked for."""
    if rollout.task.family == open_proposer.FAMILY:
        return not isinstance(open_proposer.read(rollout), Rejection)
    if rollout.task.family == coder.FAMILY:
        return any(not isinstance(coder.read(rollout, kind), Rejection) for kind in coder.WAYS)
    text = form.said_last(rollout.text) if rollout.forced else rollout.text  # one that was made to go on has two forms
    return reply.read(text).formed or form.think_boxed(text)


def figures(episodes: Sequence[Episode]) -> Figures:
    """Nothing where nobody proposed anything. A proposer's rejections are `rejected/…`, a coder's `rejected/coder/…`, the
    ideas among them that its filter drops, and of labels, which nothing is learned from, `rejected/label/…`."""
    shown: Figures = {}
    drawings = [one for one in every(episodes) if one.task.family == coder.FAMILY]
    if known := _known(episodes):
        shown["votes_solved"] = _mean(solved(rollout) for one in known for rollout in one.rollouts)
        shown["majority_right"] = _mean(map(_majority_is_right, known))
    shown |= _rejections(episodes, "proposals_valid", "")
    if contents := Counter(said.content for one in episodes for said in one.proposals if isinstance(said, Idea)):
        shown["content_entropy"] = _entropy(contents)
    if drawings:
        asked = [
            one for one in every(episodes) if one.rollouts and one.task.family in (coder.PICTURE, generator.FAMILY)
        ]
        shown |= _rejections(drawings, "rendered", "coder/") | _ran(drawings) | _printed(drawings)
        shown |= _sieved(drawings)
        shown |= _agreement(asked) | _difficulty(asked) | _looks(asked) | _leaks(episodes)
    return shown


def _known(episodes: Sequence[Episode]) -> list[Episode]:
    """What came of proposals, however deep, and has an answer without votes. One that votes contradict is among them: how
    often they are right must not be asked of those that they let through."""
    asked = (one for top in episodes for one in every(top.children))
    return [one for one in asked if one.task.answer is not None and one.rollouts]


def _rejections(episodes: Sequence[Episode], name: str, who: str) -> Figures:
    """The share of what was said that something came of, and why nothing came of the rest. What was lost to the
    machinery says neither."""
    lost = {child.task.parent for one in episodes for child in second_look.with_picture(one.children) if child.failure}
    said = [
        said
        for one in episodes
        for rollout, said in zip(one.rollouts, one.proposals, strict=False)
        if rollout.id not in lost or isinstance(said, Rejection)
    ]
    if not said:
        return {}
    reasons = Counter(one.reason for one in said if isinstance(one, Rejection))
    return {name: 1 - sum(reasons.values()) / len(said)} | _counted(who, reasons)


def _counted(who: str, reasons: Counter[str]) -> Figures:
    return {f"rejected/{who}{reason}": float(count) for reason, count in reasons.items()}


def _sieved(drawings: Sequence[Episode]) -> Figures:
    """Of the ideas that a coder only tried, how many it is taught by, and how many were too easy or too hard for it."""
    kept, dropped = sieve.counts(drawings)
    tried = kept + dropped.total()
    return {"ideas_kept": kept / tried} | _counted("coder/", dropped) if tried else {}


def _ran(drawings: Sequence[Episode]) -> Figures:
    """Of programs, what is drawn is one thing and what is let through another: on what share of seeds they ran."""
    ran = [share for one in drawings for name, share in one.facts.items() if name.startswith(generator.RAN)]
    return {"ran": _mean(ran)} if ran else {}


def _printed(drawings: Sequence[Episode]) -> Figures:
    """Of the pictures, how many tell in words what the hard question was meant to be answered with: asked of a gate or of
    none, since a coder that is told the answer may simply print it."""
    told = [
        leaks.told([leaks.strings(said.kind, said.code)], [open_proposer.from_scene(one.task.scene).hard_answer])
        for one in drawings
        for said in one.proposals
        if isinstance(said, Drawing)
    ]
    return {"printed": _mean(found is not None for found in told)} if told else {}


def _agreement(asked: Sequence[Episode]) -> Figures:
    """Of the questions about pictures: how far the votes agree, and whether what most say is what the proposer believed.
    That is agreement and not truth: both may be wrong."""
    asked = [one for one in asked if one.task.family == coder.PICTURE]
    found: Figures = {}
    for kind in (coder.EASY, coder.HARD):
        of_kind = [one for one in asked if one.task.kind == kind]
        if of_kind:
            found[f"{kind}_consistency"] = _mean(map(votes.consistency, of_kind))
            found[f"{kind}_as_proposed"] = _mean(map(_as_proposed, of_kind))
    if "easy_consistency" in found and "hard_consistency" in found:
        found["easy_hard_gap"] = found["easy_consistency"] - found["hard_consistency"]
    fit = [one for one in asked if one.task.kind == coder.HARD and votes.label(one) and not second_look.refused(one)]
    labels = list(map(votes.consistency, fit))
    return found | ({"labels": float(len(labels)), "label_confidence": _mean(labels)} if labels else {})


def _difficulty(asked: Sequence[Episode]) -> Figures:
    """How evenly solvers split, 0 where all agree or none is right, 1 where half are: of the tasks that are to be learned
    from, whose easy questions are only there to see whether the picture shows anything."""
    shares = [_mean(map(solved, one.rollouts)) for one in asked if one.task.answer is not None]
    shares += [votes.consistency(one) for one in asked if one.task.answer is None and one.task.kind == coder.HARD]
    return {"difficulty": _mean(1 - abs(2 * share - 1) for share in shares)} if shares else {}


def _looks(asked: Sequence[Episode]) -> Figures:
    """Of the pictures that were asked about, how many are no other's to the last pixel."""
    pictures = {(one.task.parent, one.task.seed): one.task.images for one in asked}
    return {"distinct_pictures": len(set(pictures.values())) / len(pictures)} if pictures else {}


def _leaks(episodes: Sequence[Episode]) -> Figures:
    """What is answered without the picture, beside what luck gets; and questions that nothing is learned from."""
    blind = [one.facts for one in every(episodes) if second_look.RIGHT in one.facts]
    found = {} if not blind else {
        "blind_right": _mean(facts[second_look.RIGHT] for facts in blind),
        "blind_luck": _mean(facts[second_look.LUCK] for facts in blind),
    }  # fmt: skip
    written = {child.task.parent: said for one in every(episodes) for said, child in _asked_of(one)}
    reasons = Counter(
        reason
        for one in every(episodes)
        if (reason := second_look.refused(one)) and not isinstance(written.get(one.task.parent), Rejection)
    )
    return found | _counted("label/", reasons)


def _asked_of(episode: Episode) -> Iterable[tuple[Said, Episode]]:
    """Each question beside what it came of."""
    said = {one.id: said for one, said in zip(episode.rollouts, episode.proposals, strict=False)}
    return [(said[child.task.parent], child) for child in episode.children if child.task.parent in said]


def _as_proposed(episode: Episode) -> bool:
    idea, label = open_proposer.from_scene(episode.task.scene), votes.label(episode)
    believed = idea.easy_answer if episode.task.kind == coder.EASY else idea.hard_answer
    return label is not None and ballots.alike(label.text, believed)


def _majority_is_right(episode: Episode) -> bool:
    """What a label by vote would be worth, where the truth is known: most votes say the same, and it is right."""
    groups = ballots.groups(votes.answers(episode.rollouts))
    return bool(groups) and solved(episode.rollouts[groups[0][0]])


def _entropy(contents: Counter[str]) -> float:
    """How evenly content types are used: 0 where there is one, 1 where all seven come up alike."""
    shares = [count / contents.total() for count in contents.values()]
    return abs(sum(share * math.log(share) for share in shares)) / math.log(len(get_args(Content)))


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values) if values else 0.0
