"""How many tasks a second one core makes, drawn at 224 pixels, encoded and answered, beside reasoning-gym's texts.

`python -m tests.bench.bank` prints it; reasoning-gym comes with the extra `bench` and is left out where it is missing.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from statistics import median

from mmzero import families
from mmzero.families.skin import PLAIN

SEEDS = 6  # tasks of each family and level
PEER_TASKS = 60

# Ours and the data set of reasoning-gym that asks the same of a text; its own default difficulty.
TWINS = {
    "angle": "simple_geometry",
    "calendar": "calendar_arithmetic",
    "clock": "time_intervals",
    "formula": "simple_equations",
    "gates": "circuit_logic",
    "life": "game_of_life",
    "maze": "maze",
    "route": "shortest_path",
}

Rates = dict[str, dict[int, float]]  # family -> level -> tasks a second


def rates() -> Rates:
    return {name: {level: _rate(name, level) for level in families.LEVELS} for name in families.names()}


def _rate(name: str, level: int) -> float:
    seeds = count(2, 2)
    families.mint(name, level, 0, PLAIN, lambda png: "")  # imports, fonts
    return 1 / _seconds(lambda: families.mint(name, level, next(seeds), PLAIN, lambda png: ""), SEEDS)


def _seconds(work: Callable[[], object], times: int) -> float:
    """Of one core, for one piece of work."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times


def measure() -> dict[str, dict]:
    """name -> figures: the bank as a whole, and each family that has a twin as seconds for one task of either."""
    found = rates()
    whole = {name: len(levels) / sum(1 / rate for rate in levels.values()) for name, levels in found.items()}
    slowest = min(whole, key=whole.__getitem__)
    cells = {(name, level): rate for name, levels in found.items() for level, rate in levels.items()}
    worst = min(cells, key=cells.__getitem__)
    bank = {
        "families": len(whole),
        "median_per_s": median(whole.values()),
        "least_per_s": whole[slowest],
        "least": slowest,
        "least_level_per_s": cells[worst],
        "least_level": "{}/{}".format(*worst),
    }
    return {"bank": bank, **{f"bank_vs_reasoning_gym/{name}": pair for name, pair in _twins(whole)}}


def _twins(whole: dict[str, float]) -> Iterator[tuple[str, dict[str, float]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of its dependencies
        try:
            import reasoning_gym
        except ImportError:
            return
    for name, peer in TWINS.items():
        data = reasoning_gym.create_dataset(peer, seed=1, size=PEER_TASKS + 1)
        places = iter(range(PEER_TASKS + 1))
        data[next(places)]
        ours, theirs = 1 / whole[name], _seconds(lambda data=data, places=places: data[next(places)], PEER_TASKS)
        yield name, {"ours_s": ours, "peer_s": theirs, "ratio": theirs / ours}


def sentences(found: dict[str, dict]) -> Iterator[str]:
    bank = found["bank"]
    yield (
        f"the bank of {bank['families']} families makes {bank['median_per_s']:.0f} tasks/s a core (median), least"
        f" {bank['least_per_s']:.0f}/s ({bank['least']}), least level {bank['least_level_per_s']:.0f}/s ({bank['least_level']})"
    )
    twins = {name: pair for name, pair in found.items() if name.startswith("bank_vs_reasoning_gym/")}
    if not twins:
        yield "reasoning-gym is not installed, so the bank stands alone; the extra `bench` brings it"
    for name, pair in twins.items():
        ours = name.rpartition("/")[2]
        yield (
            f"{name:32} {ours} drawn: {1 / pair['ours_s']:.0f}/s; {TWINS[ours]} as text: {1 / pair['peer_s']:.0f}/s:"
            f" {pair['ratio']:.2g} times"
        )


if __name__ == "__main__":
    print(*sentences(measure()), sep="\n")
