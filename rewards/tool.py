"""A bonus for an answer that is right and was found with a tool: DeepEyes' reward for looking closer."""

import re

from mmzero.answers import matches
from mmzero.types import Answer


def bonus(response: str, answer: str | None, truth: Answer, tag: str = "tool_call") -> tuple[float, dict[str, float]]:
    """1 where both hold, so that a tool used for nothing earns nothing. A call is what stands whole between its tags,
    before the answer begins; its weight is the recipe's (DeepEyes: 1.2)."""
    before, _, _ = response.partition("<answer>")
    used = re.search(rf"<{re.escape(tag)}>\s*\S.*?</{re.escape(tag)}>", before, re.DOTALL) is not None
    right = matches(answer, truth)
    return float(right and used), {"used": float(used), "right": float(right)}
