"""Second opinion on `angle`: figures worked out by walking; on the picture their lines and what is written."""

import math
from itertools import pairwise

import numpy as np
from printed import stands


def rederive(scene: dict, question: str) -> str:
    figure, given = scene["figure"], scene["given"]
    if figure in ("triangle", "quadrilateral", "outside"):  # walking round, the turns make one full turn
        last_turn = 360 - sum(180 - g for g in given)
        return str(last_turn if figure == "outside" else 180 - last_turn)
    if figure == "parallel":
        return str(_crossing(given[0], *divmod(scene["place"], 4)))
    if figure == "isosceles":
        tip = next(t for t in np.arange(1, 180) if abs((t if scene["place"] == 0 else _foot(t)) - given[0]) < 1e-6)
        return f"{round(_foot(tip) if scene['place'] == 0 else tip, 6):g}"
    if figure == "right":
        wanted = lambda x: sorted([*given, x])  # noqa: E731
        sides = [x for x in range(1, 40) if math.hypot(*wanted(x)[:2]) == wanted(x)[2]]
        return str(sides[-1] if scene["place"] == 2 else sides[0])
    walk = {
        "sum": sum(given),
        "part": given[0] - given[-1],
        "rectangle": sum([*given, *given]),
        "straight": 180 - given[0],
    }
    return str(walk[figure])


def _foot(tip: float) -> float:
    """The angle at the foot of an isosceles triangle, from where its corners lie."""
    half = math.radians(tip / 2)
    return math.degrees(math.atan2(math.cos(half), math.sin(half)))


def _crossing(given: float, first: int, second: int) -> int:
    """Quarters anticlockwise from right above, between the rays of two crossing lines."""
    for lean in (given, 180 - given):
        rays = [0, lean, 180, 180 + lean, 360]
        if rays[first + 1] - rays[first] == given:
            return rays[second + 1] - rays[second]
    raise AssertionError("no line makes this angle")


def _turned(degrees):
    return np.exp(1j * np.radians(degrees))


def _unit(way):
    return way / abs(way)


def _cut(scene):
    """The lines of the figure, and what is written where; places are complex numbers, downwards is positive."""
    first, *rest = scene["given"][::-1] if scene["figure"] == "part" else scene["given"]
    parts = [first, "?" if scene["figure"] == "part" else rest[0]]
    whole, below = (rest[0], rest[0]) if scene["figure"] == "part" else (first + rest[0], "?")
    cut = 0.1 + 0.8 * first / whole
    if scene["turn"] % 2:
        cut, parts = 1 - cut, parts[::-1]
    dashes = [(x + 0.41j, x + 0.59j) for x in (0.1, cut, 0.9)]
    places = ((0.1 + cut) / 2 + 0.3j, (0.9 + cut) / 2 + 0.3j, 0.5 + 0.75j)
    return [(0.1 + 0.5j, 0.9 + 0.5j), *dashes], list(zip([*parts, below], places, strict=True))


