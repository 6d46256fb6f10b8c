"""`mmzero tasks`: the bank from the command line. Imports a room only when its command is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from mmzero.errors import UserError

app = typer.Typer(help="The bank of task families.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="FAMILY", help="A family's name; `mmzero tasks list` shows them.")]
Level = Annotated[int, typer.Option(help="0, the easiest, to 9.")]
Seed = Annotated[int, typer.Option(min=0, help="Other seeds, other tasks.")]
Look = Annotated[str, typer.Option("--skin", metavar="NAME", help="How it looks: tiny, small, plain, night, large.")]
Names = Annotated[list[str] | None, typer.Option("--family", metavar="NAME", help="Only this one; repeatable.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


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
) -> None:
    """Write tasks as PNG files and one tasks.jsonl."""
    from mmzero import bank

    _refuse_level(level)
    next(bank.make(name, level, 1, seed, look))  # whatever is to be refused is refused before a folder is made
    typer.echo(f"{bank.write(bank.make(name, level, n, seed, look), out)} tasks in {out}")


@app.command()
def gallery(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the page and the sheet go.")] = Path("gallery"),
    names: Names = None,
    look: Look = "plain",
) -> None:
    """A page and a picture of every family at every level."""
    from mmzero.bank import gallery as room

    for path in room.write(_chosen(names), look, out):
        typer.echo(path)


@app.command()
def stats(
    n: Annotated[int, typer.Option(min=2, help="Tasks per family and level.")] = 200,
    names: Names = None,
    look: Look = "plain",
    as_json: Json = False,
) -> None:
    """Variety, guessability, speed and near-duplicates, per family and level."""
    from mmzero import families
    from mmzero.bank import stats as room
    from mmzero.screen import show_cells

    cells: list[Any] = []
    hashes: dict[str, list[int]] = {}
    for name in _chosen(names):
        for level in families.LEVELS:
            cell, seen = room.measure(name, level, n, look)
            cells.append(cell)
            hashes.setdefault(name, []).extend(seen)
    found = room.totals(cells, hashes)
    typer.echo(json.dumps(found)) if as_json else show_cells(found)


@app.command()
def export(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The parquet file to write.")],
    form: Annotated[str, typer.Option(help="trl, verl or easyr1.")] = "trl",
    n: Annotated[int, typer.Option(min=1, help="Tasks per family and level.")] = 10,
    levels: Annotated[str, typer.Option(metavar="A-B", help="Which levels.")] = "0-9",
    names: Names = None,
    seed: Seed = 0,
    look: Look = "plain",
) -> None:
    """Write tasks as a parquet file that TRL, verl or EasyR1 trains on."""
    from mmzero import bank
    from mmzero.bank import export as room

    first, _, last = levels.partition("-")
    if not (first.isdigit() and (last or first).isdigit()):
        raise UserError(f"--levels is '{levels}', which is no range; write it as 0-9 or 3")
    span = range(int(first), int(last or first) + 1)
    for level in (span.start, span.stop - 1):
        _refuse_level(level)
    made = (one for name in _chosen(names) for level in span for one in bank.make(name, level, n, seed, look))
    typer.echo(f"{room.write(made, form, out)} tasks in {out}")


def _chosen(names: list[str] | None) -> list[str]:
    from mmzero import families

    for name in names or []:
        families.refuse_unknown(name)
    return list(names or families.names())


def _refuse_level(level: int) -> None:
    from mmzero import families

    if level not in families.LEVELS:
        raise UserError(f"level {level} does not exist; levels run from 0 to 9")
