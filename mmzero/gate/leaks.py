"""Where an answer is given away in words: in the question, in the text of a picture, in the strings of what draws it.
Pure; runs nothing and knows no model."""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from xml.etree import ElementTree

MOST = 0.9  # share of instances from which a leak is one: more than luck, and no chance to hide it in the others
_HOLE, _NUMBER = "\0", re.compile(r"[-+]?\d+(?:\.\d+)?")
_MOST_LETTERS = 1000  # of one text that is looked through: a model that repeats itself would keep it busy for minutes
_LONGEST = 4  # pieces of an answer that is looked for among others like it
_PIECE = re.compile(r"[^\s\w]|\w+(?:\.\w+)*")


def told(texts_I: Sequence[Collection[str]], answers_I: Sequence[str]) -> str | None:
    """The wording that singles out the answer of nearly every instance, with … for the answer; None where there is none.

    'Total: 7' gives 7 away where every picture has a total and it is always the answer. The 7 among an axis' numbers
    does not, nor one name among several: there must be only one text of that wording in the picture.
    """
    found: Counter[str] = Counter()
    for all_texts, answer in zip(texts_I, answers_I, strict=True):
        number = _NUMBER.fullmatch(answer.strip()) is not None
        texts = [text[:_MOST_LETTERS] for text in all_texts]
        holes = [_holes(text, answer) for text in texts]
        if not any(holes):
            continue
        alike = Counter(shape for text in texts for shape in _shapes(text, number))
        found.update({shape for some in holes for shape in some if alike[shape] == 1})
    worded = [shape for shape, times in found.items() if times >= MOST * len(answers_I)]
    return min(worded).replace(_HOLE, "…") if worded else None


def placed(questions_I: Sequence[str], answers_I: Sequence[str]) -> bool:
    """Whether nearly every question has its answer as its n-th piece, counted from the start or from the end: 'The
    answer is 7. How many?' does; 'Which is taller, Ann or Bob?' has it now here and now there."""
    found: Counter[int] = Counter()
    for question, answer in zip(questions_I, answers_I, strict=True):
        pieces, wanted = _pieces(question), _pieces(answer)
        starts = [i for i in range(len(pieces)) if wanted and pieces[i : i + len(wanted)] == wanted]
        found.update({*starts, *(i - len(pieces) for i in starts)})
    return bool(found) and max(found.values()) >= MOST * len(answers_I)


def strings(kind: str, code: str) -> tuple[str, ...]:
    """What a drawing's source may write: the text of an SVG, the string literals of a program. Nothing of what cannot
    be read: it cannot be drawn either."""
    try:
        found = _of_svg(code) if kind == "svg" else _of_python(code)
        return tuple(dict.fromkeys(text.strip() for text in found if text.strip()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _of_svg(code: str) -> Iterator[str]:
    if re.search(r"<!\s*(?:DOCTYPE|ENTITY)", code, re.IGNORECASE):  # the sandbox refuses it too
        return
    for element in ElementTree.fromstring(code).iter():
        if str(element.tag).rpartition("}")[2] == "text":
            yield "".join(element.itertext())


def _of_python(code: str) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    yield from (node.value for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)))


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text.casefold())


def _holes(text: str, answer: str) -> set[str]:
    """The text's shapes with a hole where the answer stands whole; every other number is a #."""
    pieces, wanted = _pieces(text), _pieces(answer)
    starts = [i for i in range(len(pieces)) if wanted and pieces[i : i + len(wanted)] == wanted]
    return {_shape(pieces, start, start + len(wanted)) for start in starts}


def _shapes(text: str, number: bool) -> set[str]:
    """All shapes of the text with a hole for a number, or for a few words that are none."""
    pieces = _pieces(text)
    spans = [(i, j) for i in range(len(pieces)) for j in range(i + 1, min(i + _LONGEST, len(pieces)) + 1)]
    return {_shape(pieces, i, j) for i, j in spans if _fits(pieces[i:j], number)}


def _fits(pieces: Sequence[str], number: bool) -> bool:
    if number:
        return _NUMBER.fullmatch("".join(pieces)) is not None
    return not any(map(_NUMBER.fullmatch, pieces))


def _shape(pieces: Sequence[str], start: int, end: int) -> str:
    masked = ["#" if _NUMBER.fullmatch(piece) else piece for piece in pieces]
    return " ".join([*masked[:start], _HOLE, *masked[end:]])
