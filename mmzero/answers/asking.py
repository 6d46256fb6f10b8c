"""How a question says that boxes are to be written, in each of the grammars that `boxes` reads. Must not know what is asked for.

rows      x1, y1, x2, y2; … and none where there is nothing
scored    as Visual-RFT asks: objects of a Position and a Confidence, and No Objects where there is nothing
labelled  as the vision-guided Vision-R1 asks: objects of a bbox_2d and a label, and an empty list where there is nothing
"""

from __future__ import annotations

import json
from typing import Literal

from mmzero.types import Answer

Grammar = Literal["rows", "scored", "labelled"]

ROWS = " as x1, y1, x2, y2 in thousandths of the picture's width and height"
SCORED = (
    " as a list [{'Position': [x1, y1, x2, y2], 'Confidence': c}, …]: whole thousandths of the picture's width and height,"
    " and how sure you are of each box, from 0 to 1 with two decimals. Write No Objects where there is none."
)
LABELLED = (
    ' as a JSON list [{"bbox_2d": [x1, y1, x2, y2], "label": "…"}, …]: whole thousandths of the picture\'s width and height,'
    " and what each box holds. Write [] where there is none."
)


def asked(question: str, grammar: Grammar) -> str:
    """A question that asks for ROWS, asked in another grammar; one that asks for no boxes stays as it is."""
    what, rows, _ = question.partition(ROWS)
    if not rows or grammar == "rows":
        return question
    return what + {"scored": SCORED, "labelled": LABELLED}[grammar]


def written(question: str, truth: Answer) -> str:
    """How a right answer to this question is written: sure of each box, where it is to say how sure."""
    if truth.kind != "boxes":
        return truth.text
    boxes = [", ".join(f"{number:g}" for number in box) for box in truth.value]
    if SCORED in question:
        listed = ", ".join(f"{{'Position': [{box}], 'Confidence': 1.00}}" for box in boxes)
        return f"[{listed}]" if boxes else "No Objects"
    if LABELLED in question:
        label = json.dumps(question.partition(LABELLED)[0].partition(" of ")[2])  # what it asks the boxes of
        listed = ", ".join(f'{{"bbox_2d": [{box}], "label": {label}}}' for box in boxes)
        return f"[{listed}]"
    return truth.text or "none"
