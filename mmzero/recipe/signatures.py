"""How a reward wants to be called, read from its source by `ast`; runs nothing and must not know what is computed.

A reward of ours asks by name for what REWARD_PARAMETERS lists. A foreign one is recognised by its shape and called as
its own trainer calls it:

    trl           prompts, completions, completion_ids and the data's columns, a batch at once
    verl          data_source, solution_str, ground_truth, extra_info, an answer at a time (their plurals: a batch)
    easyr1        one mapping, or with REWARD_TYPE "batch" a list of them
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Style = Literal["own", "trl", "verl", "verl_batch", "easyr1", "easyr1_batch"]
Per = Literal["answer", "group", "batch"]

REWARD_PARAMETERS: Mapping[str, str] = {
    "answer": "the answer's text as taken from the response; None where there is none",
    "response": "all that was said, reasoning included",
    "truth": "the right answer as mmzero.types.Answer; None where nothing can be right",
    "question": "what was asked",
    "family": "the task's family",
    "kind": "the kind of question within its family",
    "level": "the task's level, 0 to 9",
    "scene": "what the answer was computed from, or the dataset's row: a mapping",
    "tokens": "the ids of the response, a tuple",
    "length": "how many tokens the response has",
    "finish": "'stop', or 'length' where it was cut off",
    "siblings": "the answers of the whole group, a tuple like `answer`",
    "role": "who spoke",
    "policy": "with which weights",
    "images": "the task's pictures as PIL images, each opened when it is looked at",
    "sizes": "of each picture (original, processed), both (width, height); processed is None where nobody knows it",
    "votes": "for a proposer: did each vote solve the minted task, a tuple of bool; None where nothing was minted",
    "proposal": "for a proposer: mmzero.types.Proposal or Idea, for a coder: Drawing or Generator; None where it was rejected",
    "rejection": "for a proposer or a coder: mmzero.types.Rejection; None where something came of it",
    "idea": "for an open proposer or a coder: mmzero.types.Idea that was written, or that was to be drawn",
    "drawings": "for an open proposer or a coder: mmzero.types.Drawn of each drawing, a tuple; None where nothing was drawn",
    "instances": "for a coder of programs: (mmzero.types.Task, did each vote solve it) of each task that its program made, a"
    " tuple; None where the gate let none through",
    "ran": "for a coder of programs: the share of seeds on which its program made a task; None where nothing was run",
    "step": "the campaign's step, counted from 0",
    "batch": "for a proposer: every proposal or idea of the step, a tuple",
    "archive": "how often each 'family/level' was proposed before this step, a mapping",
    "posterior": "how often each (family, level) is believed to be solved: mmzero.sources.posterior.Posterior",
    "known": "how often each question, its numbers left out, was admitted before this step, a mapping",
    "judge": "a model to be asked: judge(prompt, images=()) is what it says; see `judge` beside `use`",
    "render": "the drawing sandbox: mmzero.render.RenderPool; with per: batch, a whole step is drawn side by side",
}
ONCE = frozenset(
    {"step", "batch", "archive", "posterior", "known", "judge", "render"}
)  # one value, however many answers

_VERL = ("data_source", "solution_str", "ground_truth", "extra_info")
GIVEN: Mapping[Style, frozenset[str]] = {
    "own": frozenset(REWARD_PARAMETERS),
    "trl": frozenset({"prompts", "completions", "completion_ids", "trainer_state", "log_extra", "log_metric"}),
    "verl": frozenset(_VERL),
    "verl_batch": frozenset({"data_sources", "solution_strs", "ground_truths", "extra_infos"}),
    "easyr1": frozenset(),
    "easyr1_batch": frozenset(),
}
_PER: Mapping[Style, Per] = {"trl": "batch", "verl_batch": "batch", "easyr1_batch": "batch"}


@dataclass(frozen=True, slots=True)
class Signature:
    """`names` in their order; `everything` is **kwargs. `messages`: completions are chat messages, not plain text.
    `makes`: the function only makes the reward, from what `with` says."""

    names: tuple[str, ...]
    optional: frozenset[str]
    everything: bool = False
    by_place: bool = False
    style: Style = "own"
    messages: bool = False
    makes: bool = False

    @property
    def per(self) -> Per:
        return _PER.get(self.style, "answer")


def recognise(names: Iterable[str], constants: Mapping[str, object]) -> Style:
    """Whose shape this is, by its parameters and the constants of its file."""
    ordered = tuple(names)
    asked = set(ordered)
    if asked & {"prompts", "completions", "completion_ids"}:
        return "trl"
    if {"solution_str", "ground_truth"} <= asked:
        return "verl"
    if {"solution_strs", "ground_truths"} <= asked:
        return "verl_batch"
    first = ordered[0] if ordered else ""
    if first in ("reward_input", "reward_inputs") or {"REWARD_TYPE", "REWARD_NAME"} & constants.keys():
        default = "sequential" if first == "reward_input" else "batch"  # EasyR1's own default is batch
        return "easyr1" if constants.get("REWARD_TYPE", default) == "sequential" else "easyr1_batch"
    return "own"


def functions_of(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Those at the top level, by name."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def signature_of(tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    names = tuple(one.arg for one in (*positional, *arguments.kwonlyargs))
    optional = {one.arg for one in positional[len(positional) - len(arguments.defaults) :]}
    optional |= {
        one.arg for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is not None
    }
    style = recognise(names, constants_of(tree))
    returns = ast.unparse(function.returns) if function.returns else ""
    return Signature(
        names=names,
        optional=frozenset(optional),
        everything=arguments.kwarg is not None,
        by_place=bool(arguments.posonlyargs),
        style=style,
        messages=style == "trl" and _reads_messages(tree, function),
        makes="Callable" in returns and style == "own",
    )


def constants_of(tree: ast.Module) -> dict[str, object]:
    """NAME = "value" at the top level."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _reads_messages(tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether completions are taken for chat messages. TRL gives them so where the prompt is a chat and as plain text
    where it is not; which of the two a function was written for is only to be seen from what it does with them."""
    arguments = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    told = next((ast.unparse(one.annotation) for one in arguments if one.arg == "completions" and one.annotation), "")
    if "dict" in told.casefold():
        return True
    if "str" in told:
        return False
    inside = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    reached, new = {}, {function.name: function}
    while new:
        reached |= new
        called = {name.id for node in new.values() for name in ast.walk(node) if isinstance(name, ast.Name)}
        new = {name: inside[name] for name in called & inside.keys() - reached.keys()}
    nodes = [node for one in reached.values() for node in ast.walk(one)]
    if any(isinstance(node, ast.Constant) and node.value in ("content", "role") for node in nodes):
        return True
    here = {*inside, *dir(builtins), *(one.arg for one in arguments)}
    return any(_hands_on(node, here) for node in nodes if isinstance(node, ast.Call))


def _hands_on(call: ast.Call, here: Container[str]) -> bool:
    """Whether `completions` goes whole to a reward of another file, as TRL's own are: those read messages."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if isinstance(call.func, ast.Attribute) and "reward" in call.func.attr:
        name = call.func.attr
    values = (*call.args, *(keyword.value for keyword in call.keywords))
    whole = any(isinstance(value, ast.Name) and value.id == "completions" for value in values)
    return whole and name != "" and name not in here
