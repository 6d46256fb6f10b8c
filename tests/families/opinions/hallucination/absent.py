"""Absent again: the words of the question looked up in a grid; colours, outlines and numbers looked for in the pixels."""

import re

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "purple": (140, 60, 190)}
# Places, in radii from the middle, that one shape covers and another does not.
COVERED = {
    "circle": {(0, 0.9), (0, -0.9), (0.9, 0)},
    "square": {(0.75, 0.75), (0.75, -0.75)},
    "triangle": {(0.85, 0.5), (0, -1.0)},
    "star": {(0, -1.0), (1.0, -0.36)},
    "diamond": {(0, 1.1), (0, -1.1), (1.1, 0)},
}
BARE = {
    "circle": {(0.78, 0.78), (0, 1.1)},
    "square": {(0, 1.0), (1.0, 0)},
    "triangle": {(0.85, -0.5), (0, 0.8)},
    "star": {(0, 0.8), (0.75, 0.2)},
    "diamond": {(0.75, 0.75), (0.75, -0.75)},
}


def rederive(scene, question):
    head = question.split(":")[0]
    grid = {cell: (colour, shape, number) for cell, colour, shape, number in scene["things"]}
    said = re.findall("red|blue|green|purple|circle|square|triangle|star|diamond", head)
    cells = [cell for cell, thing in grid.items() if all(word in thing for word in said)]
    if not cells:
        return "not shown"
    (cell,) = cells
    if head.startswith("What"):
        return grid[cell]["shape" in head]
    if "column" in head:
        return ("left", "middle", "right")[cell % 3]
    if "right of it" in head:
        assert cell % 3 < 2
        return grid[cell + 1][1]
    return str(grid[cell][2] or "not shown")


def seen(picture, scene, question):
    grid = {cell: (colour, shape, number) for cell, colour, shape, number in scene["things"]}
    for cell in range(9):
        x, y = (cell % 3 + 0.5) / 3 * 224, (cell // 3 + 0.5) / 3 * 224
        if cell not in grid:
            if picture[round(y - 25) : round(y + 25), round(x - 25) : round(x + 25)].min() < 250:
                return False
            continue
        colour, shape, number = grid[cell]
        for places, wanted in ((COVERED[shape], True), (BARE[shape], False)):
            for across, down in places:
                pixel = picture[int(y + down * 0.11 * 224), int(x + across * 0.11 * 224)]
                if (abs(pixel - RGB[colour]).sum() < 100) != wanted:
                    return False
        core = abs(picture[round(y - 8) : round(y + 8), round(x - 6) : round(x + 6)] - RGB[colour]).sum(-1)
        if (core > 100).any() != bool(number):
            return False
    return True
