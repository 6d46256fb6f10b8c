"""Whether a phase fits the roles, sources and engines of its recipe: each rule with what is wrong and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmzero.recipe.tree.schedule import Ideas, Phase
from mmzero.recipe.tree.tasks import Bank, Dataset, Proposed

if TYPE_CHECKING:
    from mmzero.recipe.tree.recipe import Recipe


def check(recipe: Recipe, where: str, phase: Phase) -> None:
    """Raises ValueError with the first rule that is broken; `where` is the phase's place in the recipe."""
    _finds_what_it_names(recipe, where, phase)
    _rethinking_fits(where, phase)
    if phase.answers == "written" and phase.train != "nobody":
        _written_fits(recipe, where, phase)
    if phase.train != "nobody":
        _siblings_fit(where, phase)
    _chain_fits(recipe, where, phase)
    _labels_are_made(recipe, where, phase)
    _engine_speaks_so(recipe, where, phase)


def _finds_what_it_names(recipe: Recipe, where: str, phase: Phase) -> None:
    if phase.train != "nobody" and phase.train not in recipe.roles:
        raise ValueError(
            f"{where}.train is '{phase.train}', but roles has only {', '.join(recipe.roles)}; add that role or train another"
        )
    for source in phase.tasks:
        if source not in recipe.sources:
            raise ValueError(
                f"{where}.tasks names '{source}', but sources has only {', '.join(recipe.sources)}; rename it or add the source"
            )
    if phase.train == "solver" and abs(sum(phase.tasks.values()) - 1) > 1e-6:
        raise ValueError(
            f"{where}.tasks adds up to {sum(phase.tasks.values()):g}; the shares of a solver phase must add up to 1"
        )
    if phase.train != "solver" and (phase.votes is None or phase.votes.of not in recipe.roles):
        why = "labels are made" if phase.train == "nobody" else f"a {phase.train} is paid"
        raise ValueError(
            f"{where}.train is {phase.train}, but votes is {phase.votes}; {why} from votes: {{of: solver, n: 8}}"
        )


def _siblings_fit(where: str, phase: Phase) -> None:
    among_siblings = ("group", "group_centered", "leave_one_out", "reinforce_pp_baseline")
    if phase.group == 1 and phase.learning.advantage in among_siblings:
        raise ValueError(
            f"{where}.group is 1 and its advantage is '{phase.learning.advantage}', which compares siblings;"
            f" raise group to 2 or choose advantage: batch"
        )
    if phase.refill and (phase.train == "proposer" or phase.learning.advantage not in among_siblings):
        raise ValueError(
            f"{where} has refill, trains {phase.train} and has the advantage '{phase.learning.advantage}'; refill replaces"
            f" groups whose siblings are paid alike, so train solver with one of {', '.join(among_siblings)}, or leave"
            " refill out"
        )
    if phase.noise and (phase.train == "proposer" or phase.noise.siblings >= phase.group):
        raise ValueError(
            f"{where} trains {phase.train} with group {phase.group} and noise.siblings {phase.noise.siblings}; noise is for"
            " a solver's pictures, and at least one sibling must see them as they are: lower noise.siblings or leave"
            " noise out"
        )
    if phase.says.temperature == 0:
        raise ValueError(
            f"{where}.says.temperature is 0, and greedy siblings are all alike; learning needs a temperature above 0"
        )


def _written_fits(recipe: Recipe, where: str, phase: Phase) -> None:
    said = f"{where}.answers is written"
    learning = phase.learning
    if phase.train != "solver":
        raise ValueError(f"{said} and its train {phase.train}, whose requests nobody has answered; train the solver")
    if learning.loss.surrogate != "likelihood" or learning.advantage != "reward":
        raise ValueError(
            f"{said}, but it learns by {learning.loss.surrogate} with the advantage {learning.advantage}, which compare"
            " answers of a policy; leave learning.loss and learning.advantage out, or write nll and reward"
        )
    for name in ("refill", "noise", "rethink"):
        if getattr(phase, name) is not None:
            raise ValueError(f"{said} and it has {name}, which is for answers that are sampled; leave {name} out")
    if phase.group != 1:
        raise ValueError(f"{said} and its group {phase.group}, but one answer is written to each task; set group to 1")
    for name in phase.tasks:
        source = recipe.sources[name]
        if isinstance(source, Bank) and source.levels == "auto":
            raise ValueError(
                f"{said} and sources.{name}.levels auto, which follows what is solved; list levels, such as [0, 1, 2]"
            )
        if not (isinstance(source, Bank) or (isinstance(source, Dataset) and source.columns.response)):
            raise ValueError(
                f"{said}, but sources.{name} has nothing written; name a bank, or a dataset with columns.response"
            )


