"""`mmzero tasks`: the bank from the command line. Imports a room only when its command is called."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from mmzero.errors import UserError

app = typer.Typer(help="The bank of task families.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="FAMILY", help="A family's name; `mmzero tasks list` shows them.")]
Level = Annotated[int, typer.Option(help="0, the easiest, to 9.")]
Seed = Annotated[int, typer.Option(min=0, help="Other seeds, other tasks.")]
Levels = Annotated[str, typer.Option(metavar="A-B", help="Which levels.")]
Look = Annotated[
    str, typer.Option("--skin", metavar="NAME", help="Its look: plain, night, plotted, wide, serif-tall …")
]
Names = Annotated[list[str] | None, typer.Option("--family", metavar="NAME", help="Only this one; repeatable.")]
Knobs = Annotated[
    list[str] | None, typer.Option("--knob", metavar="NAME=VALUE", help="Fix one of its knobs; repeatable.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
W = TypeVar("W")


@app.command("list")
def list_families(as_json: Json = False) -> None:
    """Every family with its domain."""
    from mmzero import families

    if as_json:
        typer.echo(json.dumps([{"name": name, "domain": domain} for name, domain in families.names().items()]))
        return
    by_domain: dict[str, list[str]] = {}
    for name, domain in families.names().items():
        by_domain.setdefault(domain, []).append(name)
    for domain, names in by_domain.items():
        typer.echo(f"{domain:16} {', '.join(names)}")
    typer.echo(f"{len(families.names())} families in {len(by_domain)} domains")


@app.command()
def show(name: Name, as_json: Json = False) -> None:
    """What a family asks, its levels and knobs, and an example of each level."""
    from mmzero import bank

    found = bank.about(name)
    if as_json:
        typer.echo(json.dumps(found))
        return
    typer.echo(f"{found['domain']}/{found['name']}: {found['about']}\n\n{found['levels']}\n")
    for knob, values in found["knobs"].items():
        typer.echo(f"  knob {knob}: {values}")
    typer.echo(f"  can be read from {found['smallest']} pixels on\n")
    for one in found["examples"]:
        typer.echo(f"{one['level']}  {one['question']}  ->  {one['answer']}\n   {' '.join(one['solution'])}")


@app.command()
def make(
    name: Name,
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new or empty folder.")],
    n: Annotated[int, typer.Option(min=1, help="How many tasks.")] = 10,
    level: Level = 0,
    seed: Seed = 0,
    look: Look = "plain",
    knobs: Knobs = None,
) -> None:
    """Write tasks as PNG files and one tasks.jsonl."""
    from mmzero import bank

    _refuse_level(level)
    made = partial(bank.make, name, level, seed=seed, look=look, knobs=_told(knobs))
    next(made(1))  # whatever is to be refused is refused before a folder is made
    typer.echo(f"{bank.write(made(n), out)} tasks in {out}")


@app.command()
def gallery(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the page and the sheet go.")] = Path("gallery"),
    names: Names = None,
    look: Look = "plain",
) -> None:
    """A page and a picture of every family at every level."""
    from mmzero.bank import gallery as room

    for path in room.write(_fitting(names, look), look, out):
        typer.echo(path)


@app.command()
def stats(
    n: Annotated[int, typer.Option(min=2, help="Tasks per family and level; they are counted, not drawn.")] = 200,
    pictures: Annotated[
        int, typer.Option(min=1, help="How many of them are drawn, for speed and near-duplicates.")
    ] = 20,
    levels: Levels = "0-9",
    names: Names = None,
    look: Look = "plain",
    as_json: Json = False,
) -> None:
    """Variety, guessability, speed and near-duplicates, per family and level."""
    from mmzero.bank import stats as room
    from mmzero.screen import show_cells

    wanted = [(name, level) for name in _fitting(names, look) for level in _span(levels)]
    cells, hashes = [], defaultdict(list)
    for name, level in _with_progress(wanted):
        cell, seen = room.measure(name, level, n, pictures, look)
        cells.append(cell)
        hashes[name].append(seen)
    found = room.totals(cells, hashes)
    if as_json:
        typer.echo(json.dumps(found))
        return
    show_cells(found)
    typer.echo(
        f"counted: {found['tasks']:,} tasks; drawn: {found['pictures']:,}, the first {min(n, pictures)} of each line, which"
        " is what tasks/s, bytes and near are about"
    )


@app.command()
def export(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The parquet file to write.")],
    form: Annotated[str, typer.Option(help="trl, verl or easyr1.")] = "trl",
    n: Annotated[int, typer.Option(min=1, help="Tasks per family and level.")] = 10,
    levels: Levels = "0-9",
    names: Names = None,
    seed: Seed = 0,
    look: Look = "plain",
) -> None:
    """Write tasks as a parquet file that TRL, verl or EasyR1 trains on."""
    from mmzero import bank
    from mmzero.bank import export as room

    cells = [(name, level) for name in _fitting(names, look) for level in _span(levels)]
    made = (one for name, level in _with_progress(cells) for one in bank.make(name, level, n, seed, look))
    typer.echo(f"{room.write(made, form, out)} tasks in {out}")


def _fitting(names: list[str] | None, look: str) -> list[str]:
    """The families asked for, or all; whatever is to be refused is refused before anything is made."""
    from mmzero import bank, families

    chosen = list(dict.fromkeys(names or families.names()))
    for name in chosen:
        next(bank.make(name, 0, 1, look=look))
    return chosen


def _span(levels: str) -> range:
    found = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", levels)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if first > last:
        raise UserError(f"--levels is '{levels}', which is no range; write it as 0-9 or 3")
    for level in (first, last):
        _refuse_level(level)
    return range(first, last + 1)


def _refuse_level(level: int) -> None:
    from mmzero import families

    if level not in families.LEVELS:
        raise UserError(f"level {level} does not exist; levels run from 0 to 9")


def _told(knobs: list[str] | None) -> dict[str, int | str]:
    """`bars=4` and `by=colour` as a proposer would have written them."""
    found: dict[str, int | str] = {}
    for one in knobs or []:
        knob, equals, value = one.partition("=")
        if not (knob and equals and value):
            raise UserError(f"--knob is '{one}', which fixes nothing; write it as NAME=VALUE")
        found[knob] = int(value) if re.fullmatch(r"-?\d{1,9}", value) else value
    return found


def _with_progress(work: Sequence[W]) -> Iterable[W]:
    """A bar on a terminal, and nothing anywhere else: what is piped away stays clean."""
    from rich.console import Console
    from rich.progress import track

    errors = Console(stderr=True)
    return track(work, "families and levels", console=errors, transient=True, disable=not errors.is_terminal)
