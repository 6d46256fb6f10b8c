"""Words of one model that are put before another: what they may hold. Must not know who wrote them, nor who reads them."""

from __future__ import annotations

import re

# What a chat template or a processor would take for its own: <|im_end|>, <image>, <start_of_image>, [IMG], and the marks
# that every role answers in. A question that holds one could end its own turn or ask for a picture that is not there.
_MARKS = re.compile(
    r"<\||\|>|</?\s*(?:s|think|answer|image|img|video|audio|vision|pad|eos|bos|unk)\s*/?>"
    r"|<[\w-]*(?:image|vision|video|audio|turn)[\w-]*>|\[/?(?:IMG|INST|IMG_\w+)\]",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """Without half characters, which fit no file, and controls, which no question needs; rows stay rows."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(char for char in whole if char.isprintable() or char == "\n").strip()


def marks(text: str) -> str | None:
    """The first thing in it that is no word to a model."""
    found = _MARKS.search(text)
    return found[0] if found else None
