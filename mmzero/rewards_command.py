"""`mmzero rewards`: rewards from the command line. Imports a room only when its command is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mmzero.recipe.tree import Plugin
    from mmzero.scoring.trial import Trial

app = typer.Typer(help="Reward functions.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command("list")
def list_rewards(as_json: Json = False) -> None:
    """The rewards that come with mmzero and TRL, what each asks for and what its `with` may set."""
    from mmzero.scoring.trial import shipped_rewards

    found = shipped_rewards()
    if as_json:
        typer.echo(json.dumps(found))
        return
    for one in found:
        options = f"  with {', '.join(one['with'])}" if one["with"] else ""
        typer.echo(f"{one['use']}  ({', '.join(one['asks'])}){options}")
        if one["about"]:
            typer.echo(f"    {one['about']}")
    typer.echo(f"{len(found)} rewards; `mmzero rewards try FILE:FUNCTION --on FILE_OR_CAMPAIGN` shows what one pays")


@app.command("try")
def try_reward(
    use: Annotated[str, typer.Argument(metavar="FILE:FUNCTION", help="A file's function, or package.module:FUNCTION.")],
    on: Annotated[Path, typer.Option(metavar="FILE_OR_CAMPAIGN", help="Rows in JSONL, or a campaign's folder.")],
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="KEY=VALUE", help="An argument of the function; repeatable.")
    ] = None,
    per: Annotated[str | None, typer.Option(help="What one call is shown: answer, group or batch.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds that one call may take.")] = 60.0,
    isolate: Annotated[bool, typer.Option("--isolate", help="Call it in a process of its own.")] = False,
    judge: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Who answers `judge`: http://…/v1.")] = None,
    judge_model: Annotated[str, typer.Option(metavar="NAME", help="The model that judges there.")] = "",
    judge_timeout: Annotated[float, typer.Option(help="Seconds that one question to the judge may take.")] = 60.0,
    role: Annotated[str | None, typer.Option(help="Whose answers in the campaign [who is paid by it].")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Only so many of a campaign's newest steps.")] = None,
    show: Annotated[int, typer.Option(min=0, help="How many scores to print.")] = 20,
    as_json: Json = False,
) -> None:
    """Score answers that were given before: no engine, no GPU, nothing written."""
    from mmzero.scoring.trial import attempt

    asked: dict[str, Any] = {"use": use, "with": _arguments(with_ or []), "per": per, "timeout": timeout}
    judged = {"address": judge, "model": judge_model, "timeout": judge_timeout} if judge else None
    asked |= {"isolate": isolate, "judge": judged}
    trial = attempt(_plugin(asked), on, role, steps)
    if as_json:
        typer.echo(json.dumps(trial.to_json()))
    else:
        _print(trial, show)


def _plugin(asked: dict[str, Any]) -> Plugin:
    from pydantic import ValidationError

    from mmzero.recipe.sentences import mistake, show
    from mmzero.recipe.tree import Plugin

    try:
        return Plugin.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        said = first["msg"].removeprefix("Value error, ")
        raise mistake(f"{show(asked['use'])} cannot be tried: {where}: {said}") from error


def _arguments(texts: list[str]) -> dict[str, Any]:
    from mmzero.recipe.hostile_yaml import read_yaml
    from mmzero.recipe.sentences import mistake, show

    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise mistake(f"--with {show(text)} cannot be read; write key=value, such as threshold=0.5")
        found[name] = read_yaml(value.encode("utf-8", "replace"), f"--with {text[:100]}")
    return found


def _print(trial: Trial, most: int) -> None:
    from mmzero.recipe.sentences import one_line

    told = trial.to_json()
    for one in trial.tried[:most]:
        outcome = one.outcome
        score = "error" if outcome.error else "-" if outcome.value is None else f"{outcome.value:.4g}"
        named = [f"{name} {value:.4g}" for name, value in outcome.parts.items()]
        named += [f"{name}: {text}" for name, text in outcome.said.items()]
        why = outcome.error or ", ".join(named)
        typer.echo(one_line(f"{score:>8}  {one.where}  {why}  {one.response[:60]!r}"))
    if len(trial.tried) > most:
        typer.echo(f"… and {len(trial.tried) - most} more; --show prints more of them, --json all")
    for error, count in _commonest([one["error"] for one in told["errors"]]):
        typer.echo(one_line(f"{count} x {error}"))
    spread = told["distribution"]
    if spread["n"]:
        typer.echo("mean {mean:.4g}, std {std:.4g}, min {min:.4g}, median {median:.4g}, max {max:.4g}".format(**spread))
    for *ends, count in spread.get("counts", spread.get("bins", [])):
        typer.echo(f"{' to '.join(f'{end:.4g}' for end in ends):>20}  {count}")
    typer.echo(
        f"{told['n']} answers: {spread['n']} scored, {spread['errors']} errors, {spread['not_applicable']} to which it"
        f" does not apply; {told['calls']} calls, {told['seconds_per_call']['mean'] * 1000:.3g} ms each,"
        f" {told['seconds_per_call']['max'] * 1000:.3g} ms at most"
    )
    for note in trial.notes:
        typer.echo(one_line(f"note: {note}"))


def _commonest(errors: list[str]) -> list[tuple[str, int]]:
    from collections import Counter

    return Counter(errors).most_common(5)
