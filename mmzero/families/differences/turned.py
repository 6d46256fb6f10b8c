"""Turned and mirrored: which lettered panel shows the figure turned, which shows it mirrored, or what was done to it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

COLOURS = ("red", "blue", "green", "yellow")
BY = ("quarter", "mirror", "turned", "odd", "how", "both")
BY_LEVEL = (0, 0, 1, 1, 2, 2, 3, 3, 4, 5)
LETTERS = "ABCD"
# What is done to a figure: whether it is mirrored left for right, and then how many quarters clockwise it is turned.
DONE = {
    (0, 1): "turned a quarter clockwise",
    (0, 3): "turned a quarter anticlockwise",
    (0, 2): "turned by half",
    (1, 0): "mirrored left for right",
    (1, 2): "mirrored top for bottom",
}
ALL = tuple((mirrored, turns) for mirrored in (0, 1) for turns in range(4))
SIDES = ("top row", "right column", "bottom row", "left column")
KNOBS = {"side": range(3, 5), "by": BY}
SMALLEST = 128

Figure = tuple[str, ...]  # the colours of its cells in reading order, 'blank' where there is none


@dataclass(frozen=True, slots=True)
class Scene:
    """`figure` has `side` cells a side; `panels` are (mirrored, quarters turned clockwise after that). Level 0 asks for
    the one turned as `done` says, 2 for the one mirrored so, 4 for the only one not mirrored, 6 the same the other way
    with no figure to compare with, 8 what was done, 9 for the one turned and then mirrored."""

    figure: Figure
    side: int
    panels: tuple[tuple[int, int], ...]
    by: str
    done: tuple[tuple[int, int], ...]


def sample(level: int, seed: int, side: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or BY[BY_LEVEL[level]]
    side = side or 3 + (level in (3, 5, 7))
    colours = ["blank", *rng.sample(COLOURS, 2)]
    while True:
        figure = tuple(rng.choice(colours) for _ in range(side * side))
        rims = [rim(image(figure, side, done), side, 0) for done in ALL]
        # The top row then tells every turned and mirrored image from every other.
        if rims.count(rims[0]) == 1:
            break
    turns = [(0, 1), (0, 2), (0, 3)]
    mirrors = [(1, turn) for turn in range(4)]
    if by == "how":
        done = rng.choice(tuple(DONE))
        return Scene(figure, side, (done,), by, (done,))
    if by in ("quarter", "mirror"):
        right = rng.choice(turns if by == "quarter" else [(1, 0), (1, 2)])
        others = [done for done in DONE if done != right]
        steps = (right,)
    elif by == "both":
        turn, mirror = rng.choice(turns), rng.choice([(1, 0), (1, 2)])
        right, steps = _after(turn, mirror), (turn, mirror)
        others = [done for done in ALL[1:] if done != right]
    else:
        few, many = (turns, mirrors) if by == "turned" else (mirrors, [(0, 0), *turns])
        right, others, steps = rng.choice(few), many, ()
    panels = [right, *rng.sample(others, 3)]
    rng.shuffle(panels)
    return Scene(figure, side, tuple(panels), by, steps)


def _after(turn: tuple[int, int], mirror: tuple[int, int]) -> tuple[int, int]:
    """A turn and then a mirror is a mirror and then the turn the other way."""
    return 1, (mirror[1] - turn[1]) % 4


def image(figure: Figure, side: int, done: tuple[int, int]) -> Figure:
    rows = [figure[i * side : (i + 1) * side] for i in range(side)]
    if done[0]:
        rows = [row[::-1] for row in rows]
    for _ in range(done[1]):
        rows = list(zip(*rows[::-1], strict=True))
    return tuple(cell for row in rows for cell in row)


def rim(figure: Figure, side: int, which: int) -> Figure:
    """One of SIDES, read clockwise."""
    return image(figure, side, (0, -which % 4))[:side]


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    if scene.by == "how":
        canvas.arrow((0.46, 0.5), (0.55, 0.5))
        _show(canvas, scene, (0, 0), (0.02, 0.29), 0.42)
        _show(canvas, scene, scene.panels[0], (0.56, 0.29), 0.42)
        return canvas.image()
    if scene.by != "odd":
        _show(canvas, scene, (0, 0), (0.25, 0.02), 0.5)
    for i, done in enumerate(scene.panels):
        low, wide = (
            ((0.02 + 0.245 * i, 0.71), 0.225)
            if scene.by != "odd"
            else ((0.06 + 0.48 * (i % 2), 0.09 + 0.48 * (i // 2)), 0.39)
        )
        canvas.text((low[0] + wide / 2, low[1] - 0.045), LETTERS[i])
        _show(canvas, scene, done, low, wide)
    return canvas.image()


def _show(canvas: Canvas, scene: Scene, done: tuple[int, int], low: tuple[float, float], wide: float) -> None:
    step = wide / scene.side
    for i, colour in enumerate(image(scene.figure, scene.side, done)):
        row, column = divmod(i, scene.side)
        x, y = low[0] + column * step, low[1] + row * step
        if colour != "blank":
            canvas.rectangle((x, y), (x + step, y + step), fill=canvas.skin.colours[colour])
    for i in range(scene.side + 1):
        for ends in (((0, i), (scene.side, i)), ((i, 0), (i, scene.side))):
            places = [(low[0] + a * step, low[1] + b * step) for a, b in ends]
            canvas.line(*places, colour=canvas.skin.faint, width=canvas.skin.stroke / 2)


def ask(scene: Scene) -> tuple[str, str, Answer]:
    if scene.by == "how":
        choices = tuple(DONE.values())
        question = f"What was done to the figure on the left: {', '.join(choices[:-1])} or {choices[-1]}?"
        return scene.by, question, Answer(kind="choice", value=DONE[scene.done[0]], warrant=COMPUTED, choices=choices)
    steps = " and then ".join(DONE[done] for done in scene.done)
    question = {
        "turned": "Which panel shows the figure above only turned, not mirrored",
        "odd": "Three panels show the same figure, only turned. Which panel shows it mirrored",
    }.get(scene.by, f"Which panel shows the figure above {steps}")
    question += ": A, B, C or D?"
    return (
        scene.by,
        question,
        Answer(kind="choice", value=LETTERS[right(scene)], warrant=COMPUTED, choices=tuple(LETTERS)),
    )


def right(scene: Scene) -> int:
    if scene.by in ("turned", "odd"):
        return [mirrored for mirrored, _ in scene.panels].index(scene.by == "odd")
    done = scene.done[0] if len(scene.done) == 1 else _after(*scene.done)
    return scene.panels.index(done)


def explain(scene: Scene) -> tuple[str, ...]:
    """One side of the figure is looked for in each panel: a turn keeps it clockwise, a mirror makes it run back."""
    start = "one side, clockwise" if scene.by == "odd" else "top row, clockwise"
    steps = [f"{start}: {' '.join(scene.figure[: scene.side])}."]
    if scene.by in ("quarter", "mirror", "both"):
        mirrored, turns = scene.panels[right(scene)]
        wanted = f"{SIDES[turns]}, {'anticlockwise' if mirrored else 'clockwise'}"
        if scene.by == "both":
            steps.append(f"after the turn: {SIDES[scene.done[0][1]]}, clockwise.")
        steps.append(f"wanted: {wanted}.")
    for i, (mirrored, turns) in enumerate(scene.panels):
        name = "right figure" if scene.by == "how" else LETTERS[i]
        steps.append(f"{name}: {SIDES[turns]}, {'anticlockwise' if mirrored else 'clockwise'}.")
    return tuple(steps)


def _told(scene: Scene, done: tuple[int, int]) -> str:
    cells = image(scene.figure, scene.side, done)
    return ", then ".join(" ".join(cells[i : i + scene.side]) for i in range(0, len(cells), scene.side))


def caption(scene: Scene) -> str:
    names = ("right figure",) if scene.by == "how" else tuple(f"panel {letter}" for letter in LETTERS)
    shown = [f"{name}: {_told(scene, done)}" for name, done in zip(names, scene.panels, strict=True)]
    model = [] if scene.by == "odd" else [f"{'left ' if scene.by == 'how' else ''}figure: {_told(scene, (0, 0))}"]
    return f"Row by row, {'; '.join(model + shown)}."
