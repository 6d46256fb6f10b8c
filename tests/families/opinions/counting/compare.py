"""Second opinion on `compare`: tables of looks, and on the picture how much of its box every mark fills."""

import re
from collections import Counter
from fractions import Fraction

import numpy as np
from things import RGB

KIND = re.compile(r"(?:(?:red|blue|green|yellow|purple) )?(?:thing|circle|square|triangle)s")


def _tally(scene, name):
    words = set(name[:-1].split()) - {"thing"}
    return sum(n for look, n in Counter((t[3], t[4]) for t in scene["things"]).items() if words <= set(look))


def rederive(scene, question):
    tallies = {name: _tally(scene, name) for name in KIND.findall(question)}
    if question.startswith("Which"):
        best = [name for name, n in tallies.items() if n == max(tallies.values())]
        assert len(best) == 1, "two kinds are most"
        return best[0]
    one, two = list(tallies.values())[:2]
    if "ratio" in question:
        share = Fraction(one, two)
        return f"{share.numerator}:{share.denominator}"
    if "must turn" in question:
        return str(next(n for n in range(30) if one - n == two + n))
    return str(next(n for n in range(30) if (one == n * two if "times" in question else one == two + n)))


def seen(picture, scene, question):
    cell = 224 * 0.92 / 5
    for place in range(25):
        top, left = (round(224 * 0.04 + cell * i) for i in divmod(place, 5))
        patch = picture[top : top + round(cell), left : left + round(cell)]
        here = [t for t in scene["things"] if t[0] == place]
        inked = abs(patch - 255).sum(-1) > 200
        if not here or inked.sum() < 40:
            if here or inked.sum() >= 40:
                return False
            continue
        colour = np.median(patch[inked], axis=0)
        if min(RGB, key=lambda name: abs(colour - RGB[name]).sum()) != here[0][3]:
            return False
        rows, columns = inked.any(1).sum(), inked.any(0).sum()
        fills = inked.sum() / (rows * columns)
        if ("triangle" if fills < 0.68 else "circle" if fills < 0.88 else "square") != here[0][4]:
            return False
    return True
