"""The campaign, one screen: play, score, credit, learn, publish. Must not know an engine, a family or an algorithm."""

from __future__ import annotations

from functools import partial

from mmzero import evaluate, telemetry, watchdogs
from mmzero.journal import Journal
from mmzero.rooms import Rooms
from mmzero.sources.state import State, fold
from mmzero.step import Step


def evolve(rooms: Rooms, journal: Journal) -> None:
    """Play, score, credit, learn, publish: once per step. Each line is one idea; each idea is one room."""
    evaluate.if_due(rooms, journal, version=0)
    for cursor in journal.remaining():  # (iteration, phase, step) after the newest checkpoint
        step = Step(rooms, journal, cursor)
        state = journal.fold(cursor, State(), fold)  # posterior, archive, replay: a pure fold over what is committed
        played = journal.played(cursor, partial(step.play, state), step.advantages)  # once; read back if already there
        batch = step.batch(played)
        stats = step.learn(batch)
        step.publish()
        journal.learned(cursor, step.figures(state, played, batch, stats))
        evaluate.if_due(rooms, journal, cursor.version)
        telemetry.tell(rooms, journal, cursor)
        watchdogs.look(rooms, journal, cursor)
        step.checkpoint_if_due()  # last: what is resumed starts after it
