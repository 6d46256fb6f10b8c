"""One reward over all answers of a step: which calls it takes, each made as it must be, again where it may be, or not at
all where it is remembered. Must not know what the numbers are for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from mmzero import waits
from mmzero.recipe.signatures import ONCE
from mmzero.scoring.arguments import Arguments, arguments, words
from mmzero.scoring.deadline import Clock, TimedOut, beside, in_main_thread
from mmzero.scoring.invoke import invoke, invoke_async, is_async, late
from mmzero.scoring.outcome import Outcome, failed
from mmzero.scoring.plugin import Reward
from mmzero.scoring.view import View

_ASYNC_AT_ONCE = 64


Made = tuple[list[Outcome], float]  # what one call came to for each of its answers, and the seconds it took


class Column(NamedTuple):
    """An outcome for each answer, and how long each call took, in seconds."""

    outcomes: list[Outcome]
    seconds: list[float]


def column(reward: Reward, views: Sequence[View], most_late: int | None = None) -> Column:
    """With `most_late`, nothing more is called once more answers than that were waited for in vain: the step is lost."""
    outcomes: list[Outcome] = [Outcome()] * len(views)
    asked: list[Arguments] = []
    places: dict[str, int] = {}  # what a call is shown -> its place among those asked
    twins = []
    for rows in _shown_together(reward, views):
        key = reward.memory.key([views[row] for row in rows], reward.signature) if reward.memory else None
        known = reward.memory.get(key) if key else None
        if known is not None:
            _put(outcomes, rows, known)
        elif key in places:
            twins.append((rows, places[key]))
        elif (given := _given(reward, views, rows, outcomes)) is not None:
            if key and len(given.rows) == len(rows):
                places[key] = len(asked)
            asked.append(given)
    found = _answered(reward, asked, most_late)
    for rows, at in [*((given.rows, at) for at, given in enumerate(asked)), *twins]:
        _put(outcomes, rows, found[at][0])
    for key, at in places.items():
        reward.memory.keep(key, found[at][0])
    return Column(outcomes, [seconds for _, seconds in found])


def _put(outcomes: list[Outcome], rows: Sequence[int], found: Sequence[Outcome]) -> None:
    for row, outcome in zip(rows, found, strict=True):
        outcomes[row] = outcome


def _shown_together(reward: Reward, views: Sequence[View]) -> list[list[int]]:
    if reward.per == "answer":
        return [[row] for row in range(len(views))]
    if reward.per == "batch":
        return [list(range(len(views)))] if views else []
    groups: dict[int, list[int]] = {}
    for row, view in enumerate(views):
        groups.setdefault(view.group, []).append(row)
    return list(groups.values())


def _given(reward: Reward, views: Sequence[View], rows: Sequence[int], outcomes: list[Outcome]) -> Arguments | None:
    """Of a call; an answer that cannot be put into its words, for a broken picture say, is left out of it and named."""
    said, kept = [], []
    for row in rows:
        try:
            said.append(words(views[row], reward.signature, reward.plugin.with_))
            kept.append(row)
        except Exception as error:
            outcomes[row] = failed(f"cannot be shown this answer: {error}")
    if not kept:
        return None
    return arguments(kept, said, views[kept[0]], reward.signature, reward.per, _once(reward, views[kept[0]]))


def _once(reward: Reward, view: View) -> Mapping[str, Any]:
    if reward.signature.style != "own":
        return {}
    names = ONCE.intersection(reward.signature.names) - {"judge", "render"} - reward.plugin.with_.keys()
    return {name: view[name] for name in names} | dict(reward.services)


def _answered(reward: Reward, asked: Sequence[Arguments], most_late: int | None) -> list[Made]:
    """What each call came to. What ended in an error is called again, as often as it may be."""
    found = _made(reward, asked, most_late)
    for _ in range(reward.plugin.retries):
        again = [at for at, (outcomes, _) in enumerate(found) if any(outcome.error for outcome in outcomes)]
        if not again:
            break
        for at, made in zip(again, _made(reward, [asked[at] for at in again], most_late), strict=True):
            found[at] = made
    return found


def _made(reward: Reward, asked: Sequence[Arguments], most_late: int | None) -> list[Made]:
    judge = reward.plugin.judge
    seconds = reward.plugin.timeout + (judge.patience if judge else 0.0)
    in_vain = _InVain(most_late, min(seconds, judge.timeout) if judge else seconds)
    if reward.isolated:
        isolated = reward.isolated
        return _in_turn(reward, asked, lambda given: _timed(partial(isolated.call, given, seconds)), seconds, in_vain)
    if is_async(reward.function):
        return _async(reward, asked, seconds, in_vain)

    def call(given: Arguments) -> Made:
        return _timed(partial(invoke, reward.function, reward.signature, reward.per, given))

    # A service that is struck in the middle of an answer would give it to the next who asks: it is let finish alone.
    if reward.services or not in_main_thread():
        made = beside(
            [partial(call, one) for one in asked],
            judge.concurrency if judge else 1,
            seconds,
            _whose(reward),
            lambda at, result: in_vain.count(_in_time(asked[at], result, seconds)),
        )
        return [_in_time(one, two, seconds) for one, two in zip(asked, made, strict=True)]
    with Clock(seconds, reward.plugin.use) as clock:
        return _in_turn(reward, asked, lambda given: clock.run(partial(call, given)), seconds, in_vain)


class _InVain:
    """Answers that were waited for in vain: of a call that took `seconds`, which one question to a judge may, and came to
    nothing. With more than `most` of them the step is lost, and whoever hangs would be waited for once a call."""

    def __init__(self, most: int | None, seconds: float):
        self._most, self._seconds, self._found = most, seconds, 0

    def count(self, made: Made) -> bool:
        outcomes, seconds = made
        if seconds >= self._seconds:
            self._found += sum(bool(outcome.error) for outcome in outcomes)
        return self.too_many

    @property
    def too_many(self) -> bool:
        return self._most is not None and self._found > self._most


def _in_turn(
    reward: Reward, asked: Sequence[Arguments], call: Callable[[Arguments], Made], seconds: float, in_vain: _InVain
) -> list[Made]:
    made: list[Made] = []
    for given in asked:
        if in_vain.too_many:
            made.append(_uncalled(given))
            continue
        with waits.on(_whose(reward), seconds):
            try:
                made.append(call(given))
            except TimedOut:
                made.append(_late(given, seconds))
        in_vain.count(made[-1])
    return made


def _async(reward: Reward, asked: Sequence[Arguments], seconds: float, in_vain: _InVain) -> list[Made]:
    most = reward.judge.most_at_once if reward.judge else _ASYNC_AT_ONCE

    async def all_of_them() -> list[Made]:
        free = asyncio.Semaphore(most)

        async def one(given: Arguments) -> Made:
            async with free:
                if in_vain.too_many:
                    return _uncalled(given)
                began = time.perf_counter()
                outcomes = await invoke_async(reward.function, reward.signature, reward.per, given, seconds)
                made = outcomes, time.perf_counter() - began
                in_vain.count(made)
                return made

        return await asyncio.gather(*map(one, asked))

    # One that never awaits holds up all others, and no timeout within the loop reaches it.
    whole = seconds * (2 + len(asked) // most)
    (result,) = beside([lambda: asyncio.run(all_of_them())], 1, whole, _whose(reward))
    return [_late(given, whole) for given in asked] if isinstance(result, TimedOut) else result


def _whose(reward: Reward) -> str:
    return f"the reward {reward.plugin.use}"


def _in_time(given: Arguments, result: Made | TimedOut | None, seconds: float) -> Made:
    if result is None:
        return _uncalled(given)
    return _late(given, seconds) if isinstance(result, TimedOut) else result


def _uncalled(given: Arguments) -> Made:
    return [failed("was not called: too many calls before it took too long")] * len(given.rows), 0.0


def _timed(call: Any) -> Made:
    began = time.perf_counter()
    outcomes = call()
    return outcomes, time.perf_counter() - began


def _late(given: Arguments, seconds: float) -> Made:
    return [Outcome(error=late(seconds))] * len(given.rows), seconds