def _rectangle(scene):
    sides = scene["given"] if scene["turn"] % 2 else scene["given"][::-1]
    right, down = 0.3 * np.array(sides) / max(sides)
    middle = 0.42 + 0.58j
    corners = [middle + x * right + 1j * y * down for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    places = (middle - 1j * (down + 0.14), middle + right + 0.13)
    return list(pairwise(corners)), list(zip(sides, places, strict=True))


def _straight(scene):
    along, given = _turned(15 * scene["turn"]), scene["given"][0]
    foot = 0.5 + 0.5j + 0.14j * along
    lines = [(foot + 0.42 * along, foot - 0.42 * along), (foot, foot + 0.48 * along * _turned(-given))]
    there = foot + 0.36 * along * _turned(-given / 2)
    return lines, [(given, there), ("?", foot + 0.27 * along * _turned(-(given + 180) / 2))]


def _parallel(scene):
    given, asked = divmod(scene["place"], 4)
    ray = _turned(_crossing(scene["given"][0], given, 0))  # the crossing line's way up and to the right of it
    slope = ray.real / ray.imag
    lines = [(0.06 + 1j * y, 0.94 + 1j * y) for y in (0.3, 0.7)]
    labels = []
    for y, quarter, text in ((0.3, given, scene["given"][0]), (0.7, asked, "?")):
        side, up = (1, -1, -1, 1)[quarter], (1, 1, -1, -1)[quarter]
        leant = slope * side * up * (0.18 if slope * side * up > 0 else 0.03)
        labels.append((text, 0.5 + slope * (0.5 - y) + side * (0.15 + leant) + 1j * (y - up * 0.105)))
    return [*lines, (0.5 - slope * 0.42 + 0.92j, 0.5 + slope * 0.42 + 0.08j)], labels


def _angles(scene):
    """Of a polygon, and what is written at its corners; at the middles of its sides where these are asked for."""
    figure, given, missing = scene["figure"], scene["given"], int(rederive(scene, ""))
    if figure == "isosceles":
        tip, foot = (given[0], missing) if scene["place"] == 0 else (missing, given[0])
        return [tip, foot, foot], [*given, "?"][:: 1 - 2 * scene["place"]]
    if figure == "outside":
        return [*given, 180 - missing], given
    if figure == "right":
        sides, texts = ([*given[: scene["place"]], here, *given[scene["place"] :]] for here in (missing, "?"))
        steep = math.degrees(math.asin(sides[1] / sides[2]))
        return [90, steep, 90 - steep], [texts[i] for i in (0, 2, 1)]
    return [*given, missing], [*given, "?"]


def _corners(scene, angles):
    """Walked round a circle of radius 1, then fitted into its box; the side that is lengthened adds a corner."""
    reach = [1 / math.tan(math.radians(angle / 2)) for angle in angles]
    way, corners = _turned(15 * scene["turn"] + 270 - angles[0]), [0j]
    for i in range(1, len(angles)):
        corners.append(corners[-1] + way * (reach[i - 1] + reach[i]))
        way *= _turned(180 - angles[i])
    if scene["figure"] == "outside":
        corners.append(corners[1] + 1.45 * (corners[2] - corners[1]))
    at = np.array(corners)
    low, high = complex(at.real.min(), at.imag.min()), complex(at.real.max(), at.imag.max())
    scale = min(0.42 / (high - low).real, 0.52 / (high - low).imag)
    return 0.5 + 0.5j + scale * (at - (low + high) / 2)


def _polygon(scene):
    figure, (angles, texts) = scene["figure"], _angles(scene)
    corners = _corners(scene, angles)
    ring = corners[: len(angles)]
    sides = np.roll(ring, -1) - ring
    lines = list(zip(ring, np.roll(ring, -1), strict=True))
    at, ways = (ring + sides / 2, -1j * sides) if figure == "right" else (ring, ring - ring.mean())
    if figure == "outside":
        lines.append((ring[2], corners[3]))
        texts, at = [*texts, "?"], ring
        ways = [*ways[:2], _unit(sides[1]) + _unit(sides[2])]
    if figure == "isosceles":
        lines += [(m - 0.05j * _unit(m - ring[0]), m + 0.05j * _unit(m - ring[0])) for m in (ring[0] + ring[1:]) / 2]
    out = [_unit(way) for way in ways]
    places = [here + complex(0.16 * way.real, 0.15 * way.imag) for here, way in zip(at, out, strict=True)]
    return lines, list(zip(texts, places, strict=False))


def seen(picture, scene, question) -> bool:
    lay = {"sum": _cut, "part": _cut, "rectangle": _rectangle, "straight": _straight, "parallel": _parallel}
    lines, labels = lay.get(scene["figure"], _polygon)(scene)
    spots = 224 * np.array([here + share * (there - here) for here, there in lines for share in np.linspace(0, 1, 25)])
    dark = picture.sum(-1) < 450
    hits = [dark[int(p.imag) - 1 : int(p.imag) + 2, int(p.real) - 1 : int(p.real) + 2].any() for p in spots]
    written = all(stands(picture, str(text), (place.real, place.imag), 0.11) for text, place in labels)
    return bool(np.mean(hits) > 0.99) and written
