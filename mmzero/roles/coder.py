"""The coder in picture mode: given an idea's caption, writes an SVG document, a Python program or lines of the drawing
dialect for one picture. What it says becomes a Drawing or a typed Rejection; a drawing that was rendered becomes two
questions. Must not know how anything is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from mmzero import families
from mmzero.alike import difference_hash
from mmzero.errors import UserError
from mmzero.roles import dialect, open_proposer, text
from mmzero.types import Drawing, Idea, Rejection, Rollout, Task, seed_of, training_seed

if TYPE_CHECKING:
    from mmzero.recipe.tree import Role
    from mmzero.render import Result

FAMILY = "drawing"  # the family of a request for a drawing: nothing can be right about it
PICTURE = "picture"  # the family of the questions about what was drawn
EASY, HARD = "easy", "hard"  # their kinds

_ASKS = {
    "svg": "Write one self-contained SVG document for it: a viewBox, text of at least 12 px, titles of at least 14 px,"
    " colours that are easy to tell apart, nothing that overlaps, no scripts, no links and no pictures from elsewhere."
    " Answer with the document in one ```svg fence.",
    "python": "Write one Python program that draws it with matplotlib, Pillow or turtle: text that is easy to read,"
    " colours that are easy to tell apart, nothing that overlaps, no files and no network. Answer with the program in one"
    " ```python fence.",
    "dialect": "Write one shape a line, the first at the bottom: form, colour, x and y of its middle and radius, such as"
    f" circle red 12 40 8, on white paper of {dialect.SIDE} by {dialect.SIDE}. The forms are {', '.join(dialect.FORMS)}; the"
    f" colours are {', '.join(dialect.COLOURS)}. Answer with the lines in one ```dialect fence.",
}
INSTRUCTION = """\
Draw this picture ({content}):

{caption}

Somebody who sees only your picture must be able to answer: {easy_question}
The answer they should find is: {easy_answer}{hard}

