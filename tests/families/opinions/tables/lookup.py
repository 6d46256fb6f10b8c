"""The table as an array: its rows and columns found by the names that the question uses."""

import re

import numpy as np
from printed import stands


def rederive(scene: dict, question: str) -> str:
    names = [name for name, _ in scene["rows"]]
    table = np.array([numbers for _, numbers in scene["rows"]])
    head = question.split(":")[0]
    words = re.findall(r"\w+", head)
    columns = [scene["columns"].index(word) for word in words if word in scene["columns"]]
    rows = [names.index(word) for word in words if word in names]
    bounds = [int(word) for word in words if word.isdigit()]
    column = table[:, columns[0]] if columns else None
    if head.startswith("Which"):
        return names[int(column.argmax() if "highest" in head else column.argmin())]
    if head.startswith("What number"):
        return str(table[rows[0], columns[0]])
    if "add up" in head:
        return str(table[rows[0]].sum())
    if "greater" in head:
        return str(column[rows[0]] - column[rows[1]])
    if head.startswith("Look"):
        return str(table[column.argmax(), columns[1]])
    if "among" in head:
        return str(column[table[:, columns[1]] > bounds[0]].max())
    return str((column > (table[:, columns[1]] if len(columns) > 1 else bounds[0])).sum())


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    n, m = len(scene["rows"]) + 1, len(scene["columns"])
    row, wide = min(0.15, 0.94 / n), 0.94 / (m + 1.2)
    heads = [stands(picture, c, _at(0, j, n, row, wide), 0.075) for j, c in enumerate(scene["columns"])]
    for i, (name, numbers) in enumerate(scene["rows"], 1):
        heads.append(stands(picture, name, (0.05, _at(i, 0, n, row, wide)[1]), 0.075, "lm"))
        heads += [stands(picture, str(v), _at(i, j, n, row, wide), 0.075) for j, v in enumerate(numbers)]
    return all(heads)


def _at(i: int, j: int, n: int, row: float, wide: float) -> tuple[float, float]:
    return 0.03 + wide * (1.2 + j + 0.5), 0.5 + (i + 0.5 - n / 2) * row
