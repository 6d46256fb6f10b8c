"""Second opinion on `life`: the rule in the question's words, on shifted arrays; the picture cell by cell."""

import numpy as np


def _near(cells, diagonals):
    wide = np.pad(cells, 1)
    n = len(cells)
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1) and (diagonals or 1 in (i, j))]
    return sum(wide[i : i + n, j : j + n] for i, j in shifts)


def _step(cells, question):
    near, live = _near(cells, "around it" in question), cells == 1
    if "2 or 3 live" in question:
        after = (near == 3) | (live & (near == 2))
    elif "every live one dies" in question:
        after = ~live & (near == 2)
    elif "exactly 2" in question:
        after = near == 2
    elif "1 or 3" in question:
        after = near % 2 == 1
    else:
        after = live | (near == 2)
    return after.astype(int)


def rederive(scene, question):
    cells = np.array([list(map(int, row)) for row in scene["rows"]])
    if "ringed" in question:
        if question.startswith("How many"):
            return str(_near(cells, "around" in question).flat[scene["ring"]])
        return "alive" if _step(cells, question).flat[scene["ring"]] else "dead"
    after = _step(cells, question)
    if "dead cells come alive" in question:
        return str(int((after > cells).sum()))
    return str(int((_step(after, question) if "two steps" in question else after).sum()))


def seen(picture, scene, question):
    n = len(scene["rows"])
    cell = 224 * 0.92 / n
    for place in range(n * n):
        row, column = divmod(place, n)
        y, x = (int(224 * 0.04 + (i + 0.5) * cell) for i in (row, column))
        live = picture[y, x, 2] - picture[y, x, 0] > 80
        ringed = picture[y, round(x - 0.27 * cell)]
        if live != (scene["rows"][row][column] == "1") or (ringed[0] - ringed[2] > 60) != (place == scene["ring"]):
            return False
    return True
