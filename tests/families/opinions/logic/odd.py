"""Second opinion on `odd`: what stands once is counted, and on the picture the thing that every cell holds is named."""

from collections import Counter
from typing import Any

from cells import cell, thing


def rederive(scene: dict, question: str) -> str:
    grid = [[tuple(thing) for thing in row] for row in scene["grid"]]
    if question.startswith("What"):
        feature = ["colour", "shape"].index(question.split()[1])
        return _only(Counter(thing[feature] for row in grid for thing in row))
    if "odd one" in question:
        alone = _only(Counter(thing for row in grid for thing in row))
        return str(1 + next(i for i, row in enumerate(grid) if alone in row))
    looked = [tuple(thing["shape" in question] for thing in row) for row in grid]
    looked = [tuple(sorted(row)) for row in looked] if "mix" in question else looked
    return str(looked.index(_only(Counter(looked))) + 1)


def _only(counts: Counter) -> Any:
    once = [value for value, n in counts.items() if n == 1]
    assert len(once) == 1, f"not one odd one: {counts}"
    return once[0]


def seen(picture, scene, question) -> bool:
    n = len(scene["grid"])
    shown = [[thing(cell(picture, row, column, n)) for column in range(n)] for row in range(n)]
    return shown == [[tuple(pair) for pair in row] for row in scene["grid"]]
