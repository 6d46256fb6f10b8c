"""Rewards that know nothing: a campaign must beat them or its gain was not learned from the answers."""

import hashlib


def coin(tokens: tuple[int, ...], step: int, siblings: tuple[str | None, ...], sides: int = 2) -> float:
    """Heads or tails by what was said and when; blind to whether it was right."""
    digest = hashlib.blake2b(repr((tokens, step)).encode(), digest_size=8).digest()
    return float(int.from_bytes(digest, "big") % sides == 0)
