"""How large the rooms and their functions are, against what the house aims for; reports and never fails."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parent.parent


def functions(tree: ast.AST) -> list[tuple[int, str]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.end_lineno - node.lineno + 1, node.name) for node in ast.walk(tree) if isinstance(node, kinds)]


def main() -> None:
    files = sorted([*ROOT.glob("mmzero/**/*.py"), *ROOT.glob("rewards/*.py")])
    lines = {file: len(file.read_text().splitlines()) for file in files}
    found = [(*one, file) for file in files for one in functions(ast.parse(file.read_text()))]
    lengths = [length for length, _, _ in found]
    tests = sum(len(file.read_text().splitlines()) for file in ROOT.glob("tests/**/*.py"))
    print(f"{len(files)} rooms, {sum(lines.values())} lines; the middle one has {median(lines.values()):.0f}")
    tenth = quantiles(lengths, n=10)[-1]
    print(f"{len(found)} functions; half under {median(lengths):.0f} lines, nine in ten under {tenth:.0f} (aim: 40)")
    print(f"loop.py has {lines[ROOT / 'mmzero/loop.py']} lines (aim: 120); {tests} lines of tests")
    for file, count in lines.items():
        if count > 300:
            print(f"  over 300 lines: {file.relative_to(ROOT)} {count}")
    for length, name, file in sorted(found, key=lambda one: -one[0]):
        if length > 40:
            print(f"  over 40 lines: {file.relative_to(ROOT)}:{name} {length}")


if __name__ == "__main__":
    main()
