"""Keeps a campaign going while its engines come and go: what died is started again, the newest sound checkpoint is loaded,
and the loop is entered anew; what is committed since is learned again from the ledger. Must not know an engine: whether a
learner lives is asked of its port.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from mmzero.errors import CampaignStopped, EngineError
from mmzero.journal import Journal
from mmzero.recipe.tree import Budgets
from mmzero.rooms import Rooms
from mmzero.watch import Watch
from mmzero.watchdogs import RollBack

HISTORY = "restarts.log"
_SHOWN = 5  # failures told in the sentence that ends a campaign
_LONGEST = 64  # times the first pause


def keep(evolve: Callable[[Rooms, Journal], None], rooms: Rooms, journal: Journal) -> None:
    """`evolve` from the newest checkpoint, and again from there after every failure of an engine, as often as the recipe
    allows."""
    history = History(journal.folder / HISTORY, rooms.watch)
    restarts = Restarts(rooms.recipe.budgets, history)
    begin = begin_from_checkpoint
    while True:
        try:
            begin(rooms, journal, history)
            return evolve(rooms, journal)
        except EngineError as error:
            restarts.spend(error, learned=journal.last_figures()[0])
        except RollBack as wish:
            roll_back(wish, rooms.recipe.budgets, journal, history)
        begin = begin_again


class History:
    """What failed when, and what was done about it: a file of lines for a person, and notes to who looks on."""

    def __init__(self, path: Path, watch: Watch):
        self.path, self._watch = path, watch

    def tell(self, what: str) -> None:
        self._watch.note(what)
        line = f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(what.split())}\n"
        with contextlib.suppress(OSError), self.path.open("a", encoding="utf-8") as file:
            file.write(line)  # a disk that is full is the next commit's to tell


class Restarts:
    """How often engines may fail, and how long is waited before they are started again."""

    def __init__(self, budgets: Budgets, history: History):
        self._budgets, self._history = budgets, history
        self._failures: list[str] = []
        self._in_a_row, self._learned = 0, -1

    def spend(self, error: EngineError, learned: int) -> None:
        """Wait, twice as long as the last time where nothing new was learned since; past the budget the campaign stops."""
        most = self._budgets.restarts
        self._in_a_row = 1 if learned > self._learned else self._in_a_row + 1
        self._learned = max(self._learned, learned)
        self._failures.append(f"after {learned} steps: {error}")
        if len(self._failures) > most:
            self._history.tell(f"{self._failures[-1]}; budgets.restarts allows {most}, so the campaign stops")
            raise CampaignStopped(self._spent()) from error
        pause = self._budgets.backoff * min(2 ** (self._in_a_row - 1), _LONGEST)
        self._history.tell(f"{self._failures[-1]}; restart {len(self._failures)} of at most {most} in {pause:g} s")
        time.sleep(pause)

    def _spent(self) -> str:
        shown = "; ".join(self._failures[-_SHOWN:])
        return (
            f"engines failed {len(self._failures)} times and budgets.restarts allows {self._budgets.restarts}: {shown};"
            f" mend what failed (all of it stands in {self._history.path}), then resume"
        )


def roll_back(wish: RollBack, budgets: Budgets, journal: Journal, history: History) -> None:
    """What followed the checkpoint stays in the ledger, in force no more; past the budget the campaign stops."""
    if journal.roll_backs >= budgets.roll_backs:
        history.tell(f"{wish}; budgets.roll_backs allows {budgets.roll_backs}, so the campaign stops")
        raise CampaignStopped(
            f"{wish}; it was rolled back {journal.roll_backs} times, and budgets.roll_backs allows {budgets.roll_backs}"
            f" (all of it stands in {history.path}); then raise that and resume, so that what followed is played anew"
        )
    journal.look_again()
    version = _nearest(journal, wish.upto)
    journal.roll_back(version, str(wish))
    history.tell(f"{wish}; rolled back to version {version}, and what followed is played anew")


def _nearest(journal: Journal, upto: int) -> int:
    """The version of the newest checkpoint up to there. Where those were dropped meanwhile it is the oldest that is left:
    everything is let go only where the beginning is meant."""
    found = journal.newest_checkpoint(upto)
    if found or not upto:
        return found[0].version if found else 0
    return min(journal.sound_checkpoints(), default=0)


def begin_from_checkpoint(rooms: Rooms, journal: Journal, _: History) -> None:
    """With engines that have just started."""
    if found := journal.newest_checkpoint():
        restore(rooms, found[1], found[0].version)


def begin_again(rooms: Rooms, journal: Journal, history: History) -> None:
    """With engines some of which may have died, and which have learned what is to be learned again."""
    journal.look_again()
    found = journal.newest_checkpoint()
    version, checkpoint = (found[0].version, found[1]) if found else (0, None)
    began = []
    for policy, learner in rooms.learners.items():
        if checkpoint is None or not learner.alive():
            learner.restart()
            began.append(f"{policy}'s learner")
    restore(rooms, checkpoint, version)
    history.tell(f"{', '.join(began) or 'no learner'} was started again; going on from version {version}")


def restore(rooms: Rooms, checkpoint: Path | None, version: int) -> None:
    """Learners from the checkpoint; each sampler as the last step that trained its policy left it."""
    recipe = rooms.recipe
    for policy, learner in rooms.learners.items():
        if checkpoint:
            learner.load(checkpoint / policy)
        trained = [index + 1 for index in range(version) if recipe.policy_of(recipe.schedule.phase_at(index)) == policy]
        learner.publish([rooms.samplers[policy]], trained[-1] if trained else 0)
