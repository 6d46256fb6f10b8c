"""The words as strings and multisets of letters, compared with what they should be."""

import difflib
from collections import Counter

from printed import stands

READING = True  # the misspelt word is to be picked out and written


def rederive(scene: dict, question: str) -> str:
    shown, words = scene["shown"], scene["words"]
    often = Counter(shown)
    if "unlike" in question:
        return str(shown.index(often.most_common()[-1][0]) + 1)
    if "spelt right?" in question and "'" in question:
        return str(shown.index(question.split("'")[1]) + 1)
    (wrong, right) = ([*(often - Counter(words)).elements()], [*(Counter(words) - often).elements()])
    assert all(difflib.SequenceMatcher(None, *pair).ratio() > 0.5 for pair in zip(shown, words, strict=True))
    if question.startswith(("How many", "In how many")):
        return str(len(wrong))
    assert len(wrong) == len(right) == 1 and difflib.SequenceMatcher(None, wrong[0], right[0]).ratio() > 0.7
    if "letter" in question:
        return next((Counter(right[0]) - Counter(wrong[0])).elements())
    return wrong[0] if "as it is written" in question else right[0]


def seen(picture, scene: dict, question: str) -> bool:
    found = []
    for i, (word, shown) in enumerate(zip(scene["words"], scene["shown"], strict=True)):
        down = 0.5 + 0.125 * (i + 0.5 - len(scene["shown"]) / 2)
        found.append(stands(picture, shown, (0.16, down), 0.076, "lm"))
        found.append(scene["by"] != "pairs" or stands(picture, word, (0.58, down), 0.076, "lm"))
    return all(found)
