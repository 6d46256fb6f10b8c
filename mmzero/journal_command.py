"""`mmzero verify`, `fork` and `replay`: a campaign's folder from the command line. Imports a room only when its command
is called."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mmzero.errors import CampaignStopped

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A campaign's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
_TIMES = ("seconds", "tokens_per_s", "room/")  # differ from run to run, and nothing is learned from them


def register(app: typer.Typer) -> None:
    for command in (verify, fork, replay):
        app.command()(command)


def verify(folder: Folder, as_json: Json = False) -> None:
    """Whether everything in a campaign's folder is what was written; exit code 3 where it is not."""
    from mmzero.journal.verify import verify as inspect
    from mmzero.recipe.sentences import one_line

    verdict = inspect(folder)
    if as_json:
        typer.echo(json.dumps(verdict.to_json()))
    else:
        for finding in verdict.findings:
            typer.echo(one_line(f"{finding.state}: {finding.where}: {finding.what}"))
        told = ", ".join(f"{count} {what}" for what, count in verdict.checked.items() if count)
        typer.echo(one_line(f"{folder} is {'sound' if verdict.sound else 'damaged'}: {told or 'nothing'} compared"))
    if not verdict.sound:
        raise typer.Exit(CampaignStopped.exit_code)


def fork(
    folder: Folder,
    at: Annotated[int, typer.Option(metavar="STEP", help="After how many learned steps, at most.")],
    out: Annotated[Path, typer.Option(metavar="NEW", help="The new campaign's folder.")],
    as_json: Json = False,
) -> None:
    """Begin a campaign that shares another's history up to a checkpoint."""
    from mmzero.journal.fork import fork as make
    from mmzero.recipe.sentences import one_line

    made = make(folder, at, out)
    if as_json:
        typer.echo(json.dumps(made))
        return
    nearest = "" if made["version"] == at else f", the newest checkpoint at {at} or before"
    typer.echo(one_line(f"{out} shares {made['version']} steps with {folder}{nearest}"))
    typer.echo(one_line(f"go on with: mmzero resume {shlex.quote(str(out))}"))


def replay(
    folder: Folder,
    step: Annotated[int, typer.Option(min=0, metavar="N", help="The step's number, as in steps/.")],
    as_json: Json = False,
) -> None:
    """Learn one recorded step again and print its figures beside those written then; changes nothing."""
    from mmzero import campaign

    found = campaign.replay(folder, step)
    rows = compared(found["figures"], found["recorded"])
    if as_json:
        typer.echo(json.dumps({**found, "figures": _finite(found["figures"]), "recorded": _finite(found["recorded"])}))
        return
    from mmzero.recipe.sentences import one_line

    width = max((len(name) for name, *_ in rows), default=0)
    for name, now, then, same in rows:
        typer.echo(one_line(f"{name:{width}}  {_text(now):>14}  {_text(then):>14}{'' if same else '  differs'}"))
    different = sum(not same for *_, same in rows)
    typer.echo(
        f"step {step}, learned again from version {found['from']}:"
        f" {f'{different} of {len(rows)} figures differ' if different else f'all {len(rows)} figures are the same'}"
    )


def compared(now: Mapping[str, Any], then: Mapping[str, Any]) -> list[tuple[str, Any, Any, bool]]:
    """Name, figure now, figure then, and whether they are the same to the bit; what only measures time is left out."""
    names = [name for name in {**then, **now} if not name.startswith(_TIMES)]
    return [(name, now.get(name), then.get(name), _same(now.get(name), then.get(name))) for name in names]


def _same(one: Any, other: Any) -> bool:
    return one == other or (one != one and other != other)  # NaN is not itself


def _text(value: Any) -> str:
    return "-" if value is None else f"{value:.8g}" if isinstance(value, int | float) else str(value)


def _finite(figures: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN, and a diverged campaign's figures may hold one."""
    lost = {name: None for name, value in figures.items() if isinstance(value, float) and not math.isfinite(value)}
    return {**figures, **lost}
