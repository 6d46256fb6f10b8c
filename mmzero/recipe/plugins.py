"""Functions named by path: found, checked by reading their source, and loaded; must not know what they compute.

A plugin asks by parameter name for what it needs: `def correct(answer, truth): …`. Nothing of it runs before `load`.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from mmzero import shipped
from mmzero.recipe.sentences import mistake, show, suggest
from mmzero.recipe.tree import Plugin, Recipe

_MOST_BYTES = 2**20

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
    "step": "the campaign's step, counted from 0",
    "images": "the hashes of the task's images, a tuple",
    "votes": "for a proposer: did each vote solve the minted task, a tuple of bool; None where nothing was minted",
    "proposal": "for a proposer: mmzero.types.Proposal; None where it was rejected",
    "rejection": "for a proposer: mmzero.types.Rejection; None where a task was minted",
    "batch": "for a proposer: every proposal of the step, a tuple",
    "archive": "for a proposer: how often each proposal was made before this step, a mapping",
}


def find(use: str, recipe_folder: Path) -> Path:
    """The source file of a plugin: beside the recipe, in the working folder, among the shipped; or a module's."""
    where, _, _ = use.rpartition(":")
    if not where.endswith(".py"):
        return _find_module(where, use)
    places = [recipe_folder / where, Path.cwd() / where, shipped.root() / where]
    for path in places:
        try:
            if path.is_file():
                return path.resolve()
        except OSError:  # a name longer than a name may be
            break
    known = [
        str(file.relative_to(folder)) for folder in _folders(recipe_folder) for file in folder.glob("rewards/*.py")
    ]
    raise mistake(
        f"the plugin {show(where)} is neither beside the recipe ({recipe_folder}) nor in the working folder nor"
        f" shipped; {suggest(where, known)}"
    )


def check(plugin: Plugin, known_names: frozenset[str], folder: Path) -> None:
    """Whether the plugin can be called with what it is given, judged by its source alone."""
    path = find(plugin.use, folder)
    function = _definition(plugin.use, path)
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    names = [one.arg for one in (*positional, *arguments.kwonlyargs)]
    optional = {one.arg for one in positional[len(positional) - len(arguments.defaults) :]}
    optional |= {
        one.arg for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is not None
    }
    if arguments.posonlyargs:
        raise mistake(f"{plugin.use} has parameters before '/', but all are passed by name; take the '/' away")
    for name in plugin.with_:
        if name in known_names:
            raise mistake(f"{plugin.use} is given '{name}' by every call, but with: sets it too; rename the parameter")
        if name not in names and arguments.kwarg is None:
            own = [known for known in names if known not in known_names]
            raise mistake(f"{plugin.use} has no parameter {show(name)}, which with: sets; {suggest(name, own)}")
    for name in names:
        if name not in optional and name not in plugin.with_ and name not in known_names:
            raise mistake(
                f"{plugin.use} asks for '{name}', which nothing gives it; set it in with:, give it a default, or ask"
                f" for something that is given: {suggest(name, known_names)}"
            )


def check_rewards(recipe: Recipe, folder: Path) -> None:
    """Every reward of every role, before any engine starts."""
    for role in recipe.roles.values():
        for plugin in role.rewards:
            check(plugin, frozenset(REWARD_PARAMETERS), folder)


def load(plugin: Plugin, folder: Path) -> Callable[..., Any]:
    """The function with its `with` filled in. This runs the plugin's code."""
    where = plugin.use.rpartition(":")[0]
    path = find(plugin.use, folder)
    if where.endswith(".py"):
        return load_file(plugin, path)
    return _bound(plugin, path, lambda: importlib.import_module(where))


def load_file(plugin: Plugin, path: Path) -> Callable[..., Any]:
    """The same from a file already known: a campaign's frozen copy, say."""
    return _bound(plugin, path, lambda: _run(path))


def source_hash(path: Path) -> str:
    """The sha256 of a plugin's file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _folders(recipe_folder: Path) -> list[Path]:
    return [recipe_folder, Path.cwd(), shipped.root()]


def _find_module(name: str, use: str) -> Path:
    """Parents are walked by their search paths: importing a package to find a file in it would run it."""
    first, *rest = name.split(".")
    try:
        spec = importlib.util.find_spec(first)
        at = first
        for part in rest:
            at = f"{at}.{part}"
            places = spec.submodule_search_locations if spec else None
            spec = importlib.machinery.PathFinder.find_spec(at, places) if places else None
    except (ImportError, ValueError):  # an empty name, or a module that was never properly imported
        spec = None
    if spec is None:
        raise mistake(
            f"{show(use)} names the module {show(name)}, which is not installed; install it or write FILE.py:FUNCTION"
        )
    path = Path(spec.origin or "")
    if path.suffix != ".py" or not path.is_file():
        raise mistake(
            f"{show(use)} names the module {show(name)}, which has no Python source to check; name one that has"
        )
    return path.resolve()


def _definition(use: str, path: Path) -> ast.FunctionDef:
    name = use.rpartition(":")[2]
    tree = _parse(path)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    function = functions.get(name)
    if function is None:
        public = [known for known in functions if not known.startswith("_")]
        raise mistake(f"{path} defines no function '{name}' with def at its top level; {suggest(name, public)}")
    if isinstance(function, ast.AsyncFunctionDef):
        raise mistake(f"{use} is an async function, but plugins are plain ones; write def")
    return function


def _parse(path: Path) -> ast.Module:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise mistake(f"{path} holds more than {_MOST_BYTES} bytes, too much for a plugin; is this the right file?")
        return ast.parse(path.read_bytes(), str(path))
    except SyntaxError as error:
        at = f", line {error.lineno}" if error.lineno else ""
        raise mistake(f"{path}{at}: this is no Python ({error.msg}); correct it") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise mistake(f"{path} cannot be read as Python ({error}); correct it") from error
    except OSError as error:
        raise mistake(f"{path} cannot be read ({error.strerror}); check its rights") from error


def _bound(plugin: Plugin, path: Path, module: Callable[[], ModuleType]) -> Callable[..., Any]:
    name = plugin.use.rpartition(":")[2]
    try:
        function = getattr(module(), name, None)
    except (Exception, SystemExit) as error:
        raise mistake(f"{path} fails when it is loaded ({type(error).__name__}: {error}); correct it") from error
    if not callable(function):
        raise mistake(f"{path} defines no function '{name}'; correct {plugin.use}")
    return functools.partial(function, **plugin.with_) if plugin.with_ else function


def _run(path: Path) -> ModuleType:
    """The file as a module of its own: two files called reward.py do not meet, and an edited one is another module."""
    place = hashlib.sha256(str(path).encode()).hexdigest()
    name = f"_mmzero_plugin_{path.stem}_{place[:8]}_{source_hash(path)[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look a class's module up here
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
