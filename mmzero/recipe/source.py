"""Where a module's source lies and what it says, without running any of it; must not know what a plugin is for."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
from pathlib import Path

from mmzero.recipe.sentences import mistake, show
from mmzero.recipe.signatures import functions_of

_MOST_BYTES = 2**20
_MOST_HOPS = 8  # a package names what its modules define, and a package of packages may hand on more than once


def parse(path: Path) -> ast.Module:
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


def module_file(name: str, use: str) -> Path:
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


def defined_in(name: str, use: str) -> tuple[str, Path]:
    """The module that defines the function of `use`, which the module `name` may only hand on, and its file."""
    function = use.rpartition(":")[2]
    path = module_file(name, use)
    for _ in range(_MOST_HOPS):
        tree = parse(path)
        onward = None if function in functions_of(tree) else _handed_on(tree, name, path, function)
        if onward is None:
            break
        name, path = onward, module_file(onward, use)
    return name, path


def imported(tree: ast.Module) -> list[str]:
    """What a package takes from its own modules."""
    inside = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    return [alias.asname or alias.name for node in inside for alias in node.names]


def _handed_on(tree: ast.Module, name: str, path: Path, function: str) -> str | None:
    """The module of `from .module import function`."""
    for node in ast.walk(tree):
        # Under another name it would not be found there by this one.
        if isinstance(node, ast.ImportFrom) and any(
            function == one.name == (one.asname or one.name) for one in node.names
        ):
            # A package is level 1 of itself, a module is level 1 of its package.
            up = name.split(".")[: len(name.split(".")) - node.level + (path.name == "__init__.py")]
            return ".".join([*(up if node.level else ()), *([node.module] if node.module else ())])
    return None
