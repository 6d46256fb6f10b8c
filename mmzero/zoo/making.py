"""What the maker is taught beyond the tiny model: to invent a picture, to draw what is described, to read what was drawn,
to say where a thing is; and what the tiny model knows, so that it stays known. Each lesson is a pure function of its number.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from mmzero import families
from mmzero.families.skin import SMALL
from mmzero.render import svg
from mmzero.roles import coder, dialect, open_proposer, reply
from mmzero.types import seed_of, training_seed
from mmzero.zoo import inventions, lessons
from mmzero.zoo.lessons import GLANCE, GLANCES, Lesson

if TYPE_CHECKING:
    from PIL import Image

INVENT = "Invent a picture of {topic}."
DRAW = "Draw {caption}."
KNOWN = 320_000  # lessons that the tiny model had; those it hears again are the ones that would have followed
SHARES = {"ideas": 0.1, "drawings": 0.2, "questions": 0.22, "boxes": 0.14, "known": 0.34}


def lesson(number: int, drawn: bool = True) -> Lesson:
    rng = Random(seed_of("maker lesson", number))
    (what,) = rng.choices(list(SHARES), list(SHARES.values()))
    if what == "known":
        return lessons.lesson(KNOWN + number, drawn)
    if what == "boxes":
        return _box(rng, number, drawn)
    topic = rng.choice(list(inventions.TOPICS))
    made = inventions.invention(topic, rng)
    if what == "ideas":
        return Lesson(INVENT.format(topic=topic), open_proposer.write(made.idea), None)
    if what == "drawings":
        written = coder.fence("dialect", dialect.write(made.shapes))
        return Lesson(DRAW.format(caption=made.idea.caption), written, None)
    return _question(made, rng, drawn)


def _question(made: inventions.Invention, rng: Random, drawn: bool) -> Lesson:
    idea = made.idea
    asked = (idea.easy_question, idea.easy_answer, made.easy), (idea.hard_question, idea.hard_answer, made.hard)
    question, answer, worked = asked[rng.random() < 0.5]
    thought = GLANCE if rng.random() < GLANCES else " ".join(worked)
    return Lesson(question, reply.write(thought, answer), picture(made.shapes) if drawn else None)


def picture(shapes: tuple[dialect.Shape, ...]) -> Image.Image:
    """As the sandbox will render it. What is drawn here is ours, so no sandbox is needed."""
    return svg.draw(dialect.svg(shapes), lambda width, height: None).convert("RGB")


def _box(rng: Random, number: int, drawn: bool) -> Lesson:
    """One box of a thing that is named."""
    boxes = families.family("boxes")
    scene = boxes.sample(rng.choice((0, 1)), training_seed("maker scene", number))
    _, question, answer = boxes.ask(scene)
    thought = GLANCE if rng.random() < GLANCES else " ".join(boxes.explain(scene))
    return Lesson(question, reply.write(thought, answer.text), boxes.draw(scene, SMALL) if drawn else None)
