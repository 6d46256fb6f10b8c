"""Who may import whom: house rule, read from the source by `ast`, and the rule itself tried on a planted breach."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# The first prefix that fits decides. A room on no floor fails.
FLOORS = {
    "mmzero.types": 0,
    "mmzero.errors": 0,
    "mmzero.shipped": 0,
    "mmzero.machine": 0,
    "mmzero.waits": 0,
    "mmzero.statistics": 1,
    "mmzero.alike": 1,
    "mmzero.answers": 1,
    "mmzero.credit": 1,
    "mmzero.segment": 1,
    "mmzero.spoil": 1,
    "mmzero.habits": 1,
    "mmzero.sources.posterior": 1,
    "mmzero.sources.archive": 1,
    "mmzero.recipe.sentences": 1,
    "rewards": 1,
    "mmzero.recipe": 2,
    "mmzero.ports": 2,
    "mmzero.families": 3,
    "mmzero.render": 3,
    "mmzero.roles": 3,
    "mmzero.gate": 3,
    "mmzero.gate.leaks": 1,
    "mmzero.losses": 3,
    "mmzero.sources": 4,
    "mmzero.scoring": 4,
    "mmzero.play": 4,
    "mmzero.room": 4,
    "mmzero.sight": 4,
    "mmzero.refill": 4,
    "mmzero.noisy": 4,
    "mmzero.rehearse": 4,
    "mmzero.rethink": 4,
    "mmzero.rooms": 4,
    "mmzero.loop": 4,
    "mmzero.step": 4,
    "mmzero.overlap": 4,
    "mmzero.supervise": 4,
    "mmzero.watchdogs": 4,
    "mmzero.telemetry": 4,
    "mmzero.evaluate": 4,
    "mmzero.report": 4,
    "mmzero.watch": 4,
    "mmzero.journal": 4,
    "mmzero.plan": 4,
    "mmzero.model_files": 4,
    "mmzero.given": 4,
    "mmzero.status": 4,
    "mmzero.bank": 4,
    "mmzero.bridge": 4,
    "mmzero.engines": 5,
    "mmzero.zoo": 5,
    "mmzero.doctor": 6,
    "mmzero.screen": 6,
    "mmzero.campaign": 6,
    "mmzero.export": 6,
    "mmzero.cli": 6,
    "mmzero.tasks_command": 6,
    "mmzero.rewards_command": 6,
    "mmzero.journal_command": 6,
    "mmzero.bridge_command": 6,
    "mmzero.__main__": 6,
    "mmzero": 0,
}

# Third parties by floor; what is slow to import stands inside functions, and those imports are not judged here except
# that floors below 5 never import an engine or torch, wherever they stand.
NUMBERS = {"numpy"}
THIRD = {
    0: set(),
    1: NUMBERS,
    2: NUMBERS | {"pydantic", "pydantic_core", "yaml"},
    3: NUMBERS | {"PIL"},
    4: NUMBERS | {"pyarrow", "rich", "pydantic"},
}
ENGINES = {"torch", "transformers", "trl", "vllm", "deepspeed", "ray", "peft", "accelerate"}
MAY_TORCH = ("mmzero.losses",)
# Entry points that build an engine at a person's command; the import stands inside the function.
DOORS = {"mmzero.evaluate": {"mmzero.engines.transformers_sampler", "mmzero.engines.processed"}}


def floor(module: str) -> int:
    fitting = [name for name in FLOORS if module == name or module.startswith(name + ".")]
    named = max(fitting, key=len, default=None)
    if named is None or (named == "mmzero" and module != "mmzero"):
        raise AssertionError(f"{module} stands on no floor; give it one in FLOORS")
    return FLOORS[named]


def imports(source: str) -> list[tuple[str, bool]]:
    """Every module imported, and whether at the top of the file; what only a type checker sees is left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            node.body = []
    top = {id(node) for node in tree.body}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.module, id(node) in top)]
            if node.module in ("mmzero", "mmzero.engines", "mmzero.recipe", "mmzero.families", "mmzero.roles"):
                inside = [f"{node.module}.{alias.name}" for alias in node.names]
                found += [
                    (name, id(node) in top)
                    for name in inside
                    if (ROOT / name.replace(".", "/")).with_suffix(".py").exists()
                ]
    return found


def breaches(module: str, source: str) -> list[str]:
    mine, found = floor(module), []
    for name, at_top in imports(source):
        root = name.split(".")[0]
        if root in ("mmzero", "rewards"):
            if floor(name) > mine and name not in DOORS.get(module, ()):
                found.append(f"{module} (floor {mine}) imports {name} (floor {floor(name)})")
        elif root in ENGINES and mine < 5 and not module.startswith(MAY_TORCH):
            found.append(f"{module} (floor {mine}) imports the engine {name}")
        elif at_top and mine in THIRD and root not in THIRD[mine] | ENGINES and not _standard(root):
            found.append(f"{module} (floor {mine}) imports {name} at the top of the file")
    return found


def _standard(root: str) -> bool:
    import sys

    return root in sys.stdlib_module_names


def modules() -> list[tuple[str, Path]]:
    files = [*ROOT.glob("mmzero/**/*.py"), *ROOT.glob("rewards/*.py")]
    return [(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), file) for file in files]


@pytest.mark.parametrize(("module", "file"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_room_imports_only_from_its_floor_and_below(module, file):
    assert not breaches(module, file.read_text())


def test_every_room_says_what_it_holds():
    silent = [
        module
        for module, file in modules()
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not silent


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mmzero.types", "import numpy"),
        ("mmzero.credit", "from mmzero.recipe import Recipe"),
        ("mmzero.loop", "def f():\n    import torch"),
        ("mmzero.families.count", "import sympy"),
        ("mmzero.play", "from mmzero.engines import fake"),
        ("rewards.answer", "import mmzero.families"),
    ],
)
def test_a_planted_breach_is_caught(module, source):
    assert breaches(module, source)


def test_a_room_on_no_floor_is_caught():
    with pytest.raises(AssertionError, match="no floor"):
        floor("mmzero.utils")


def test_no_room_has_a_name_that_says_nothing():
    assert not {file.stem for _, file in modules()} & {"utils", "helpers", "common", "manager"}


def test_no_environment_variable_is_a_knob():
    readers = [module for module, file in modules() if re.search(r"os\.environ|getenv", file.read_text())]
    starters = {f"mmzero.engines.{room}" for room in ("deepspeed_engine", "vllm_sampler", "cluster")}
    assert set(readers) <= starters, "only engines' own switches are set, each where its engine is started"
