"""The proposer in open mode: invents a picture in words and two questions about it, in six XML blocks. What it says
becomes an Idea or a typed Rejection, in this one place.

    <content_type>data_chart</content_type>     may be left out or be none; then the caption's words decide
    <caption>…</caption>                        everything that is to be seen, values included
    <easy_question>…</easy_question>            read straight off the picture
    <easy_answer>…</easy_answer>
    <hard_question>…</hard_question>            several steps, at least one of them a look at the picture
    <hard_answer>…</hard_answer>

A block may come twice where a model corrects itself: the last one counts. What stands between blocks is not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from random import Random
from typing import get_args

from mmzero.errors import UserError
from mmzero.roles import text
from mmzero.types import Content, Idea, Rejection, Rollout, Task

FAMILY = "idea"  # the family of a request: nothing can be right about it
TOPICS = (
    "reading charts and graphs",
    "statistics and trends",
    "mathematics and quantities",
    "space and geometry",
    "logic and abstract patterns",
    "diagrams and structures",
    "text and labels in pictures",
    "basic shapes and everyday objects",
)
INSTRUCTION = """\
Invent one picture about {topic}, and two questions about it.

The caption describes the picture so completely that somebody who cannot see it could draw it: every value, label, colour \
and position. Make it rich: at least three of several series or groups, ten or more values, two scales or units, nested or \
linked parts, an annotation that matters, values that lie close together, an unusual layout. Avoid what everybody draws \
first, such as monthly sales or favourite fruits.
The easy question can be answered by reading one thing off the picture.
The hard question takes several steps, and at least one value it needs stands in the picture and not in the question. \
Fewer than half of those who look should get it right.
Each answer is one number, one word or a short phrase.

Answer with these six blocks:
<content_type>one of {contents}</content_type>
<caption>...</caption>
<easy_question>...</easy_question>
<easy_answer>...</easy_answer>
<hard_question>...</hard_question>
<hard_answer>...</hard_answer>"""

# Of each block. In bytes, for no tokenizer makes more tokens of a text: an idea that outgrew the sampler's context in the
# next role's prompt would stop the engine, with everybody else's answers.
MOST_BYTES = {
    "caption": 8000, "easy_question": 1000, "easy_answer": 100, "hard_question": 1000, "hard_answer": 100
}  # fmt: skip
_MOST_ALTOGETHER = 100_000
_CONTENTS = get_args(Content)
_HINTS: dict[Content, str] = {  # in this order: a timeline may be called a chart, and a chart hardly ever a timeline
    "timeline": r"timeline|gantt|chronolog",
    "map": r"\bmaps?\b|floor plan|street|route",
    "table": r"\btables?\b|spreadsheet|grid of cells",
    "geometry": r"triangle|circle|polygon|angle|geometr|quadrilateral",
    "data_chart": r"chart|graph|plot|histogram|axis|axes|heat ?map",
    "diagram": r"diagram|flow|network|tree|circuit|venn",
}


def request(seed: int, source: str, wording: str, topics: Sequence[str]) -> Task:
    """A request for one idea. `wording` may hold {topic} and {contents}."""
    topic = Random(seed).choice(list(topics or TOPICS))
    try:
        said = (wording or INSTRUCTION).format(topic=topic, contents=", ".join(_CONTENTS))
    except (LookupError, ValueError, AttributeError) as error:
        raise UserError(
            f"roles.proposer.asks is {wording!r}, but in mode open it may hold only {{topic}} and {{contents}} between"
            " braces; write {{ and }} for braces that stay"
        ) from error
    return Task(
        id=f"{FAMILY}/{seed:016x}", family=FAMILY, kind="request", level=0, question=said, images=(), answer=None,
        scene="{}", source=source, seed=seed,
    )  # fmt: skip


def write(idea: Idea) -> str:
    """The six blocks of a right response."""
    blocks = asdict(idea)
    blocks = {"content_type": blocks.pop("content"), **blocks}
    return "\n".join(f"<{name}>{value}</{name}>" for name, value in blocks.items())


def scene(idea: Idea, look: str = "") -> str:
    """Canonical JSON: what a task that comes of the idea carries, and how its picture looks, once there is one: what an
    archive is told from the committed step alone."""
    about = {**asdict(idea), "look": look} if look else asdict(idea)
    return json.dumps(about, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_scene(scene: str) -> Idea:
    return Idea(**{name: value for name, value in json.loads(scene).items() if name != "look"})


def look(scene: str) -> str:
    """The hash of a picture, in hexadecimal; empty of what has none."""
    return json.loads(scene).get("look", "")


def read(rollout: Rollout) -> Idea | Rejection:
    """Untrusted text to a typed value; every way of failing has a countable reason."""
    if rollout.finish == "length":
        return Rejection("truncated", f"cut off after {len(rollout.output_ids)} tokens")
    return parse(rollout.text)


def parse(said: str) -> Idea | Rejection:
    if len(said) > _MOST_ALTOGETHER:
        return Rejection("too_long", f"{len(said)} characters; at most {_MOST_ALTOGETHER} are read")
    blocks = {name: _block(said, name) for name in MOST_BYTES}
    for name, block in blocks.items():
        if refused := _refused(name, block):
            return refused
    if _alike(blocks["easy_question"], blocks["hard_question"]):
        return Rejection("one_question", "the easy and the hard question are the same")
    return Idea(content=_content(said, blocks["caption"]), **blocks)


def _refused(name: str, block: str | None) -> Rejection | None:
    if block is None:
        return Rejection("no_block", f"there is no <{name}>…</{name}>")
    if not block:
        return Rejection("empty_block", f"<{name}> is empty")
    if (size := len(block.encode())) > MOST_BYTES[name]:
        return Rejection("too_long", f"<{name}> has {size} bytes; at most {MOST_BYTES[name]} are read")
    if mark := text.marks(block):
        return Rejection("marks", f"<{name}> holds {mark!r}, which is no word to a model")
    return None


def _block(said: str, name: str) -> str | None:
    """The last one. By plain search, not a pattern: on a response of nothing but marks a pattern takes minutes."""
    end = said.rfind(f"</{name}>")
    start = said.rfind(f"<{name}>", 0, end) if end >= 0 else -1
    return None if start < 0 else text.tidy(said[start + len(name) + 2 : end])


def _content(said: str, caption: str) -> Content:
    named = re.sub(r"[\s-]+", "_", (_block(said, "content_type") or "").casefold())
    if named in _CONTENTS:
        return named
    words = caption.casefold()
    return next((content for content, hint in _HINTS.items() if re.search(hint, words)), "other")


def _alike(one: str, two: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(two.casefold().split())