{how}"""
_HARD = """
Somebody who looks harder must be able to answer: {hard_question}
The answer they should find is: {hard_answer}"""

MOST_PROMPT = sum(open_proposer.MOST_BYTES.values()) + 1024  # tokens of a request: the idea's, and the words around it
_FENCE = "```"
WHOLE = "{caption}"  # a coder's `asks` that holds it is all that it is asked
_TAGS: Mapping[str, tuple[str, ...]] = {"svg": ("svg", "xml"), "python": ("python", "py"), "dialect": ("dialect",)}
WAYS = tuple(_TAGS)  # what a coder may write
MOST_CHARACTERS = 100_000
LEAST_SIDE, MOST_ASPECT = 16, 100  # of a picture: what processors of models refuse would stop an engine


def request(idea: Idea, proposed: Rollout, role: Role) -> Task:
    """What the coder is asked for an idea. Whether it is told the hard answer is a leak that a recipe may choose."""
    question = _worded(idea, role) if WHOLE in role.asks else _instructed(idea, role)
    seed = training_seed("draw", proposed.seed)
    return Task(
        id=f"{FAMILY}/{seed_of(proposed.id):016x}", family=FAMILY, kind=idea.content, level=0, question=question, images=(),
        answer=None, scene=open_proposer.scene(idea), source=proposed.task.source, seed=seed, parent=proposed.id,
    )  # fmt: skip


def _instructed(idea: Idea, role: Role) -> str:
    told = _HARD if role.hard_answer == "shown" else ""
    return INSTRUCTION.format(
        content=idea.content.replace("_", " "),
        caption=idea.caption,
        easy_question=idea.easy_question,
        easy_answer=idea.easy_answer,
        hard=told.format(hard_question=idea.hard_question, hard_answer=idea.hard_answer),
        how=role.asks or _ASKS[role.draws],
    )


def _worded(idea: Idea, role: Role) -> str:
    """As the recipe words the whole of it, which is for a model too small for sentences it was not taught."""
    fields = asdict(idea)
    if role.hard_answer == "hidden":
        del fields["hard_answer"]
    try:
        return role.asks.format(**fields)
    except (LookupError, ValueError, AttributeError) as error:
        held = ", ".join(f"{{{name}}}" for name in fields)
        raise UserError(
            f"roles.coder.asks is {role.asks!r}, but it may hold only {held} between braces; write {{{{ and }}}} for braces"
            " that stay"
        ) from error


def write(drawing: Drawing) -> str:
    """A right response."""
    return fence(drawing.kind, drawing.code)


def fence(tag: str, code: str) -> str:
    return f"{_FENCE}{tag}\n{code}\n{_FENCE}"


def read(rollout: Rollout, draws: str) -> Drawing | Rejection:
    """Untrusted text to a typed value; every way of failing has a countable reason."""
    if rollout.finish == "length":
        return Rejection("truncated", f"cut off after {len(rollout.output_ids)} tokens")
    return parse(rollout.text, draws)


def parse(said: str, draws: str) -> Drawing | Rejection:
    if len(said) > MOST_CHARACTERS:
        return Rejection("too_long", f"{len(said)} characters; at most {MOST_CHARACTERS} are read")
    code = _fenced(said, _TAGS[draws])
    if code is None:
        return Rejection("no_code", f"there is no ```{draws} fence")
    if not code:
        return Rejection("empty", "nothing stands in the fence")
    if draws == "svg" and "<svg" not in code:
        return Rejection("no_svg", "what stands in the fence is no SVG document")
    return _translated(code) if draws == "dialect" else Drawing(kind=draws, code=code)


def _translated(code: str) -> Drawing | Rejection:
    """So that whoever renders, judges or shows it need not know the dialect."""
    shapes = dialect.parse(code)
    return shapes if isinstance(shapes, Rejection) else Drawing(kind="svg", code=dialect.svg(shapes))


def _fenced(said: str, tags: tuple[str, ...]) -> str | None:
    """What the last closed fence of these holds. By plain search: a pattern takes minutes on nothing but fences."""
    end = said.rfind(_FENCE)
    while end > 0:
        start = said.rfind(_FENCE, 0, end)
        tag, _, code = said[max(start, 0) + len(_FENCE) : end].partition("\n")
        if start >= 0 and tag.strip().lower() in tags:
            return code.encode("utf-8", "replace").decode().strip()
        end = start
    return None


def is_lost(drawing: Drawing, drawn: Result) -> bool:
    """Whether what came of a drawing says nothing about it. A document cannot sleep, and what is slow comes to the limit of
    processor time first: past the clock's limit it waited for others. A program may have slept."""
    return drawn.status == "infra_error" or (drawing.kind == "svg" and drawn.status == "timeout")


def picture(drawn: Result) -> bytes | Rejection:
    """The PNG of a rendered drawing that was not lost, or why there is none."""
    if drawn.status != "ok":
        return Rejection(drawn.status, text.tidy(drawn.log)[-500:])
    from PIL import Image

    height, width = drawn.image.shape[:2]
    least, most = sorted((height, width))
    if least < LEAST_SIDE or most > MOST_ASPECT * least:
        return Rejection("unfit_size", f"{width} x {height} pixels")
    return families.png(Image.fromarray(drawn.image))


def look(drawn: Result) -> str:
    from PIL import Image

    return difference_hash(Image.fromarray(drawn.image)).tobytes().hex()


def questions(drawn: Rollout, image: str | None, source: str, look: str = "") -> tuple[Task, Task]:
    """What solvers are asked about a picture; nobody knows the answers. Without a picture, what they would be asked."""
    idea = open_proposer.from_scene(drawn.task.scene)
    asked = {EASY: idea.easy_question, HARD: idea.hard_question}
    return tuple(
        Task(
            id=f"{PICTURE}/{kind}/{seed_of(drawn.id):016x}", family=PICTURE, kind=kind, level=0, question=question,
            images=() if image is None else (image,), answer=None, scene=open_proposer.scene(idea, look), source=source,
            seed=training_seed("picture", drawn.seed), parent=drawn.id,
        )
        for kind, question in asked.items()
    )  # fmt: skip
