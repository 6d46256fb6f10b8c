"""The coder in generator mode: asked for a program that makes scenes, draws them, asks and answers; what it says becomes a
Generator or a typed Rejection, each run of it in the sandbox an Instance, a Rejection or Lost, and an Instance a Task.
Whether a generator is any good is the gate's to say."""

from __future__ import annotations

import ast
import hashlib
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mmzero import families
from mmzero.alike import difference_hash
from mmzero.answers import matches
from mmzero.render import Job, Result
from mmzero.roles import coder, reply
from mmzero.types import COMPUTED, Answer, Generator, Idea, Rejection, Rollout, Task, seed_of

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from mmzero.recipe.tree import Role

FAMILY = "generated"
RAN = "ran/"
FUNCTIONS = ("scene", "draw", "question", "answer")
_MOST_CHARACTERS = 20_000
_MOST_QUESTION, _MOST_TEXT, _MOST_ITEMS, _MOST_NUMBER = 1000, 200, 50, 1e12
_LEAST_SIDE, _MOST_ASPECT = 28, 10  # pixels and ratio of a picture that vision towers take
_NEAR = 0.005  # of a number with a fraction: how far off an answer may be where the program does not say
_OURS = ("infra_error", "timeout")  # a wall clock's limit depends on who else computes: never the program's fault

INSTRUCTION = """Write a Python program that makes many different tasks of this sort: {wanted}

It defines four functions:
    scene(seed)      chooses everything at random from the seed and returns it as a dict that JSON can hold
    draw(scene)      returns the picture as a Pillow image, or draws it with matplotlib or turtle
    question(scene)  returns the question, which must not be answerable without the picture
    answer(scene)    works the answer out from what is drawn

Only scene may use chance: the other three get the same scene and must give the same every time. Keep nothing in the scene
twice and no answer in it. Do not write the answer into the picture or the question; only where the task is to read text
out of the picture, set READS = True at the top. An answer is a number, a text, True or False, a list of words or whole
numbers, a list of [x, y] points or of [x1, y1, x2, y2] boxes in thousandths of the picture, or
{{"kind": "choice", "value": "left", "choices": ["left", "right"]}}; a measured number may be
{{"kind": "number", "value": 3.2, "tolerance": 0.1}}. Answer with one block of ```python code."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One scene of a generator, drawn, asked and answered; the answer's own text is right by `mmzero.answers`."""

    seed: int
    scene: str  # canonical JSON
    question: str
    answer: Answer
    image_HWC: np.ndarray
    written: tuple[str, ...] = ()  # texts in the picture

    @property
    def picture(self) -> Image.Image:
        from PIL import Image

        return Image.fromarray(self.image_HWC)

    @property
    def look(self) -> bytes:
        return difference_hash(self.picture).tobytes()


@dataclass(frozen=True, slots=True)
class Lost:
    """A run that the sandbox lost or that took too long by the clock: nothing is known of the program."""

    detail: str


Outcome = Instance | Rejection | Lost


def request(idea: Idea, proposed: Rollout, role: Role) -> Task:
    """What the coder is asked for an idea."""
    wanted = f"{idea.caption}\nIt is to be asked, with other numbers, names and places each time: {idea.hard_question}"
    return replace(coder.request(idea, proposed, role), question=role.asks or INSTRUCTION.format(wanted=wanted))


def read(rollout: Rollout) -> Generator | Rejection:
    """Untrusted text to a typed value; every way of failing has a countable reason."""
    if rollout.finish == "length":
        return Rejection("truncated", f"cut off after {len(rollout.output_ids)} tokens")
    answer = reply.read(rollout.text).answer
    return parse(rollout.text if answer is None else answer)


def parse(text: str) -> Generator | Rejection:
    """The last block of Python stands, so a coder that corrects itself is heard."""
    blocks = [block.partition("\n") for block in text.split("```")[1:-1:2]]
    programs = [code for language, _, code in blocks if language.strip().lower() in ("python", "py")]
    if not programs:
        return Rejection("no_code", "there is no block of ```python code")
    code = programs[-1]
    if len(code) > _MOST_CHARACTERS:
        return Rejection("too_long", f"the program has {len(code)} characters; at most {_MOST_CHARACTERS} are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an escape that is none
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Rejection("no_python", f"line {getattr(error, 'lineno', None) or 1}: {getattr(error, 'msg', error)}")
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} | _assigned(tree).keys()
    if missing := [name for name in FUNCTIONS if name not in defined]:
        return Rejection("no_function", f"the program does not define {', '.join(missing)}")
    return Generator(code=code, reads=_assigned(tree).get("READS") is True)


