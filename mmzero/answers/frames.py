"""Which rectangle coordinates are counted in, and how one becomes another. Must not know whose coordinates they are.

original     pixels of the picture as it was given
processed    pixels of the picture as the policy saw it, after resizing and rounding to whole patches
thousandths  0 to 1000 along either side
unit         0 to 1 along either side
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FRAMES = ("original", "processed", "thousandths", "unit")
SLACK = 0.002  # of a side that a truth may lie outside, as annotations round

Size = tuple[float, float]  # wide, high


def extent(frame: str, sizes: object, picture: int = 0) -> Size:
    """How far a frame reaches. `sizes` holds, for each picture, its original and its processed size."""
    if frame == "thousandths":
        return 1000.0, 1000.0
    if frame == "unit":
        return 1.0, 1.0
    _known(frame)
    try:
        wide, high = sizes[picture][FRAMES.index(frame)]
    except (TypeError, IndexError, KeyError) as error:
        raise ValueError(
            f"coordinates in {frame} pixels need the sizes of picture {picture} and got {sizes!r:.80}; use thousandths or"
            " unit where sizes are unknown"
        ) from error
    if not (wide > 0 and high > 0):
        raise ValueError(f"picture {picture} is {wide} by {high} pixels, and both must be above zero")
    return float(wide), float(high)


def reach(frame: str, sizes: object, picture: int = 0) -> Size:
    """The same, and without end where nobody knows."""
    try:
        return extent(frame, sizes, picture)
    except ValueError:
        return float("inf"), float("inf")


def converted(places: Sequence[Sequence[float]], frame: str, into: str, sizes: object, picture: int = 0) -> list:
    """Rows of x, y, x, y, … counted in another frame: the only place where this is reckoned."""
    if frame == into:
        _known(frame)
        return [tuple(row) for row in places]
    (w, h), (wide, high) = extent(frame, sizes, picture), extent(into, sizes, picture)
    scale = (wide / w, high / h)
    return [tuple(value * scale[i % 2] for i, value in enumerate(row)) for row in places]


def refuse_outside(places: Iterable[Sequence[float]], frame: str, sizes: object, picture: int = 0) -> None:
    """Of a truth: a place that its frame has no room for was counted in another one, and no overlap with it means anything."""
    reaches = reach(frame, sizes, picture)
    for row in places:
        if not all(-SLACK * reaches[i % 2] <= value <= (1 + SLACK) * reaches[i % 2] for i, value in enumerate(row)):
            raise ValueError(
                f"the truth's ({', '.join(f'{value:g}' for value in row)}) lies outside its frame, {frame} of"
                f" {reaches[0]:g} by {reaches[1]:g}; name the frame that it is counted in as truth_frame"
            )


def _known(frame: str) -> None:
    if frame not in FRAMES:
        raise ValueError(f"{frame!r} is no frame of coordinates; write one of {', '.join(FRAMES)}")
