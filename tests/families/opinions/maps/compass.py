"""The plan once more: places are complex numbers, north a unit among them, and letters are looked for at crossings."""

import re

from printed import stands

NORTH = {"up": 1j, "right": 1, "down": -1j, "left": -1}


def rederive(scene, question):
    north = NORTH[scene["north"]]
    at = {letter: complex(x, -y) / north for letter, (x, y) in zip("ABCDEF", scene["places"], strict=False)}
    ways = {"north": 1, "south": -1, "east": -1j, "west": 1j}
    if further := re.findall(r"further (\w+) than ([A-F])", question):
        fits = [p for p in at if all(((at[p] - at[o]) / ways[way]).real > 0.5 for way, o in further)]
        assert len(fits) == 1
        return fits[0]
    ends = re.search(r"is ([A-F]) from ([A-F])", question) or re.search(r"from (?P<b>[A-F]) to (?P<a>[A-F])", question)
    if ends:
        two, one = (ends["a"], ends["b"]) if ends.groupdict() else ends.groups()
        way = at[two] - at[one]
        if turn := re.search(r"turn (left|right)", question):
            way *= 1j if turn[1] == "left" else -1j
        words = [
            "north" * (way.real > 0.5) + "south" * (way.real < -0.5),
            "east" * (way.imag < -0.5) + "west" * (way.imag > 0.5),
        ]
        return "-".join(filter(None, words))
    here, heading = at[re.search(r"go from ([A-F])", question)[1]], 0
    for turn, after, blocks, way in re.findall(r"turn (left|right) and go (\d)|(\d) blocks? (\w+)", question):
        heading = heading * (1j if turn == "left" else -1j) if turn else ways[way]
        here += heading * int(after or blocks)
    return next(letter for letter, place in at.items() if abs(place - here) < 1e-9)


def seen(picture, scene, question):
    for letter, (x, y) in zip("ABCDEF", scene["places"], strict=False):
        if not stands(picture, letter, (0.08 + 0.14 * x, 0.24 + 0.14 * y), 0.062):
            return False
    north = NORTH[scene["north"]]
    return stands(picture, "N", (0.86 + 0.09 * north.real, 0.13 - 0.09 * north.imag), 0.07)
