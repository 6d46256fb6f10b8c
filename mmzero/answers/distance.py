"""How far apart two sequences are: characters or words, by edits or by what they have in order. Pure.

Both keep a whole column of the table in one integer, a bit for each row (Myers 1999, Hyyro 2003): Python's integers are
as long as a page of text, and a page is compared in milliseconds.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def edits(one: Sequence[Hashable], two: Sequence[Hashable]) -> int:
    """The fewest insertions, deletions and replacements that make one of the other."""
    if not one or not two:
        return len(one) + len(two)
    where = _where(one)
    full, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, count = full, 0, len(one)
    for item in two:
        same = where.get(item, 0)
        across = (((same & up) + up) ^ up) | same | down
        more, less = down | ~(across | up) & full, up & across
        count += bool(more & last) - bool(less & last)
        more = more << 1 | 1
        up, down = (less << 1 | ~(across | more)) & full, more & across & full
    return count


def in_order(one: Sequence[Hashable], two: Sequence[Hashable]) -> int:
    """The length of the longest sequence that both hold in order, gaps allowed."""
    where = _where(one)
    full = row = (1 << len(one)) - 1
    for item in two:
        same = row & where.get(item, 0)
        row = (row + same) | (row - same)
    return (~row & full).bit_count()


def _where(one: Sequence[Hashable]) -> dict[Hashable, int]:
    where: dict[Hashable, int] = {}
    for i, item in enumerate(one):
        where[item] = where.get(item, 0) | 1 << i
    return where
