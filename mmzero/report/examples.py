"""Which held-out tasks a report shows, and quoting them: text of models and tasks made harmless. Draws nothing."""

from __future__ import annotations

from collections.abc import Sequence

from mmzero.report.evidence import Pair
from mmzero.types import seed_of

SHARES = {"learned": 5, "kept": 3, "open": 2, "lost": 2}  # right and wrong ones both, most of what changed
WORDS = {
    "learned": "wrong before, right after",
    "kept": "right before and after",
    "open": "wrong before and after",
    "lost": "right before, wrong after",
}


def choose(pairs: Sequence[Pair], most: int = 12) -> list[Pair]:
    """Up to `most` pairs by the shares above, families in turn within each; what a fate lacks the others fill."""
    by_fate = {fate: _families_in_turn([pair for pair in pairs if pair.fate == fate]) for fate in SHARES}
    chosen = {fate: pairs[: SHARES[fate]] for fate, pairs in by_fate.items()}
    for fate, pairs_there in by_fate.items():
        left = most - sum(map(len, chosen.values()))
        chosen[fate] = pairs_there[: len(chosen[fate]) + left]
    return [pair for pairs_there in chosen.values() for pair in pairs_there][:most]


def _families_in_turn(pairs: Sequence[Pair]) -> list[Pair]:
    turns: dict[str, int] = {}
    ranked = []
    # By a hash, not in the suite's order, in which easy tasks may stand first.
    for pair in sorted(pairs, key=lambda pair: seed_of("example", pair.before["task_id"])):
        family = pair.before["family"]
        turns[family] = turns.get(family, 0) + 1
        ranked.append((turns[family], pair))
    return [pair for _, pair in sorted(ranked, key=lambda entry: entry[0])]


def one_line(text: object, most: int = 200) -> str:
    """Printable characters only, so no control and no writing direction gets through; long text ends in an ellipsis."""
    return cut(" ".join("".join(char if char.isprintable() else " " for char in str(text or "")).split()), most)


def many_lines(text: object, most: int = 1500) -> str:
    kept = "".join(char if char.isprintable() or char == "\n" else " " for char in str(text or ""))
    return cut(kept.strip(), most)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
