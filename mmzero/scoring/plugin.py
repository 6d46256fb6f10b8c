"""A loaded reward: the function, how it wants to be called and what it is given besides the answer. Must not know what
it is shown, nor when it is called."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import sys
import textwrap
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmzero.recipe import plugins
from mmzero.recipe.signatures import GIVEN, Per, Signature, recognise, signature_of
from mmzero.recipe.tree import Plugin
from mmzero.scoring.outcome import Outcome
from mmzero.scoring.view import NOTHING, Surroundings, View

if TYPE_CHECKING:
    from mmzero.scoring.isolate import Isolated
    from mmzero.scoring.judge import Judge

_MOST_REMEMBERED = 65_536  # calls
_FOREIGN = ("response", "tokens", "truth", "question", "family", "scene", "images")  # what a foreign reward may be told


@dataclass(frozen=True, slots=True)
class Reward:
    """`name` is how its part is shown. `isolated` calls take the place of `function` where the plugin asks for it."""

    name: str
    plugin: Plugin
    function: Callable[..., Any]
    signature: Signature
    services: Mapping[str, Any] = field(default_factory=dict)
    isolated: Isolated | None = None
    memory: Memory | None = None
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def weight(self) -> float:
        return self.plugin.weight

    @property
    def per(self) -> Per:
        return self.plugin.per or self.signature.per

    @property
    def judge(self) -> Judge | None:
        return self.services.get("judge")

    def close(self) -> None:
        """End what it started: a process, a sandbox."""
        self.closing.close()


class Memory:
    """What calls came to, by what they were shown."""

    def __init__(self):
        self._kept: OrderedDict[str, list[Outcome]] = OrderedDict()

    def key(self, views: Sequence[View], signature: Signature) -> str:
        names = GIVEN["own"].intersection(signature.names) if signature.style == "own" else _FOREIGN
        content = "\0".join(view.content(name) for view in views for name in sorted(names))
        return hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=16).hexdigest()

    def get(self, key: str) -> list[Outcome] | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: str, outcomes: list[Outcome]) -> None:
        """An error is not kept: it may have passed by the next time."""
        if not any(outcome.error for outcome in outcomes):
            self._kept[key] = outcomes
            while len(self._kept) > _MOST_REMEMBERED:
                self._kept.popitem(last=False)


def reward(use: str, function: Callable[..., Any], weight: float = 1.0, **how: Any) -> Reward:
    """A function that is already here; `how` is what a recipe may say beside `use`."""
    return bare(Plugin(use=use, weight=weight, **how), function)


def load(plugin: Plugin, path: Path, around: Surroundings = NOTHING) -> Reward:
    """The plugin whose source, or a campaign's frozen copy of it, lies at `path`. This runs the plugin's code, here or
    in a process of its own."""
    from mmzero.scoring.judge import judge_of

    elsewhere = plugin.isolate and not plugins.read_signature(plugin.use, path).makes
    one = bare(plugin, _elsewhere if elsewhere else plugins.load_file(plugin, path), path)
    if plugin.isolate:
        from mmzero.scoring.isolate import Isolated

        isolated = Isolated(plugin, path)
        one.closing.callback(isolated.close)
        return replace(one, isolated=isolated)
    return replace(one, services=services_of(one.signature, judge_of(plugin.judge, around), around, one.closing))


def _elsewhere(*_: Any, **__: Any) -> None:
    raise AssertionError("an isolated reward is called in its own process")


def bare(plugin: Plugin, function: Callable[..., Any], path: Path | None = None) -> Reward:
    """Without services or a process of its own."""
    where, _, name = plugin.use.rpartition(":")
    signature = plugins.read_signature(plugin.use, path) if path else None
    if signature is None or signature.makes:
        signature = _signature(function)
    return Reward(
        name=f"{where.rpartition('/')[2].removesuffix('.py')}.{name}",
        plugin=plugin,
        function=function,
        signature=signature,
        memory=Memory() if plugin.cache else None,
    )


def services_of(signature: Signature, judge: Judge | None, around: Surroundings, closing: ExitStack) -> dict[str, Any]:
    """The services it asks for, started."""
    services: dict[str, Any] = {}
    if signature.style != "own":
        return services
    if judge is not None:
        services["judge"] = judge
    if "render" in signature.names:
        services["render"] = around.render or closing.enter_context(_sandbox())
    return services


def _sandbox() -> Any:
    from mmzero.render import RenderPolicy, RenderPool

    return RenderPool(RenderPolicy())


def _signature(function: Callable[..., Any]) -> Signature:
    """Of a function that has no file to be read from, or that another one made."""
    plain = function.func if isinstance(function, functools.partial) else function
    module = sys.modules.get(getattr(plain, "__module__", ""), None)
    parameters = inspect.signature(function).parameters.values()
    filled = getattr(function, "keywords", {})
    several = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    names = tuple(one.name for one in parameters if one.kind not in several and one.name not in filled)
    style = recognise(names, vars(module) if module else {})
    return Signature(
        names=names,
        optional=frozenset(one.name for one in parameters if one.default is not one.empty),
        everything=any(one.kind is one.VAR_KEYWORD for one in parameters),
        style=style,
        messages=style == "trl" and _reads_messages(plain),
    )


def _reads_messages(function: Callable[..., Any]) -> bool:
    told = str(inspect.signature(function).parameters.get("completions", ""))
    if "dict" in told or "str" in told:
        return "dict" in told
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return True  # nothing can be seen of it, and a VLM's prompts are chats
    inside = next((node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)), None)
    return inside is None or signature_of(tree, inside).messages
