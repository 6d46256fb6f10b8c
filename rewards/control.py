"""A reward that knows nothing: a campaign must beat it, or its gain was not learned from the answers."""

import hashlib


def coin(tokens: tuple[int, ...], step: int) -> float:
    """Heads or tails by what was said and when; blind to whether it was right."""
    digest = hashlib.blake2b(repr((tokens, step)).encode(), digest_size=1).digest()
    return float(digest[0] % 2)
