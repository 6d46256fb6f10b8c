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
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from mmzero import shipped
from mmzero.answers.frames import FRAMES
from mmzero.errors import UserError
from mmzero.recipe.sentences import mistake, show, suggest
from mmzero.recipe.signatures import GIVEN, REWARD_PARAMETERS, Signature, functions_of, signature_of
from mmzero.recipe.source import defined_in, imported, module_file, parse
from mmzero.recipe.tree import Plugin, Recipe, Role

DEFAULT_FRAME = "thousandths"  # of shipped rewards and of roles
_PLACES = re.compile(r"rewards/(box|detection_\w+|point|dual_format)\.py:")
_FRAMES_OF = ("frame", "truth_frame", "counted_in")  # parameters of shipped rewards that name one
_NONE: Mapping[str, Path] = MappingProxyType({})
# By what comes of proposals (Recipe.draws): whose mode says so, which parameter tells what others made of them, and a
# reward that asks for it.
_MADE_OF = {
    "nothing": ("proposer", "votes", "rewards/learnability.py:unbiased"),
    "pictures": ("coder", "drawings", "rewards/mm_zero.py:{}"),
    "programs": ("coder", "instances", "rewards/learnability.py:over_instances"),
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


def check(plugin: Plugin, known_names: frozenset[str], folder: Path, frozen: Mapping[str, Path] = _NONE) -> Signature:
    """Whether the plugin can be called with what it is given, judged by its source alone: a campaign's frozen copy of it,
    else the file it is found in. Gives how it is called."""
    path = frozen.get(plugin.use) or find(plugin.use, folder)
    signature = read_signature(plugin.use, path)
    given = known_names if signature.style == "own" else GIVEN[signature.style]
    if signature.makes:
        given = frozenset()  # it makes the reward from `with` alone
    elif signature.style.startswith("easyr1"):
        given = frozenset(signature.names[:1])
    if signature.by_place and not signature.style.startswith("easyr1"):
        raise mistake(f"{plugin.use} has parameters before '/', but all are passed by name; take the '/' away")
    _with_fits(plugin, signature, given)
    if path.is_relative_to(shipped.root() / "rewards"):
        _frames_are_known(plugin)
    for name in signature.names:
        # A column of the data may have any name: only the data can say that there is none.
        if name not in signature.optional | plugin.with_.keys() | given and signature.style != "trl":
            raise mistake(_asks_in_vain(plugin, name, given, signature))
    _call_fits(plugin, signature)
    return signature


def check_rewards(recipe: Recipe, folder: Path, frozen: Mapping[str, Path] = _NONE) -> None:
    """Every reward of every role, before any engine starts."""
    for name, role in recipe.roles.items():
        for plugin in role.rewards:
            _mode_suits(recipe, name, plugin, check(plugin, frozenset(REWARD_PARAMETERS), folder, frozen))
            if role.says_boxes_in != DEFAULT_FRAME:
                _frame_is_said_once(f"roles.{name}", role, plugin)
            policy = plugin.judge.policy if plugin.judge else None
            if policy is not None and policy not in recipe.policies:
                raise mistake(
                    f"the judge of {plugin.use} is the policy {show(policy)}, which policies does not define;"
                    f" {suggest(policy, recipe.policies)}"
                )


def _mode_suits(recipe: Recipe, role: str, plugin: Plugin, signature: Signature) -> None:
    """What others made of a proposal comes in one shape, by who draws it: a reward that needs another is a constant."""
    if role == "solver" or signature.style != "own" or signature.makes:
        return
    whose, given, example = _MADE_OF[recipe.draws]
    shapes = {shape for _, shape, _ in _MADE_OF.values()} - signature.optional
    asked = [name for name in signature.names if name in shapes]
    if asked and given not in asked:
        raise mistake(
            f"roles.{role}.rewards has {plugin.use}, which asks for '{asked[0]}', but the {whose}'s mode is"
            f" {recipe.mode(whose)}, which only ever gives '{given}', so it could not tell one {role}'s words from"
            f" another's; take a reward that asks for that, such as {example.format(role)}, or change roles.{whose}.mode"
        )


def reads_places(plugin: Plugin) -> bool:
    """Whether a shipped reward reads the answer's boxes or points."""
    return _PLACES.match(plugin.use) is not None


def read_signature(use: str, path: Path) -> Signature:
    """How the function in this file wants to be called."""
    tree = parse(path)
    return signature_of(tree, _definition(use, path, tree))


def functions(path: Path) -> dict[str, tuple[Signature, str]]:
    """Every public function of a plugin file: how it is called, and the first sentence about it or about its file."""
    tree = parse(path)
    return {
        name: (signature_of(tree, node), _first_sentence(ast.get_docstring(node) or ast.get_docstring(tree) or ""))
        for name, node in functions_of(tree).items()
        if not name.startswith("_")
    }


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].removesuffix(".")


def handed_on(package: str) -> list[str]:
    """The functions that a package names and its modules define; none where it is not installed."""
    try:
        path = module_file(package, package)
    except UserError:
        return []
    names = {name for name in imported(parse(path)) if not name.startswith("_")}
    return [name for name in sorted(names) if name in functions(find(f"{package}:{name}", path.parent))]


def _with_fits(plugin: Plugin, signature: Signature, given: frozenset[str]) -> None:
    for name in plugin.with_:
        if name in given and (signature.style == "own" or name in signature.names):
            raise mistake(f"{plugin.use} is given '{name}' by every call, but with: sets it too; rename the parameter")
        if name not in signature.names and not signature.everything:
            own = [known for known in signature.names if known not in given]
            raise mistake(f"{plugin.use} has no parameter {show(name)}, which with: sets; {suggest(name, own)}")