def _rethinking_fits(where: str, phase: Phase) -> None:
    if phase.rethink is None:
        return
    if phase.train != "solver":
        raise ValueError(
            f"{where} trains {phase.train} and has rethink, which is for answers to questions; leave rethink out"
        )
    longest = max(phase.rethink.texts, key=phase.rethink.tokens)
    most = phase.rethink.tokens(longest)
    if most + 2 > phase.says.max_tokens:
        raise ValueError(
            f"{where}.rethink has a text of up to {most} tokens, which leaves no room for an answer on either side of it"
            f" within says.max_tokens {phase.says.max_tokens}; raise that or shorten {longest[:60]!r}"
        )


def _chain_fits(recipe: Recipe, where: str, phase: Phase) -> None:
    """What a proposer starts needs everybody who goes on with it."""
    if phase.train == "solver":
        return
    if "proposer" not in recipe.roles:
        raise ValueError(
            f"{where}.train is {phase.train}, which starts from proposals, but roles has no proposer; add one"
        )
    is_open = recipe.mode("proposer") == "open"
    if phase.train == "coder" and not is_open:
        raise ValueError(
            f"{where}.train is coder, but roles.proposer.mode is spec, whose pictures the bank draws; set it to open"
        )
    if is_open and "coder" not in recipe.roles:
        raise ValueError("roles.proposer.mode is open, but roles has no coder to draw what it invents; add one")
    if is_open and phase.train != "coder" and phase.draws is None:
        raise ValueError(f"{where}.train is {phase.train}, and nobody draws its ideas; add draws: {{n: 4}}")
    sources = [(name, source) for name, source in recipe.sources.items() if isinstance(source, Proposed)]
    if recipe.draws == "programs" and phase.votes.n < 3 and any(source.gate.audit for _, source in sources):
        raise ValueError(
            f"{where}.votes.n is {phase.votes.n}, and sources.{sources[0][0]}.gate.audit asks whether votes agree, which"
            " two cannot show; set votes.n to 3 or more, or audit to false"
        )
    if phase.train == "proposer" and phase.ideas != Ideas():
        raise ValueError(
            f"{where} trains the proposer, whose says and group speak of its ideas, and has ideas too; leave them out"
        )
    if phase.votes.policy and phase.votes.policy not in recipe.policies:
        raise ValueError(
            f"{where}.votes.policy is '{phase.votes.policy}', which policies does not define (it has"
            f" {', '.join(recipe.policies)}); name one of those"
        )


def _labels_are_made(recipe: Recipe, where: str, phase: Phase) -> None:
    """Somebody has to play for the labels that only votes of phases that train nobody make."""
    phases = recipe.schedule.phases
    for name in phase.tasks:
        source = recipe.sources[name]
        if not isinstance(source, Proposed) or source.labelled == "anywhere" or recipe.draws == "nothing":
            continue
        this = source.since == "iteration"
        if all(one.train != "nobody" for one in (phases[: phases.index(phase)] if this else phases)):
            raise ValueError(
                f"{where} trains on sources.{name}, whose labelled is nobody, but no phase{' before it' if this else ''} trains"
                " nobody, so nothing is ever labelled; write labelled: anywhere, or add such a phase"
            )


def _engine_speaks_so(recipe: Recipe, where: str, phase: Phase) -> None:
    others = (phase.ideas, phase.draws, phase.votes)
    hottest = max(says.temperature for says in (phase.says, *(one.says for one in others if one)))
    if recipe.sampler.engine == "vllm" and hottest > 2:
        raise ValueError(
            f"{where} speaks at temperature {hottest:g}, and vLLM at no more than 2; lower it or set sampler.engine to"
            " transformers"
        )