def _assigned(tree: ast.Module) -> Mapping[str, Any]:
    """Names bound at the top, and to what where it is a constant."""
    return {
        target.id: node.value.value if isinstance(node.value, ast.Constant) else None
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def write(made: Generator) -> str:
    """A right response."""
    return f"```python\n{made.code}\n```"


# --- one run


def ran(sibling: int) -> str:
    """Under which name an episode's facts say on what share of seeds this sibling's program made an instance."""
    return f"{RAN}{sibling}"


def job(generator: Generator, seed: int, scene: str | None = None) -> Job:
    return Job("generator", generator.code, seed=seed, scene_json=scene)


def outcome(result: Result, seed: int) -> Outcome:
    """What the sandbox handed back is a model's word: each piece is typed here or refused."""
    if result.status in _OURS:
        return Lost(f"{result.status}: {_last_line(result.log)}")
    if result.status != "ok":
        return Rejection(result.status, _last_line(result.log))
    high, wide = result.image.shape[:2]
    if min(high, wide) < _LEAST_SIDE or max(high, wide) > _MOST_ASPECT * min(high, wide):
        return Rejection("picture_size", f"a picture of {wide} x {high} pixels is too small or too long to be seen")
    question = " ".join((result.question or "").split())
    if not question or len(question) > _MOST_QUESTION:
        return Rejection("no_question", f"the question has {len(question)} characters; it needs 1 to {_MOST_QUESTION}")
    try:
        answer = answer_of(result.answer)
    except (ValueError, TypeError, OverflowError) as error:
        return Rejection("no_answer", f"{json.dumps(result.answer)[:80]} is no answer: {error}")
    scene = json.dumps(result.scene, sort_keys=True, separators=(",", ":"))
    return Instance(seed, scene, question, answer, result.image, result.written)


def _last_line(log: str) -> str:
    return (log.strip().splitlines() or [""])[-1][:200]


def answer_of(said: Any) -> Answer:
    """Plain JSON as a typed answer. Raises ValueError where it is none, or where its own text would not be right."""
    told = said if isinstance(said, dict) else _untold(said)
    if not {"kind", "value"} <= told.keys() <= {"kind", "value", "choices", "tolerance"}:
        raise ValueError("an answer in words has kind and value, perhaps choices or tolerance, and nothing else")
    kind, value, tolerance = told["kind"], told["value"], told.get("tolerance", 0)
    if kind not in _READ:
        raise ValueError(f"no program answers with the kind {str(kind)[:40]!r}")
    if tolerance and kind != "number":
        raise ValueError(f"a {kind} has no tolerance")
    if kind == "number" and "tolerance" not in told and isinstance(value, float):
        tolerance = _NEAR * abs(value)
    answer = Answer(
        kind=kind, value=_READ[kind](value), warrant=COMPUTED, choices=_choices(told), tolerance=_number(tolerance)
    )
    if not matches(answer.text, answer):
        raise ValueError("its own text would not be taken for it")
    return answer


def _untold(said: Any) -> dict[str, Any]:
    """The kind that a bare value is of."""
    if isinstance(said, bool):
        return {"kind": "choice", "value": "yes" if said else "no", "choices": ["yes", "no"]}
    if isinstance(said, list):
        wide = {len(row) if isinstance(row, list) else 0 for row in said}
        return {
            "kind": {frozenset({2}): "points", frozenset({4}): "boxes"}.get(frozenset(wide), "sequence"),
            "value": said,
        }
    return {"kind": "text" if isinstance(said, str) else "number", "value": said}


def _choices(told: Mapping[str, Any]) -> tuple[str, ...]:
    choices = told.get("choices", [])
    if told["kind"] != "choice":
        return ()
    if not isinstance(choices, list) or not 2 <= len(choices) <= _MOST_ITEMS:
        raise ValueError(f"a choice is among 2 to {_MOST_ITEMS}")
    return tuple(map(_text, choices))


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST_NUMBER:
        raise ValueError(f"a number is one of at most {_MOST_NUMBER:g}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _MOST_TEXT:
        raise ValueError(f"a text has 1 to {_MOST_TEXT} characters")
    return " ".join(value.split())


def _items(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST_ITEMS:
        raise ValueError(f"a list has 1 to {_MOST_ITEMS} items")
    return tuple(_text(item) if isinstance(item, str) else _number(item) for item in value)


def _rows(width: int) -> Callable[[Any], tuple[tuple[int | float, ...], ...]]:
    def rows(value: Any) -> tuple[tuple[int | float, ...], ...]:
        found = tuple(map(_items, value)) if isinstance(value, list) and len(value) <= _MOST_ITEMS else ()
        if not found or any(len(row) != width or not all(_inside(part) for part in row) for row in found):
            raise ValueError(f"places are rows of {width} numbers in thousandths of the picture")
        return found

    return rows


def _inside(part: Any) -> bool:
    return isinstance(part, int | float) and 0 <= part <= 1000


_READ: Mapping[str, Callable[[Any], Any]] = {
    "number": _number, "text": _text, "choice": _text, "sequence": _items, "points": _rows(2), "boxes": _rows(4),
}  # fmt: skip


# --- what the solver is asked


def mint(
    instance: Instance, generator: Generator, rollout: Rollout, put: Callable[[bytes], str], source: str, kind: str
) -> Task:
    """`kind` is what sort of picture was asked for. The scene says which program and how it looks: what the archive is
    told from the committed step alone."""
    code = hashlib.sha256(generator.code.encode("utf8", "replace")).hexdigest()[:16]
    about = {"code": code, "look": instance.look.hex(), "scene": json.loads(instance.scene)}
    return Task(
        id=f"{FAMILY}/{code}/{instance.seed:016x}<{seed_of(rollout.id):016x}",
        family=FAMILY,
        kind=kind,
        level=0,
        question=instance.question,
        images=(put(families.png(instance.picture)),),
        answer=instance.answer,
        scene=json.dumps(about, sort_keys=True, separators=(",", ":")),
        source=source,
        seed=instance.seed,
        parent=rollout.id,
    )


def lost(rollout: Rollout, source: str) -> Task:
    """What stands for the tasks of a program whose runs were lost to the machinery."""
    return Task(
        id=f"{FAMILY}/lost<{seed_of(rollout.id):016x}", family=FAMILY, kind=rollout.task.kind, level=0, question="", images=(),
        answer=None, scene="{}", source=source, seed=rollout.task.seed, parent=rollout.id,
    )  # fmt: skip
