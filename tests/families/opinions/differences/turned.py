"""Turned again: numpy turns and flips the figure as the question says; every cell's colour is looked up in the pixels."""

import re

import numpy as np

RGB = {"red": (214, 39, 40), "blue": (31, 89, 200), "green": (30, 140, 60), "yellow": (240, 190, 0)}
RGB |= {"blank": (255, 255, 255)}
STEPS = {
    "turned a quarter clockwise": lambda figure: np.rot90(figure, -1),
    "turned a quarter anticlockwise": np.rot90,
    "turned by half": lambda figure: np.rot90(figure, 2),
    "mirrored left for right": np.fliplr,
    "mirrored top for bottom": np.flipud,
}


def shown(scene, mirrored, turns):
    figure = np.array(scene["figure"]).reshape(scene["side"], -1)
    return np.rot90(np.fliplr(figure) if mirrored else figure, -turns)


def rederive(scene, question):
    figure, panels = shown(scene, 0, 0), [shown(scene, *done) for done in scene["panels"]]
    if question.startswith("What was done"):
        (done,) = [words for words, step in STEPS.items() if (step(figure) == panels[0]).all()]
        return done
    if "only turned" in question:
        turnable = [
            sum(any((np.rot90(panel, k) == other).all() for k in range(4)) for other in [*panels, figure])
            for panel in panels
        ]
        # The odd one can be turned onto itself alone, or onto itself and the figure.
        wanted = 1 if "Three panels" in question else 2
        (right,) = [i for i, n in enumerate(turnable) if n == wanted]
        return "ABCD"[right]
    for words in re.split(" and then ", question.split("above ")[1].split(":")[0]):
        figure = STEPS[words](figure)
    (right,) = [i for i, panel in enumerate(panels) if (panel == figure).all()]
    return "ABCD"[right]


def seen(picture, scene, question):
    if question.startswith("What was done"):
        places = [(0.02, 0.29, 0.42), (0.56, 0.29, 0.42)]
    elif "Three panels" in question:
        places = [(0.06 + 0.48 * (i % 2), 0.09 + 0.48 * (i // 2), 0.39) for i in range(4)]
    else:
        places = [(0.25, 0.02, 0.5), *((0.02 + 0.245 * i, 0.71, 0.225) for i in range(4))]
    figures = [shown(scene, *done) for done in scene["panels"]]
    if len(places) > len(figures):
        figures.insert(0, shown(scene, 0, 0))
    for (x, y, wide), figure in zip(places, figures, strict=True):
        for (row, column), colour in np.ndenumerate(figure):
            middle = [int((at + (i + 0.5) * wide / scene["side"]) * 224) for at, i in ((y, row), (x, column))]
            if abs(picture[tuple(middle)] - RGB[colour]).sum() > 60:
                return False
    return True
