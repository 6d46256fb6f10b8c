"""How a report says things: untrusted text that stays text, tables, shares and times. Knows no campaign."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from mmzero.report.examples import many_lines, one_line

_MARKS = re.compile(
    r"[\\`*_{}\[\]<>()#!|~&@$^=+-]|:(?!\d)|\.(?=[^\W\d])"
)  # a dot before a letter: www.… becomes a link


def quoted(text: object, most: int = 200) -> str:
    """Untrusted text in one line of markdown: every mark that could mean something stands for itself."""
    return _MARKS.sub(lambda mark: "\\" + mark[0], one_line(text, most))


def block(text: object) -> str:
    """Untrusted text of many lines: preformatted HTML, in which neither markdown nor a tag is read."""
    return f"<pre>\n{html.escape(many_lines(text)) or '(nothing)'}\n</pre>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rule, *rows))


def points(share: float) -> str:
    return f"{share * 100:+.1f}"


def percent_of(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{seconds:.1f} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"
