"""The campaign with play one step ahead: while a step is learned, the next is played with the weights before it.

The same rooms as loop.py, in another order. Rollouts say which version spoke them, at most one behind; the loss weighs
them by what the weights have become since. Must not know an engine, a family or an algorithm.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import pairwise

from mmzero import evaluate, telemetry, watchdogs
from mmzero.journal import Journal
from mmzero.rooms import Rooms
from mmzero.sources.state import State, fold
from mmzero.step import Step
from mmzero.types import Played


def evolve(rooms: Rooms, journal: Journal) -> None:
    """Learn one step while the next one plays; publish when both are done."""
    evaluate.if_due(rooms, journal, version=0)
    steps = [Step(rooms, journal, cursor) for cursor in journal.remaining()]
    ahead: Future[Played] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="play") as aside:
        for step, following in pairwise((*steps, None)):
            state = journal.fold(step.cursor, State(), fold)
            played = journal.played(step.cursor, ahead.result if ahead else partial(step.play, state), step.advantages)
            ahead = _begun(following, journal, aside)
            batch = step.batch(played)
            stats = step.learn(batch)
            with step.stage("wait"):
                wait([ahead] if ahead else [])  # nobody's weights change while they speak
            step.publish()
            journal.learned(step.cursor, step.figures(state, played, batch, stats))
            evaluate.if_due(rooms, journal, step.cursor.version)
            telemetry.tell(rooms, journal, step.cursor)
            watchdogs.look(rooms, journal, step.cursor)
            step.checkpoint_if_due()


def _begun(following: Step | None, journal: Journal, aside: ThreadPoolExecutor) -> Future[Played] | None:
    """What is committed is not played again, and what it is played from is committed: the step being learned was."""
    if following is None or following.cursor.index in journal.steps():
        return None
    return aside.submit(following.play, journal.fold(following.cursor, State(), fold))
