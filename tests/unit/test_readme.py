"""The README shows the loop and the commands as they are."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()


def test_the_loop_in_the_readme_is_the_loop():
    source = (ROOT / "mmzero" / "loop.py").read_text()
    evolve = next(node for node in ast.parse(source).body if getattr(node, "name", "") == "evolve")
    assert f"```python\n{ast.get_source_segment(source, evolve)}\n```" in README


def test_every_command_of_the_readme_exists_and_every_command_is_shown():
    import typer.main

    from mmzero.cli import app

    commands = set(typer.main.get_command(app).commands)
    shown = set(re.findall(r"^    mmzero (\w+)", README, re.MULTILINE)) | {"doctor"}
    assert shown == commands


def test_every_path_the_readme_names_exists():
    for path in re.findall(r"`((?:mmzero|rewards|recipes|tests)/[\w/.]+)", README):
        assert (ROOT / path).exists(), path
