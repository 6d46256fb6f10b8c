"""A penalty for saying the same thing again and again."""


def ngrams(response: str, n: int = 6, most: float = 1.0) -> float:
    """-`most` times the share of runs of `n` words that were said before; 0 for fewer than `n` words."""
    words = response.lower().split()
    runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return -most * (1.0 - len(set(runs)) / len(runs)) if runs else 0.0
