"""A proposal that everyone makes teaches little."""

from collections.abc import Mapping

from mmzero.types import Proposal


def repetition(
    proposal: Proposal | None, batch: tuple[Proposal, ...], archive: Mapping[str, int], threshold: float = 0.05
) -> float:
    """The share of this batch that asks for the same family and level beyond `threshold`, and half as much of the same
    in everything proposed before; a penalty, to be weighted below zero."""
    if proposal is None:
        return 0.0
    cell = f"{proposal.family}/{proposal.level}"
    here = sum((one.family, one.level) == (proposal.family, proposal.level) for one in batch) / len(batch)
    before = archive.get(cell, 0) / max(sum(archive.values()), 1)
    return max(here - threshold, 0.0) + 0.5 * max(before - threshold, 0.0)
