"""One call of a function, here and now, and what it came to for each answer it was shown. The same in the campaign's
process as in one of its own; must not know of deadlines, retries or other calls."""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from mmzero.recipe.signatures import Per, Signature
from mmzero.scoring.arguments import Arguments
from mmzero.scoring.outcome import Outcome, failed, listed, raised, read, read_easyr1, read_trl, read_verl

_READERS: Mapping[str, Callable[[Any], Outcome]] = {
    "own": read,
    "trl": read_trl,
    "verl": read_verl,
    "verl_batch": read_verl,
    "easyr1": read_easyr1,
    "easyr1_batch": read_easyr1,
}
_THEIRS = (Exception, SystemExit, asyncio.CancelledError)
_WRITABLE = ("scene",)  # of what is shown, all else cannot be changed or is a copy nobody looks at


def is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def invoke(function: Callable[..., Any], signature: Signature, per: Per, given: Arguments) -> list[Outcome]:
    """One outcome for each of the answers; whatever the function raises is the function's, by name."""
    before = _writable(given)
    try:
        returned = function(*given.by_place, **given.by_name)
        if inspect.isawaitable(returned):
            returned = asyncio.run(_awaited(returned))
        return _told(returned, signature, per, given, before)
    except _THEIRS as error:
        return [raised(error)] * len(given.rows)


async def invoke_async(
    function: Callable[..., Any], signature: Signature, per: Per, given: Arguments, seconds: float
) -> list[Outcome]:
    """The same of an async function, beside others."""
    before = _writable(given)
    try:
        async with asyncio.timeout(seconds) as clock:
            returned = await function(*given.by_place, **given.by_name)
        if clock.expired():  # and what was to end it was caught
            return [failed(late(seconds))] * len(given.rows)
        return _told(returned, signature, per, given, before)
    except _THEIRS as error:
        # Its own TimeoutError is not ours.
        ours = isinstance(error, TimeoutError) and clock.expired()
        return [failed(late(seconds)) if ours else raised(error)] * len(given.rows)


def late(seconds: float) -> str:
    return f"took longer than its timeout of {seconds:g} s"


async def _awaited(coroutine: Any) -> Any:
    return await coroutine


def _told(returned: Any, signature: Signature, per: Per, given: Arguments, before: Mapping[str, Any]) -> list[Outcome]:
    n = len(given.rows)
    changed = [name for name, value in before.items() if given.by_name[name] != value]
    if changed:
        return [failed(f"wrote to '{changed[0]}', which it may only read")] * n
    read_one = _READERS[signature.style]
    if per == "answer" and signature.per == "answer":
        return [read_one(returned)]
    entries = listed(returned, n)
    return [entries] * n if isinstance(entries, Outcome) else [read_one(entry) for entry in entries]


def _writable(given: Arguments) -> dict[str, Any]:
    return {name: copy.deepcopy(given.by_name[name]) for name in _WRITABLE if name in given.by_name}
