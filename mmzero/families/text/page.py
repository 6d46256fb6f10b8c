"""A small page with a heading: which word stands at a place, and which comes next when lines and columns are read."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

LISTED = (
    "apple bread brick brook cabin cedar chair child cliff cloud coast coral crane dance eagle earth field flame frost"
    " glass grain grape ivory juice lemon light lily maple metal night ocean olive onion paper peach pearl pilot"
    " pine plate queen rain river roof rose sail salt sand shell ship silk song spice star stone sugar table"
    " tiger tower train tulip violin wheel"
)
WORDS = LISTED.split()
ALIKE = (
    ("house", "horse", "hose"),
    ("store", "stone", "stove"),
    ("beard", "bread", "board"),
    ("later", "latter", "letter"),
)
HEADINGS = ("Evening Post", "Garden Notes", "Harbour News", "Letters Home", "Old Stories", "Village Life")
ORDINALS = ("first", "second", "third", "fourth", "fifth")
BY = ("edge", "place", "after", "words", "across", "repeats", "number")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:3], BY[2:3], BY[3:4], BY[4:5], BY[5:6], BY[6:])
TWO = ("across", "repeats", "number")  # asked of two columns
LETTERS, LINE, GAP, TOP = 0.06, 0.085, 0.045, 0.245
BUDGET = {1: 28, 2: 14}  # letters and spaces of a line
KNOBS = {"by": BY, "lines": range(3, 8)}
SMALLEST = 224


@dataclass(frozen=True, slots=True)
class Scene:
    """`columns` hold paragraphs, these lines of words; `word`, `line`, `place` and `paragraph` say what is asked. Level 0
    reads a line's first or last word, 2 counts to a line and a word of a paragraph, 4 reads on past the end of a line,
    6 counts a paragraph's words, 7 reads on from column to column, 8 counts a word among words like it, 9 counts
    through the columns."""

    heading: str
    columns: tuple[tuple[tuple[str, ...], ...], ...]
    by: str
    word: str
    line: int
    place: int
    paragraph: int

    @property
    def text(self) -> list[str]:
        """All words in reading order."""
        return [word for column in self.columns for part in column for line in part for word in line.split()]


def sample(level: int, seed: int, by: str | None = None, lines: int | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = lines or min(7, 4 + level // 3 + rng.randint(0, 1))
    words, alike = rng.sample(WORDS, len(WORDS)), rng.choice(ALIKE)
    heading = rng.choice(HEADINGS)
    if by == "repeats":
        often = [rng.randint(1, 5), rng.randint(1, 2), rng.randint(1, 2)]
        words = [one for one, times in zip(alike, often, strict=True) for _ in range(times)] + words[: max(4, 2 * n)]
        rng.shuffle(words)
        lines_of = _wrapped(words, BUDGET[2])
        n = (len(lines_of) + 1) // 2
        columns = ((lines_of[:n],), (lines_of[n:],))
        return Scene(heading, columns, by, alike[0], 0, 0, 0)
    if by in TWO:
        all_lines = _wrapped(words, BUDGET[2])[: 2 * n]
        columns = ((all_lines[:n],), (all_lines[n:],))
    else:
        cut = n if by in ("edge", "after") else rng.randint(1, n - 1)
        all_lines = _wrapped(words, BUDGET[1])[:n]
        columns = (tuple(part for part in (all_lines[:cut], all_lines[cut:]) if part),)
    if by == "words":
        columns = (tuple(_shortened(rng, part) for part in columns[0]),)
    return _asked(rng, heading, columns, by)


def _asked(rng: Random, heading: str, columns: tuple, by: str) -> Scene:
    """Where the answer stands is drawn evenly; where reading on is asked for, mostly at the end of a line."""
    paragraph = rng.randrange(len(columns[0]))
    line = rng.randrange(len(columns[0][paragraph]))
    words = columns[0][paragraph][line].split()
    place = rng.choice((0, len(words) - 1)) if by == "edge" else rng.randrange(len(words))
    scene = Scene(heading, columns, by, "", line, place, paragraph)
    text = scene.text
    ends = [line.split()[-1] for column in columns for part in column for line in part][:-1]
    asked = rng.choice(ends) if rng.random() < 0.7 else rng.choice(text[:-1])
    if by == "number":
        place = rng.randrange(len(text) // 3, len(text))
    return Scene(heading, columns, by, asked if by in ("after", "across") else "", line, place, paragraph)


def _wrapped(words: list[str], budget: int) -> tuple[str, ...]:
    lines = [""]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > budget:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(lines)


def _shortened(rng: Random, part: tuple[str, ...]) -> tuple[str, ...]:
    """The paragraph with a last line of any number of words."""
    words = part[-1].split()
    return (*part[:-1], " ".join(words[: rng.randint(1, len(words))]))


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    accent = skin.colours["blue"]
    canvas.text((0.5, 0.095), scene.heading, height=0.09, colour=accent)
    canvas.line((0.06, 0.165), (0.94, 0.165), colour=accent)
    if len(scene.columns) == 2:
        canvas.line((0.5, 0.2), (0.5, 0.95), colour=skin.faint, width=skin.stroke * 0.6)
    for i, column in enumerate(scene.columns):
        y = TOP
        for part in column:
            for line in part:
                canvas.text((0.06 + 0.48 * i, y), line, height=LETTERS, anchor="lm")
                y += LINE
            y += GAP
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    text = scene.text
    if scene.by in ("words", "repeats"):
        part = " ".join(scene.columns[0][scene.paragraph])
        question, right = {
            "words": (f"How many words does the {ORDINALS[scene.paragraph]} paragraph have?", len(part.split())),
            "repeats": (f"How many times does the word '{scene.word}' stand on the page?", text.count(scene.word)),
        }[scene.by]
        return scene.by, question, Answer(kind="number", value=right, warrant=COMPUTED)
    words = scene.columns[0][scene.paragraph][scene.line].split()
    here = f"line {scene.line + 1}"
    ordinal = ORDINALS[scene.place] if scene.by == "place" else ""
    after = f"Which word comes right after '{scene.word}'?"
    question = {
        "edge": f"What is the {'last' if scene.place else 'first'} word of {here} below the heading?",
        "place": f"What is the {ordinal} word of {here} in the {ORDINALS[scene.paragraph]} paragraph?",
        "after": after,
        "across": f"The left column is read first. {after}",
        "number": f"The left column is read first. What is word number {scene.place + 1} below the heading?",
    }[scene.by]
    if scene.by in ("after", "across"):
        right = text[text.index(scene.word) + 1]
    else:
        right = text[scene.place] if scene.by == "number" else words[scene.place]
    return scene.by, question, Answer(kind="text", value=right, warrant=COMPUTED)


def explain(scene: Scene) -> tuple[str, ...]:
    """The line or the lines read, with the count so far."""
    lines = [line for column in scene.columns for part in column for line in part]
    if scene.by in ("edge", "place"):
        words = scene.columns[0][scene.paragraph][scene.line]
        return f"line {scene.line + 1}: {words}.", f"{words.split()[scene.place]}."
    if scene.by in ("after", "across"):
        at = next(i for i, line in enumerate(lines) if scene.word in line.split())
        here, right = lines[at].split(), ask(scene)[2].text
        ends = here[-1] == scene.word
        step = (
            f"{scene.word} ends its line, the next line is: {lines[at + 1]}."
            if ends
            else f"after {scene.word}: {right}."
        )
        return f"the line of {scene.word}: {lines[at]}.", step, f"{right}."
    if scene.by == "words":
        lines = list(scene.columns[0][scene.paragraph])
    counts = [len([word for word in line.split() if scene.by != "repeats" or word == scene.word]) for line in lines]
    steps, total = [], 0
    for line, count in zip(lines, counts, strict=True):
        if scene.by == "number" and total + count > scene.place:
            return (*steps, f"{line}: word {scene.place + 1} is {line.split()[scene.place - total]}.")
        total += count
        steps.append(f"{line}: {total}." if scene.by != "number" else f"{line.split()[-1]} is word {total}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    columns = [" || ".join(" | ".join(part) for part in column) for column in scene.columns]
    names = ("Left column", "Right column") if len(columns) == 2 else ("Text",)
    read = "; ".join(f"{name}: {column}" for name, column in zip(names, columns, strict=True))
    return f"A page headed {scene.heading}, | ends a line and || a paragraph. {read}."
