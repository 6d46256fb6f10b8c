"""Flowcharts run as small programs; the words are held against the font, at the places of the plan."""

import re
from itertools import count

import numpy as np
from printed import stands

PLACES = {
    "chain": {"a": (0.5, 0.3), "b": (0.5, 0.5), "c": (0.5, 0.7)},
    "fork": {"p": (0.5, 0.36), "a": (0.23, 0.66), "b": (0.77, 0.66)},
    "late": {"a": (0.5, 0.24), "p": (0.5, 0.48), "b": (0.23, 0.74), "c": (0.77, 0.74)},
    "twice": {"p": (0.33, 0.29), "q": (0.67, 0.53), "a": (0.17, 0.78), "b": (0.5, 0.78), "c": (0.83, 0.78)},
    "loop": {"a": (0.4, 0.32), "p": (0.4, 0.6)},
    "weave": {"p": (0.44, 0.275), "a": (0.18, 0.475), "b": (0.7, 0.475), "q": (0.44, 0.7)},
}
PLACES |= {"start": PLACES["chain"], "rounds": PLACES["loop"]}


def rederive(scene: dict, question: str) -> str:
    given = int(re.search(r"x is (\d+)", question)[1])
    if "was x" in question:
        return str(next(x for x in count() if _end(scene, x)[0] == given))
    return str(_end(scene, given)["passed" in question])


def _end(scene: dict, x: int) -> tuple[int, int]:
    """What becomes of x, and how many boxes it went through."""
    a, b, c = (*(lambda x, box=box: eval(f"x{box[0]}{box[1]}", {"x": x}) for box in scene["boxes"]), None, None)[:3]
    p, q = (
        *(lambda x, t=t: x % 2 == 0 if t[0] == "e" else eval(f"x{t[0]}{t[1]}", {"x": x}) for t in scene["tests"]),
        None,
        None,
    )[:2]
    by, rounds = scene["by"], 1
    if by in ("chain", "start"):
        return c(b(a(x))), 3
    if by == "fork":
        return (a if p(x) else b)(x), 1
    if by == "late":
        return (b if p(a(x)) else c)(a(x)), 2
    if by == "twice":
        return (a if p(x) else b if q(x) else c)(x), 1
    if by == "weave":
        while not q(x := (a if p(x) else b)(x)):
            rounds += 1
        return x, rounds
    while p(x := a(x)):
        rounds += 1
    return x, rounds


def seen(picture: np.ndarray, scene: dict, question: str) -> bool:
    words = {part: f"x {sign} {n}" for part, (sign, n) in zip("abc", scene["boxes"], strict=False)}
    words |= {part: "x even" if s == "e" else f"x {s} {n}" for part, (s, n) in zip("pq", scene["tests"], strict=False)}
    return all(stands(picture, words[part], place, 0.066) for part, place in PLACES[scene["by"]].items())
