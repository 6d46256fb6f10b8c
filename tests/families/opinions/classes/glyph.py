"""Glyph again, each character as the set of its strokes; every possible stroke is looked for in the pixels."""

import itertools
import re

from printed import stands

STROKES = [(a, b) for a, b in itertools.combinations(range(9), 2) if max(abs(a // 3 - b // 3), abs(a % 3 - b % 3)) == 1]


def drawn(glyph):
    return {tuple(sorted(pair)) for pair in itertools.pairwise(glyph)}


def rederive(scene, question):
    key = [drawn(glyph) for glyph in scene["alphabet"]]
    text = [key[kind] for kind in scene["text"]]
    if "same or different" in question:
        return "same" if text[0] == text[1] else "different"
    if question.startswith("How many"):
        return str(text.count(key[0]))
    read = "".join(scene["letters"][key.index(strokes)] for strokes in text)
    if "without spaces" in question:
        return read
    if "does not stand" in question:
        return next(letter for letter in scene["letters"] if letter not in read)
    return read[int(re.search(r"character (\d+)", question).group(1)) - 1]


def seen(picture, scene, question):
    n = len(scene["alphabet"])
    key = [((i + 0.5) / n, 0.13, 0.13, i) for i in range(n)]
    text = [((i % 5 + 0.5) / 5, 0.54 + 0.3 * (i // 5), 0.13, kind) for i, kind in enumerate(scene["text"])]
    if "same or different" in question:
        shown = [(0.25 + 0.5 * i, 0.5, 0.32, kind) for i, kind in enumerate(scene["text"])]
    else:
        shown = ([(0.5, 0.19, 0.19, 0)] if question.startswith("How many") else key) + text
    if len(shown) == n + len(text) and not all(
        stands(picture, letter, ((i + 0.5) / n, 0.29)) for i, letter in enumerate(scene["letters"])
    ):
        return False
    for x, y, size, kind in shown:
        mine = drawn(scene["alphabet"][kind])
        for a, b in STROKES:
            # Three tenths on from a point no other stroke is near.
            column, row = (0.7 * a_ + 0.3 * b_ for a_, b_ in ((a % 3, b % 3), (a // 3, b // 3)))
            pixel = picture[int((y + (row - 1) * size / 2) * 224), int((x + (column - 1) * size / 2) * 224)]
            if (pixel.sum() < 450) != ((a, b) in mine):
                return False
    return True