def _frames_are_known(plugin: Plugin) -> None:
    for name in _FRAMES_OF:
        frame = plugin.with_.get(name, DEFAULT_FRAME)
        if frame not in FRAMES:
            raise mistake(
                f"{plugin.use} is given the {name} {show(frame)}, which is no frame of coordinates;"
                f" {suggest(str(frame), FRAMES)}"
            )


def _frame_is_said_once(where: str, role: Role, plugin: Plugin) -> None:
    own = plugin.with_.get("frame", DEFAULT_FRAME)
    if reads_places(plugin) and own != DEFAULT_FRAME:
        raise mistake(
            f"{plugin.use} has the frame {show(own)}, but {where}.says_boxes_in is {role.says_boxes_in}, after which every"
            f" reward is shown {DEFAULT_FRAME}: they would be converted twice; take frame out of its with"
        )


def _asks_in_vain(plugin: Plugin, name: str, given: frozenset[str], signature: Signature) -> str:
    if signature.makes:
        return f"{plugin.use} makes a reward from '{name}', which with: does not set; set it there"
    return (
        f"{plugin.use} asks for '{name}', which nothing gives it; set it in with:, give it a default, or ask"
        f" for something that is given: {suggest(name, given)}"
    )


def _call_fits(plugin: Plugin, signature: Signature) -> None:
    """What `use` stands beside must suit the function."""
    if plugin.per not in (None, "answer") and signature.style in ("verl", "easyr1"):
        raise mistake(
            f"{plugin.use} has {signature.style}'s shape, which scores one answer at a time, but per is"
            f" {plugin.per}; take per away"
        )
    asks = signature.style == "own" and "judge" in signature.names
    if asks and plugin.judge is None and "judge" not in signature.optional:
        raise mistake(
            f"{plugin.use} asks for 'judge', but has none; add judge: {{address: http://…/v1, model: …}} beside use"
        )
    if plugin.judge and not asks:
        raise mistake(f"{plugin.use} has a judge and does not ask for it; add the parameter 'judge' or take it away")
    if plugin.judge and plugin.judge.policy is not None and plugin.isolate:
        raise mistake(
            f"{plugin.use} is isolated and its judge is the policy '{plugin.judge.policy}', which lives in the campaign's"
            " process; take isolate away or give the judge an address"
        )


def load(plugin: Plugin, folder: Path) -> Callable[..., Any]:
    """The function with its `with` filled in. This runs the plugin's code."""
    where = plugin.use.rpartition(":")[0]
    path = find(plugin.use, folder)
    if where.endswith(".py"):
        return load_file(plugin, path)
    return _bound(plugin, path, lambda: importlib.import_module(where))


def load_file(plugin: Plugin, path: Path) -> Callable[..., Any]:
    """The same from a file already known: a campaign's frozen copy, say."""
    return _bound(plugin, path, lambda: _run(path, _package(plugin.use)))


def source_hash(path: Path) -> str:
    """The sha256 of a plugin's file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _folders(recipe_folder: Path) -> list[Path]:
    return [recipe_folder, Path.cwd(), shipped.root()]


def _find_module(name: str, use: str) -> Path:
    """Where the function is defined: a package often only hands on what its modules define."""
    return defined_in(name, use)[1]


def _package(use: str) -> str:
    """The package of the module that defines a plugin, so that a frozen copy's relative imports lead there too."""
    where = use.rpartition(":")[0]
    if where.endswith(".py"):
        return ""
    try:
        name, path = defined_in(where, use)
    except UserError:  # not installed here any more: a copy that needs nothing of its package still runs
        return ""
    return name if path.name == "__init__.py" else name.rpartition(".")[0]


def _definition(use: str, path: Path, tree: ast.Module) -> ast.FunctionDef | ast.AsyncFunctionDef:
    name = use.rpartition(":")[2]
    known = functions_of(tree)
    if name not in known:
        public = [one for one in (*known, *imported(tree)) if not one.startswith("_")]
        raise mistake(f"{path} defines no function '{name}' with def at its top level; {suggest(name, public)}")
    return known[name]


def _bound(plugin: Plugin, path: Path, module: Callable[[], ModuleType]) -> Callable[..., Any]:
    name = plugin.use.rpartition(":")[2]
    try:
        function = getattr(module(), name, None)
    except (Exception, SystemExit) as error:
        raise mistake(f"{path} fails when it is loaded ({type(error).__name__}: {error}); correct it") from error
    if not callable(function):
        raise mistake(f"{path} defines no function '{name}'; correct {plugin.use}")
    if read_signature(plugin.use, path).makes:
        return _made(plugin, function)
    return functools.partial(function, **plugin.with_) if plugin.with_ else function


def _made(plugin: Plugin, function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        made = function(**plugin.with_)
    except (Exception, SystemExit) as error:
        raise mistake(f"{plugin.use} makes no reward ({type(error).__name__}: {error}); correct its with:") from error
    if not callable(made):
        raise mistake(f"{plugin.use} is to make a reward and returned {show(made)}; correct its annotation or its end")
    return made


def _run(path: Path, package: str = "") -> ModuleType:
    """The file as a module of its own: two files called reward.py do not meet, and an edited one is another module."""
    place = hashlib.sha256(str(path).encode()).hexdigest()
    name = f"_mmzero_plugin_{path.stem}_{place[:8]}_{source_hash(path)[:8]}"
    name = f"{package}.{name}" if package else name
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
