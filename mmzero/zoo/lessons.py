"""What the tiny model is taught before any reinforcement: lessons from the bank, each a pure function of its number.

A lesson is answered in one of two habits: at a glance, or worked out step by step. Both give the right answer, but a
model this small is often wrong at a glance where working it out would have been right. Nothing tells it which habit
pays: that is what reinforcement has to find out, and the room it has to learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero import families
from mmzero.families.skin import TINY
from mmzero.roles import proposer, reply
from mmzero.types import Proposal, seed_of, training_seed

if TYPE_CHECKING:
    from PIL import Image

GLANCE = "at a glance."
GLANCES = 0.45  # how often the quick habit is shown
FIRST, JOINED = families.PRIMER[:8], families.PRIMER[8:]
LOOKING = 144_000  # the first lessons are all worked out: each step names what is seen, and so teaches the eye
EIGHT = 176_000  # until here they are about the first eight families; then half about those that join, again worked out
DOZEN = EIGHT + 120_000  # from here on they are about all twelve alike, with glances among them
REQUEST = "Propose a task about {domain}."
PROPOSALS = 0.08  # how many lessons are a proposer's


@dataclass(frozen=True, slots=True)
class Lesson:
    question: str
    response: str
    image: Image.Image | None


def lesson(number: int, drawn: bool = True) -> Lesson:
    rng = Random(seed_of("lesson", number))
    taught = FIRST if number < EIGHT else FIRST + 2 * JOINED if number < DOZEN else families.PRIMER
    if rng.random() < PROPOSALS:
        return _proposal(rng, taught)
    mechanism = families.family(rng.choice(taught))
    scene = mechanism.sample(rng.choice(families.LEVELS), training_seed("lesson scene", number))
    _, question, answer = mechanism.ask(scene)
    glance = (LOOKING <= number < EIGHT or number >= DOZEN) and rng.random() < GLANCES
    thought = GLANCE if glance else " ".join(mechanism.explain(scene))
    return Lesson(question, reply.write(thought, answer.text), mechanism.draw(scene, TINY) if drawn else None)


def _proposal(rng: Random, taught: tuple[str, ...]) -> Lesson:
    name = rng.choice(taught)
    knobs = families.family(name).KNOBS
    fixed = {
        knob: rng.choice(list(knobs[knob])) for knob in rng.sample(list(knobs), k=min(len(knobs), rng.random() < 0.3))
    }
    proposal = Proposal(family=name, level=rng.choice(families.LEVELS), knobs=tuple(sorted(fixed.items())))
    return Lesson(
        REQUEST.format(domain=families.names()[name]), reply.write(f"try {name}.", proposer.write(proposal)), None
    )
