"""Words in a lined notebook, some of them misspelt: where, which, how many, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mmzero.families.canvas import Canvas
from mmzero.families.tables._ruled import pale
from mmzero.types import COMPUTED, Answer

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.families.skin import Skin

# Long enough that no slip below turns one into another word: no "window", which would lose its n.
LISTED = (
    "alphabet ambulance avalanche beautiful birthday blanket breakfast business butterfly captain carpenter cathedral"
    " chicken chocolate crocodile cupboard dangerous dictionary different dinosaur dolphin electric elephant engineer"
    " evening feather festival furniture gardener hamburger holiday hospital hundred husband important invisible journey"
    " kangaroo keyboard kitchen language lemonade magazine medicine morning mountain mushroom necklace octopus orchard"
    " penguin picture pineapple president pumpkin question rainbow sandwich skeleton squirrel sunflower surprise"
    " telephone tomorrow treasure triangle umbrella universe vegetable village volcano waterfall wonderful yesterday"
)
WORDS = LISTED.split()
VOWELS = "aeiou"
BY = ("line", "right", "wrong", "letter", "repair", "count", "pairs")
BY_LEVEL = (BY[:1], BY[:1], BY[1:2], BY[1:2], BY[2:3], BY[2:3], BY[3:4], BY[4:5], BY[5:6], BY[6:])
LETTERS, LINE, MARGIN = 0.076, 0.125, 0.16
KNOBS = {"shown": range(4, 8), "by": BY}
SMALLEST = 128


@dataclass(frozen=True, slots=True)
class Scene:
    """`shown` stand on the lines and `words` are what they should be, for `pairs` what stands beside them. Level 0 finds
    the line that is unlike the others, 2 the only right one, 4 a misspelt word among other words, 6 the letter that it
    lacks, 7 its right spelling; 8 counts the misspelt words, 9 the lines whose two words differ."""

    words: tuple[str, ...]
    shown: tuple[str, ...]
    by: str

    @property
    def slips(self) -> list[int]:
        return [i for i, (word, shown) in enumerate(zip(self.words, self.shown, strict=True)) if word != shown]


def sample(level: int, seed: int, shown: int | None = None, by: str | None = None) -> Scene:
    rng = Random(seed)
    by = by or rng.choice(BY_LEVEL[level])
    n = shown or min(7, 4 + level // 3 + rng.randint(0, 1))
    alike = by in ("line", "right")
    words = rng.choices(WORDS) * n if alike else rng.sample(WORDS, n)
    at = rng.randrange(n)
    wrong = {at}
    if by in ("count", "pairs"):
        wrong = set(rng.sample(range(n), rng.randint(0, n)))  # how many is drawn first, so each is as likely
    elif by == "right":
        wrong = set(range(n)) - {at}
    lines: list[str] = []
    for i, word in enumerate(words):
        slip = word
        while i in wrong and (slip == word or (alike and slip in lines)):
            slip = _without(rng, word) if by == "letter" else _slip(rng, word)
        lines.append(slip)
    return Scene(tuple(words), tuple(lines), by)


def _without(rng: Random, word: str) -> str:
    i = rng.randrange(1, len(word) - 1)
    return word[:i] + word[i + 1 :]


def _slip(rng: Random, word: str) -> str:
    """A letter lost, doubled, changed places or another vowel; never the first or the last."""
    i = rng.randrange(1, len(word) - 2)
    vowels = [at for at in range(1, len(word) - 1) if word[at] in VOWELS]
    at, vowel = rng.choice(vowels), rng.choice(VOWELS)
    return rng.choice(
        (
            word[:i] + word[i + 1 :],
            word[:i] + word[i] + word[i:],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:at] + vowel + word[at + 1 :],
        )
    )


def draw(scene: Scene, skin: Skin) -> Image.Image:
    canvas = Canvas(skin)
    tall = LINE * len(scene.shown)
    top, blue = (1 - tall) / 2, pale(skin.colours["blue"], skin.paper, 0.35)
    for i in range(len(scene.shown) + 1):
        canvas.line((0.03, top + i * LINE), (0.97, top + i * LINE), colour=blue, width=skin.stroke * 0.5)
    canvas.line((MARGIN - 0.035, top - 0.02), (MARGIN - 0.035, top + tall + 0.02), colour=skin.colours["red"])
    for i, (word, shown) in enumerate(zip(scene.words, scene.shown, strict=True)):
        y = top + (i + 0.5) * LINE
        canvas.text((0.075, y), str(i + 1), height=LETTERS * 0.85, colour=skin.colours["blue"])
        canvas.text((MARGIN, y), shown, height=LETTERS, anchor="lm")
        if scene.by == "pairs":
            canvas.text((0.58, y), word, height=LETTERS, anchor="lm")
    return canvas.image()


def ask(scene: Scene) -> tuple[str, str, Answer]:
    slips = scene.slips
    slip = slips[0] if slips else 0
    odd = next((i for i in range(len(scene.shown)) if i not in slips), 0)
    word, shown = scene.words[slip], scene.shown[slip]
    question, right = {
        "line": ("In which line is the word written unlike the others?", slip + 1),
        "right": (f"In which line is the word '{word}' spelt right?", odd + 1),
        "wrong": ("One of the words is misspelt. Which is it, as it is written?", shown),
        "letter": ("One of the words has lost a letter. Which letter is missing?", _lost(word, shown)),
        "repair": ("One of the words is misspelt. What is it when spelt right?", word),
        "count": ("How many of the words are misspelt?", len(slips)),
        "pairs": ("In how many lines are the two words not spelt alike?", len(slips)),
    }[scene.by]
    kind = "text" if isinstance(right, str) else "number"
    return scene.by, question, Answer(kind=kind, value=right, warrant=COMPUTED)


def _lost(word: str, shown: str) -> str:
    return next((a for a, b in zip(word, f"{shown} ", strict=False) if a != b), "")


def explain(scene: Scene) -> tuple[str, ...]:
    """Line by line what is written, whether that is right, and the count where one is asked."""
    slips, steps = scene.slips, []
    for i, (word, shown) in enumerate(zip(scene.words, scene.shown, strict=True)):
        if scene.by in ("count", "pairs"):
            said = f"not {word}" if i in slips else "right" if scene.by == "count" else word
            steps.append(f"{shown}, {said}: {sum(slip <= i for slip in slips)}.")
        else:
            steps.append(f"{i + 1}: {shown}{'' if scene.by == 'line' else ', wrong' if i in slips else ', right'}.")
    if scene.by in ("letter", "repair"):
        right = scene.words[slips[0]]
        steps.append(f"right: {right}.")
        if scene.by == "letter":
            steps.append(f"lost: {_lost(right, scene.shown[slips[0]])}.")
    elif scene.by in ("line", "right"):
        odd = slips[0] if scene.by == "line" else next(i for i in range(len(scene.words)) if i not in slips)
        steps.append(f"{'unlike' if scene.by == 'line' else 'right'}: {odd + 1}.")
    return tuple(steps)


def caption(scene: Scene) -> str:
    beside = [f" beside {word}" if scene.by == "pairs" else "" for word in scene.words]
    lines = [f"{i} {shown}{word}" for i, (shown, word) in enumerate(zip(scene.shown, beside, strict=True), 1)]
    return f"The lines read: {', '.join(lines)}."
