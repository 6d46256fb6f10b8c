"""Where the parts of each flowchart stand, what follows what, and how they are drawn.

Boxes are a, b, c and questions p, q; "<" is the start and "." the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmzero.families.canvas import Canvas, Point

# What comes after each part; after a question first where yes leads, then where no leads.
AFTER = {
    "chain": {"<": "a", "a": "b", "b": "c", "c": "."},
    "fork": {"<": "p", "p": "ab", "a": ".", "b": "."},
    "late": {"<": "a", "a": "p", "p": "bc", "b": ".", "c": "."},
    "twice": {"<": "p", "p": "aq", "q": "bc", "a": ".", "b": ".", "c": "."},
    "loop": {"<": "a", "a": "p", "p": "a."},
    "weave": {"<": "p", "p": "ab", "a": "q", "b": "q", "q": ".p"},
}
SPOTS: dict[str, dict[str, Point]] = {
    "chain": {"<": (0.5, 0.09), "a": (0.5, 0.3), "b": (0.5, 0.5), "c": (0.5, 0.7), ".": (0.5, 0.91)},
    "fork": {"<": (0.5, 0.09), "p": (0.5, 0.36), "a": (0.23, 0.66), "b": (0.77, 0.66), ".": (0.5, 0.91)},
    "late": {"<": (0.5, 0.07), "a": (0.5, 0.24), "p": (0.5, 0.48), "b": (0.23, 0.74), "c": (0.77, 0.74)},
    "twice": {"<": (0.33, 0.065), "p": (0.33, 0.29), "q": (0.67, 0.53), "a": (0.17, 0.78), "b": (0.5, 0.78)},
    "loop": {"<": (0.4, 0.09), "a": (0.4, 0.32), "p": (0.4, 0.6), ".": (0.4, 0.91)},
    "weave": {"<": (0.44, 0.065), "p": (0.44, 0.275), "a": (0.18, 0.475), "b": (0.7, 0.475), "q": (0.44, 0.7)},
}
SPOTS["late"]["."] = SPOTS["twice"]["."] = (0.5, 0.935)
SPOTS["twice"]["c"], SPOTS["weave"]["."] = (0.83, 0.78), (0.44, 0.935)
WIDE, HIGH, QUESTION, LOW = 0.14, 0.047, 0.26, 0.1  # half of a box, and half of a question's diamond
LETTERS = 0.066


def draw_chart(canvas: Canvas, plan: str, words: dict[str, str]) -> None:
    skin, spots = canvas.skin, SPOTS[plan]
    for part, nexts in AFTER[plan].items():
        for way, after in enumerate(nexts):
            path = _path(plan, part, after)
            canvas.line(*path[:-1], path[-2], width=skin.stroke * 0.8)
            canvas.arrow(path[-2], path[-1], width=skin.stroke * 0.8)
            if part in "pq":
                canvas.text(_beside(spots[part], path), ("yes", "no")[way], height=LETTERS * 0.85)
    for part, (x, y) in spots.items():
        hue = "yellow" if part in "pq" else "blue" if part in "abc" else "green"
        tint = tuple((colour + 4 * paper) // 5 for colour, paper in zip(skin.colours[hue], skin.paper, strict=True))
        if part in "pq":
            corners = ((x - QUESTION, y), (x, y - LOW), (x + QUESTION, y), (x, y + LOW))
        else:
            slant = 0.03 if part in "<." else 0  # start and end lean, as input and output do
            corners = (
                (x - WIDE + slant, y - HIGH),
                (x + WIDE + slant, y - HIGH),
                (x + WIDE - slant, y + HIGH),
                (x - WIDE - slant, y + HIGH),
            )
        canvas.polygon(*corners, fill=tint, outline=skin.ink)
        canvas.text((x, y), words[part], height=LETTERS)


def _path(plan: str, part: str, after: str) -> list[Point]:
    """The corners of the line from one part to the next, upright and level stretches only."""
    (x, y), (u, v) = SPOTS[plan][part], SPOTS[plan][after]
    top = v - (LOW if after in "pq" else HIGH)
    if x == u and v > y:
        return [(x, y + (LOW if part in "pq" else HIGH)), (u, top)]
    if part in "pq" and v > y:
        corner = x + (QUESTION if u > x else -QUESTION)
        reach = corner if after in "abc" else u
        return [(corner, y), (reach, y), (reach, top)]
    if part in "pq":
        aside = x + QUESTION + 0.18
        into = (u + WIDE, v) if after in "abc" else (u, (SPOTS[plan]["<"][1] + HIGH + top) / 2)
        return [(x + QUESTION, y), (aside, y), (aside, into[1]), into]
    if after == ".":
        return [(x, y + HIGH), (x, v), (u + (WIDE if x > u else -WIDE), v)]
    between = (y + HIGH + top) / 2 - 0.015
    return [(x, y + HIGH), (x, between), (u, between), (u, top)]


def _beside(spot: Point, path: list[Point]) -> Point:
    """Where "yes" or "no" stands: in the corner that the line makes with its question, or over a level line."""
    (x, y), (u, v) = spot, path[0]
    if u == x:
        return u + 0.07, v + 0.035
    if path[1][0] == u:
        return u + (0.06 if u < x else -0.06), y + 0.085
    return u + 0.06, v - 0.04
