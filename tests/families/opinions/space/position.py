"""Second opinion on `position`: places as complex numbers, and on the picture the thing that every cell holds."""

import re

from cells import cell, thing

OPEN_EDGES = {"left", "right", "top", "bottom"}  # the rules between cells run off the picture


def rederive(scene: dict, question: str) -> str:
    place = {name: complex(cell % 4, cell // 4) for cell, name in scene["things"]}
    at = {there: name for name, there in place.items()}
    named = re.findall(r"(?:red|blue|green|yellow) (?:circle|square|triangle)", question)
    one = place[named[0]]
    beside = {"right of": 1, "left of": -1, "below": 1j, "above": -1j}
    if "directly" in question:
        return at[one + next(step for words, step in beside.items() if f"directly {words} the" in question)]
    if "moves" in question:
        ways = {"right": 1, "left": -1, "down": 1j, "up": -1j}
        return at[one + sum(int(n) * ways[way] for n, way in re.findall(r"(\d) (right|left|down|up)", question))]
    away = one - place[named[1]]
    if "How many steps" in question:
        return f"{abs(away.real) + abs(away.imag):g}"
    height, side = "above" if away.imag < 0 else "below", "left" if away.real < 0 else "right"
    return f"{height} {side}" if "Where" in question else side if "left or right" in question else height


def seen(picture, scene, question) -> bool:
    things = {place: tuple(name.split()) for place, name in scene["things"]}
    return all(thing(cell(picture, *divmod(place, 4), 4)) == things.get(place) for place in range(16))
