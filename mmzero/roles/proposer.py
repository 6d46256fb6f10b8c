"""The proposer in spec mode: asked for a small JSON spec; what it says becomes a Proposal or a typed Rejection, and a
Proposal becomes a Task."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random

from mmzero import families
from mmzero.errors import UserError
from mmzero.families.skin import Skin
from mmzero.recipe.tree import Bank, Recipe
from mmzero.roles import reply
from mmzero.types import Proposal, Rejection, Rollout, Task, training_seed

FAMILY = "proposal"  # the family of a request: nothing can be right about it
_MOST_CHARACTERS = 2000
_KEYS = {"family", "level", "knobs"}

INSTRUCTION = (
    "Propose a task about {domain}. Answer with JSON such as"
    ' {{"family": "count", "level": 3, "knobs": {{"by": "colour"}}}}; the families are {families}; levels run from 0 to 9.'
)


def held(recipe: Recipe) -> tuple[str, ...]:
    """The families of the recipe's banks: what its tasks may be about, a proposer's among them."""
    banks = [source.families for source in recipe.sources.values() if isinstance(source, Bank)]
    return tuple(dict.fromkeys(name for which in banks or ["all"] for name in families.chosen(which)))


def request(seed: int, source: str, wording: str, allowed: Sequence[str]) -> Task:
    """A request for one proposal of the `allowed` families. `wording` may hold {domain} and {families}."""
    domains = sorted({families.names()[name] for name in allowed})
    domain = Random(seed).choice(domains)  # no remainder: training seeds are even, and half the domains might starve
    try:
        text = wording.format(domain=domain, families=", ".join(allowed))
    except (LookupError, ValueError, AttributeError) as error:
        raise UserError(
            f"roles.proposer.asks is {wording!r}, but it may hold only {{domain}} and {{families}} between braces; write"
            " {{ and }} for braces that stay"
        ) from error
    return Task(
        id=f"{FAMILY}/{seed:016x}", family=FAMILY, kind=domain, level=0, question=text, images=(), answer=None,
        scene="{}", source=source, seed=seed,
    )  # fmt: skip


def write(proposal: Proposal) -> str:
    """What a right response holds between its answer marks."""
    spec = {"family": proposal.family, "level": proposal.level}
    return json.dumps(spec | ({"knobs": dict(proposal.knobs)} if proposal.knobs else {}))


def read(rollout: Rollout, allowed: Collection[str]) -> Proposal | Rejection:
    """Untrusted text to a typed value; every way of failing has a countable reason."""
    if rollout.finish == "length":
        return Rejection("truncated", f"cut off after {len(rollout.output_ids)} tokens")
    answer = reply.read(rollout.text).answer
    if answer is None:
        return Rejection("no_answer", "nothing stands between answer marks")
    return parse(answer, allowed)


def parse(answer: str, allowed: Collection[str]) -> Proposal | Rejection:
    if len(answer) > _MOST_CHARACTERS:
        return Rejection("too_long", f"{len(answer)} characters; at most {_MOST_CHARACTERS} are read")
    try:
        spec = json.loads(answer)
    except (ValueError, RecursionError):
        return Rejection("no_json", "the answer is not JSON")
    if not isinstance(spec, Mapping) or not {"family", "level"} <= spec.keys() <= _KEYS:
        return Rejection("wrong_keys", "a spec has family, level and perhaps knobs, and nothing else")
    family, level, knobs = spec["family"], spec["level"], spec.get("knobs", {})
    if not isinstance(family, str) or isinstance(level, bool) or not isinstance(level, int):
        return Rejection("wrong_types", "family is a name and level a whole number")
    if not isinstance(knobs, Mapping) or not all(isinstance(value, int | str) for value in knobs.values()):
        return Rejection("wrong_types", "knobs map names to whole numbers or words")
    if family not in allowed:
        return Rejection("unknown_family", f"no family {family[:40]!r} is to be proposed")
    try:
        families.check_knobs(family, level, dict(knobs))
    except UserError as error:
        return Rejection("out_of_range", str(error))
    return Proposal(family=family, level=level, knobs=tuple(sorted(knobs.items())))


def mint(
    proposal: Proposal, rollout: Rollout, skin: Skin, put: Callable[[bytes], str], source: str
) -> Task | Rejection:
    """The scene is drawn from the rollout's own seed, so one proposal made twice asks two different questions."""
    seed = training_seed("minted", rollout.seed)
    try:
        return families.mint(
            proposal.family, proposal.level, seed, skin, put, source=source, parent=rollout.id, **dict(proposal.knobs)
        )
    except ValueError as error:  # knobs that are each in range but have no scene together
        return Rejection("no_scene", str(error))
