"""Answers that are made to go on after their end, and are learned from but for the words that made them (VL-Rethinker's
forced rethinking). Must not know an engine, a tokenizer or a reward.

Which answers these are, and by which words, is drawn from their own seeds; so a step that is played again has the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from mmzero.recipe.tree import Phase, Rethink
from mmzero.types import Begun, Played, Rollout, seed_of

Groups = Mapping[str, tuple[Rollout, ...]]  # by what they were asked as
Chosen = Mapping[str, tuple[Begun, ...]]


def gone_on(groups: Groups, phase: Phase, ask: Callable[[Chosen], Groups]) -> Groups:
    """Every group with its chosen answers as they are once they have gone on. Of a group whose answers were lost on the
    way nothing is left: the others alone would be those that nobody made to think again."""
    rule = phase.rethink
    if rule is None:
        return groups
    begun = {id: chosen for id, group in groups.items() if (chosen := _chosen(group, rule, phase.says.max_tokens))}
    longer = ask(begun) if begun else {}
    kept = {id: group for id, group in groups.items() if id not in begun or id in longer}
    return {id: _with(group, longer.get(id, ())) for id, group in kept.items()}


def seeds(begun: Sequence[Begun]) -> list[int]:
    """Of what is said from here on."""
    return [seed_of("rethink", one.said.seed, "on") for one in begun]


def figures(played: Played, phase: Phase) -> dict[str, float]:
    """The share of answers that were made to go on."""
    if phase.rethink is None:
        return {}
    return {"rethought": sum(one.rollout.forced for one in played.scored) / max(len(played.scored), 1)}


def _chosen(group: Sequence[Rollout], rule: Rethink, most: int) -> tuple[Begun, ...]:
    found = []
    for one in group:
        draws = random.Random(seed_of("rethink", one.seed))
        goes_on, text = draws.random() < rule.share, draws.choice(rule.texts)
        if goes_on and one.finish == "stop" and len(one.output_ids) + rule.tokens(text) < most:
            found.append(Begun(one, text))
    return tuple(found)


def _with(group: Sequence[Rollout], longer: Sequence[Rollout]) -> tuple[Rollout, ...]:
    instead = {one.sibling: one for one in longer}
    return tuple(instead.get(one.sibling, one) for one in group)
