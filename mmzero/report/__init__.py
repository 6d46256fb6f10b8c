"""What a campaign shows at its end, finished or not: report.json, report.md and pictures in its folder, all from its
journal. Must not know an engine; what models and tasks wrote is quoted and never obeyed."""

from __future__ import annotations

import json
from typing import Any

from mmzero.journal import Journal
from mmzero.journal.durable import write_file
from mmzero.report.evidence import gather
from mmzero.report.figures import figures
from mmzero.report.page import page
from mmzero.report.pictures import draw

__all__ = ["write"]


def write(journal: Journal, wall_s: float, peak_rss_gb: float) -> dict[str, Any]:
    """Write the report of `journal` into its folder; what report.json holds comes back."""
    evidence = gather(journal)
    found = figures(evidence, wall_s, peak_rss_gb)
    folder = journal.folder / "report"
    folder.mkdir(exist_ok=True)
    pictures = draw(evidence, found, folder)
    write_file(journal.folder / "report.md", page(evidence, found, pictures).encode())
    # Last, so that whoever finds report.json finds all it speaks of.
    write_file(journal.folder / "report.json", json.dumps(found, indent=2, allow_nan=False).encode() + b"\n")
    return found
