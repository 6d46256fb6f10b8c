"""The live view of a terminal: where the campaign is, what waits for what, how it goes. Must not compute a figure;
no text it is given is ever read as markup."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live as Screen
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from mmzero import waits
from mmzero.recipe import Recipe
from mmzero.types import Cursor
from mmzero.watch import stalls
from mmzero.watch.words import clean, duration, number, parts, seconds, shown, sparkline, troubles

WAITS = {
    "play": "the learner waits for the sampler",
    "score": "the learner waits for the rewards",
    "learn": "the sampler waits for the learner",
    "publish": "the sampler waits for its new weights",
    "commit": "both wait for the disk",
    "evaluate": "the learner waits for the sampler",
    "export": "both wait for the disk",
    "checkpoint": "both wait for the disk",
}
COLOURS = ("blue", "magenta", "green", "yellow", "cyan", "red", "white")
CURVES = {"reward": "reward", "accuracy": "accuracy", "learnability": "learnability"}
BAR = 48


class Live:
    """State is replaced, never changed in place: the screen draws from a thread of its own."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic):
        self._console = console or Console(markup=False, highlight=False, emoji=False)
        self._clock = clock
        self._screen: Screen | None = None
        self._recipe: Recipe | None = None
        self._cursor: Cursor | None = None
        self._stage, self._since = "", clock()
        self._progress = (0, 0, "")
        self._done = 0
        self._figures: Mapping[str, Any] = {}
        self._curves: Mapping[tuple[str, str], tuple[float, ...]] = {}  # (role, figure) -> values
        self._step_began = clock()
        self._took: tuple[tuple[int, float], ...] = ()  # (phase, seconds) of each step seen

    def begin(self, recipe: Recipe, done: int) -> None:
        self._recipe, self._done = recipe, done
        self._step_began = self._since = self._clock()
        self._screen = Screen(get_renderable=self.render, console=self._console, refresh_per_second=4)
        self._screen.start()

    def stage(self, cursor: Cursor, name: str) -> None:
        if self._cursor is None or cursor.index != self._cursor.index:
            self._step_began = self._clock()
        self._cursor, self._stage, self._since = cursor, clean(name), self._clock()
        self._progress = (0, 0, "")

    def progress(self, done: int, total: int, what: str) -> None:
        self._progress = (done, total, clean(what))

    def step(self, cursor: Cursor, figures: Mapping[str, Any]) -> None:
        role = self._role(cursor)
        self._took = (*self._took, (cursor.phase, self._clock() - self._step_began))[-200:]
        self._cursor, self._done, self._figures = cursor, cursor.index + 1, dict(figures)
        self._stage, self._since, self._progress = "", self._clock(), (0, 0, "")  # what follows may be an evaluation
        points = {(role, name): value for name in CURVES if (value := number(figures, name)) is not None}
        self._curves = {**self._curves, **{key: (*self._curves.get(key, ()), at)[-400:] for key, at in points.items()}}

    def note(self, text: str) -> None:
        self._console.print(Text(clean(text)))

    def close(self) -> None:
        if self._screen:
            self._screen.stop()
            self._screen = None

    def render(self) -> RenderableType:
        if self._recipe is None:
            return Text("")
        inside = [self._overall(), self._now()]
        if self._figures:
            inside += [Text(""), self._table(), Text(""), self._course(), Text(""), self._times()]
        title = Text(f" {self._recipe.name} ", "bold")
        return Panel(Group(*inside), title=title, title_align="left", border_style="blue", padding=(1, 2))

    def _role(self, cursor: Cursor) -> str:
        return self._recipe.schedule.phases[cursor.phase].train

    def _overall(self) -> RenderableType:
        steps = self._recipe.schedule.steps
        left = self._left()
        row = Table.grid(padding=(0, 2))
        words = f"{self._done}/{steps} steps" + (f", about {duration(left)} left" if left else "")
        row.add_row(ProgressBar(steps, self._done, width=BAR), Text(words))
        return row

    def _left(self) -> float | None:
        """Seconds to go: every step still to come takes as long as the seen ones of its phase did."""
        if not self._took:
            return None
        every = [spent for _, spent in self._took]
        mean = sum(every) / len(every)
        schedule = self._recipe.schedule
        order = [phase for phase, run in enumerate(schedule.phases) for _ in range(run.steps)]
        of_phase = {phase: [spent for at, spent in self._took if at == phase] for phase in set(order)}
        means = {phase: sum(spent) / len(spent) if spent else mean for phase, spent in of_phase.items()}
        return sum(means[order[index % len(order)]] for index in range(self._done, schedule.steps))

    def _now(self) -> RenderableType:
        line = self._place() if self._cursor else Text("starting  ", "bold")
        if self._stage:
            line.append(self._stage, "bold green").append(f" {duration(self._clock() - self._since)}  ")
        done, total, what = self._progress
        if total:
            line.append(f"{done:,}/{total:,} {what}  ")
        long = [one for one in waits.under_way() if time.monotonic() - one.since >= stalls.LEAST]
        if long:
            line.append(f"({clean(stalls.spell(long[0], time.monotonic()))})", "dim")
        elif self._stage in WAITS:
            line.append(f"({WAITS[self._stage]})", "dim")
        return line

    def _place(self) -> Text:
        cursor, schedule = self._cursor, self._recipe.schedule
        line = Text(f"iteration {cursor.iteration + 1}/{schedule.iterations}  ")
        line.append(f"{self._role(cursor)} ", "bold")
        return line.append(f"step {cursor.step + 1}/{schedule.phases[cursor.phase].steps}  ")

    def _table(self) -> RenderableType:
        table = Table.grid(padding=(0, 3))
        cells = [self._cell(*entry) for entry in shown(self._figures) + parts(self._figures)]
        cells += [self._cell(*entry, "yellow") for entry in troubles(self._figures)]
        for row in _rows(cells, 4):
            table.add_row(*row)
        return table

    def _cell(self, label: str, value: str, style: str = "bold") -> Text:
        return Text().append(f"{label} ", "dim").append(value, "bold red" if value == "nan" else style)

    def _course(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for (role, name), values in self._curves.items():
            first, last = f"{values[0]:.2f}", f"{values[-1]:.2f}"
            table.add_row(
                Text(f"{role} {CURVES[name]}", "dim"), Text(sparkline(values, BAR)), Text(f"{first} → {last}")
            )
        return table

    def _times(self) -> RenderableType:
        spent = seconds(self._figures)
        total = sum(spent.values()) or 1.0
        bar, words = Text(), Text()
        for place, (name, value) in enumerate(spent.items()):
            colour = COLOURS[place % len(COLOURS)]
            bar.append("━" * round(BAR * value / total), colour)
            words.append("■ ", colour).append(f"{name} {value:.1f} s  ")
        return Group(bar, words)


def _rows(cells: list[Text], width: int) -> Iterable[list[Text]]:
    return (cells[at : at + width] for at in range(0, len(cells), width))
