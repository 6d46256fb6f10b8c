"""What came of the proposals of one step, in figures: how many were usable, what was drawn, how far the votes agree. Pure;
must not know how anybody is paid."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

from mmzero.answers import ballots, form
from mmzero.roles import coder, open_proposer, reply, votes
from mmzero.scoring.view import solved
from mmzero.types import Content, Episode, Idea, Rejection, Rollout, every

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
    """Nothing where nobody proposed anything. A proposer's rejections are `rejected/…`, a coder's `rejected/coder/…`."""
    shown: Figures = {}
    drawings = [one for one in every(episodes) if one.task.family == coder.FAMILY]
    known = [child for one in episodes for child in one.children if child.task.answer is not None and child.rollouts]
    if known:
        shown["votes_solved"] = _mean(solved(rollout) for one in known for rollout in one.rollouts)
        shown["majority_right"] = _mean(map(_majority_is_right, known))
    shown |= _rejections(episodes, "proposals_valid", "")
    if contents := Counter(said.content for one in episodes for said in one.proposals if isinstance(said, Idea)):
        shown["content_entropy"] = _entropy(contents)
    if drawings:
        shown |= _rejections(drawings, "rendered", "coder/") | _agreement(episodes)
    return shown


def _rejections(episodes: Sequence[Episode], name: str, who: str) -> Figures:
    """The share of what was said that something came of, and why nothing came of the rest. What was lost to the
    machinery says neither."""
    lost = {child.task.parent for one in episodes for child in one.children if child.failure}
    said = [
        said
        for one in episodes
        for rollout, said in zip(one.rollouts, one.proposals, strict=False)
        if rollout.id not in lost or isinstance(said, Rejection)
    ]
    if not said:
        return {}
    reasons = Counter(one.reason for one in said if isinstance(one, Rejection))
    return {name: 1 - sum(reasons.values()) / len(said)} | {
        f"rejected/{who}{reason}": float(count) for reason, count in reasons.items()
    }


def _agreement(episodes: Sequence[Episode]) -> Figures:
    """Of the questions about pictures: how far the votes agree, and whether what most say is what the proposer believed.
    That is agreement and not truth: both may be wrong."""
    asked = [one for one in every(episodes) if one.task.family == coder.PICTURE and one.rollouts]
    found: Figures = {}
    for kind in (coder.EASY, coder.HARD):
        of_kind = [one for one in asked if one.task.kind == kind]
        if of_kind:
            found[f"{kind}_consistency"] = _mean(map(votes.consistency, of_kind))
            found[f"{kind}_as_proposed"] = _mean(map(_as_proposed, of_kind))
    labels = [votes.consistency(one) for one in asked if one.task.kind == coder.HARD and votes.label(one)]
    return found | ({"labels": float(len(labels)), "label_confidence": _mean(labels)} if labels else {})


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
