"""The `mmzero` command: arguments in, a room's answer out, exceptions to exit codes. Must not import a room before its
command is called: `--help` answers at once, and only commands that need torch import it.

Exit codes: 0 done; 2 the user's mistake; 3 the campaign stopped itself; 130 interrupted, with the line that resumes.
"""

from __future__ import annotations

import json
import math
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mmzero.bridge_command import register as register_bridge
from mmzero.errors import CampaignStopped, UserError
from mmzero.journal_command import register as register_journal
from mmzero.rewards_command import app as rewards_app
from mmzero.tasks_command import app as tasks_app

if TYPE_CHECKING:
    from mmzero.plan import Plan
    from mmzero.recipe import Recipe

app = typer.Typer(
    help="Self-evolving reinforcement learning for vision-language models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
zoo_app = typer.Typer(help="The small models that come with mmzero.", no_args_is_help=True)
app.add_typer(zoo_app, name="zoo")
app.add_typer(tasks_app, name="tasks")
app.add_typer(rewards_app, name="rewards")
register_journal(app)
register_bridge(app)

RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="A shipped recipe's name, or a path to a .yaml.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A campaign's folder.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one value; repeatable.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
On = Annotated[
    str | None, typer.Option("--on", metavar="GPUS", help="Plan for GPUs that are not here, such as 8x80GiB.")
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="The campaign's folder [runs/NAME].")]


@app.command()
def run(recipe: RecipeName, out: Out = None, sets: Sets = None, as_json: Json = False) -> None:
    """Start a campaign."""
    sets = [*(sets or []), *(["log.terminal=quiet"] if as_json else [])]
    tree, folder, out, _ = _prepared(recipe, sets, out)
    from mmzero.machine import exists

    if exists(out) and (not out.is_dir() or any(out.iterdir())):
        kept = f"resume it with `mmzero resume {shlex.quote(str(out))}` or choose" if _is_campaign(out) else "choose"
        raise UserError(f"{out} already holds {'a campaign' if _is_campaign(out) else 'files'}; {kept} another --out")
    with _resumable(out):
        from mmzero import campaign

        report = campaign.run(tree, folder, out)
    if as_json:
        _print_json(report)
    else:
        _say_what_came_of_it(report, out)


@app.command()
def resume(
    folder: Folder,
    recipe: Annotated[str | None, typer.Option("--recipe", metavar="RECIPE", help="Go on by this one.")] = None,
    sets: Sets = None,
) -> None:
    """Go on with a campaign from its last checkpoint; what may change of its recipe is written down where it changed."""
    changed = _changed(folder, recipe, sets) if recipe or sets else None
    with _resumable(folder):
        from mmzero import campaign

        report = campaign.resume(folder, changed, typer.echo)
    _say_what_came_of_it(report, folder)


@app.command()
def status(folder: Folder, as_json: Json = False) -> None:
    """Where a campaign stands, running or not."""
    from mmzero.status import status_of

    found = status_of(folder)
    if as_json:
        _print_json(found.to_json())
        return
    from mmzero.screen import show_status

    show_status(found)


@app.command()
def check(recipe: RecipeName, out: Out = None, sets: Sets = None, on: On = None, as_json: Json = False) -> None:
    """Validate a recipe and say what it would run and need."""
    plan = _planned(recipe, sets, out, on)[-1]
    if as_json:
        _print_json(plan.to_json())
        return
    from mmzero.screen import show_plan

    show_plan(plan)


@app.command()
def smoke(recipe: RecipeName, sets: Sets = None, as_json: Json = False) -> None:
    """One small step of every phase on this hardware, before a long run."""
    sets = [*(sets or []), *(["log.terminal=quiet"] if as_json else [])]
    tree, folder, _, _ = _prepared(recipe, sets, None)
    from mmzero import campaign

    _show(campaign.smoke(tree, folder), as_json)


@app.command("eval")
def evaluate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's folder or hub name, or tiny or maker.")],
    suite: Annotated[str | None, typer.Option(metavar="NAME", help="The suite of tasks.")] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="RECIPE", help="Instead: what this recipe holds out, asked as it asks."),
    ] = None,
    tasks: Annotated[int, typer.Option(min=1, help="How many tasks, at most.")] = 1000,
    as_json: Json = False,
) -> None:
    """Measure a model on a suite, or on what a recipe holds out."""
    if (suite is None) == (by is None):
        given = "neither a suite nor a recipe" if suite is None else f"both the suite {suite} and the recipe {by}"
        raise UserError(f"eval is given {given} to measure by; write either --suite NAME or --by RECIPE")
    if by is None:
        from mmzero.evaluate import evaluate_model

        return _show(evaluate_model(model, suite, tasks), as_json)
    from mmzero.evaluate import evaluate_by
    from mmzero.recipe.read import read

    _show(evaluate_by(model, read(by)[0], tasks), as_json)


@app.command()
def export(
    folder: Folder,
    role: Annotated[str, typer.Option(metavar="ROLE", help="Whose weights.")],
    out: Annotated[Path, typer.Option(metavar="MODEL", help="The folder to make.")],
    at: Annotated[
        int | None, typer.Option(metavar="STEP", help="After so many learned steps [the newest checkpoint].")
    ] = None,
) -> None:
    """Write a role's weights as a folder that transformers and vLLM load."""
    from mmzero.export import export as write_model

    typer.echo(write_model(folder, role, out, at))


@zoo_app.command("build")
def build(
    name: Annotated[str, typer.Argument(metavar="[tiny|maker]", help="Which of them.")] = "tiny",
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where to [the shipped model's place].")] = None,
) -> None:
    """Train a shipped model again: tiny from random weights, maker from tiny."""
    from mmzero.zoo.build import build_shipped

    build_shipped(name, out)


@app.command()
def schema() -> None:
    """The JSON schema of a recipe, for editors."""
    from mmzero.recipe.read import schema as recipe_schema

    typer.echo(json.dumps(recipe_schema(), indent=2))


@app.command()
def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="Also import the engines.")] = False, as_json: Json = False
) -> None:
    """Whether this environment can run campaigns."""
    from mmzero.doctor import examine

    findings = examine(deep)
    if as_json:
        _print_json([finding.to_json() for finding in findings])
    else:
        from mmzero.screen import show_findings

        show_findings(findings)
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(UserError.exit_code)


def main(arguments: list[str] | None = None) -> None:
    try:
        code = app(args=arguments, prog_name="mmzero", standalone_mode=False)
    except (UserError, CampaignStopped) as error:
        _complain("error" if isinstance(error, UserError) else "stopped", str(error))
        code = error.exit_code
    except typer.TyperException as error:  # a misspelt command or option
        if message := error.format_message():  # empty where the help was printed
            _complain("error", message)
        code = error.exit_code
    sys.exit(code or 0)


def _prepared(name: str, sets: list[str] | None, out: Path | None) -> tuple[Recipe, Path, Path, Plan]:
    """Everything that can be refused before an engine starts."""
    from mmzero.plan import refuse_without_gpus

    planned = _planned(name, sets, out)
    refuse_without_gpus(planned[-1])
    return planned


def _planned(
    name: str, sets: list[str] | None, out: Path | None, on: str | None = None
) -> tuple[Recipe, Path, Path, Plan]:
    from mmzero.plan import make_plan, refuse_what_cannot_fit
    from mmzero.recipe.plugins import check_rewards
    from mmzero.recipe.read import read

    recipe, path = read(name, sets or ())
    out = out or Path("runs") / recipe.name
    check_rewards(recipe, path.parent)
    plan = make_plan(recipe, path.parent, out, on)
    refuse_what_cannot_fit(plan, out)
    return recipe, path.parent, out, plan


def _changed(folder: Path, name: str | None, sets: list[str] | None) -> Recipe:
    """By what a campaign is to go on; refused before anything is written."""
    from mmzero import given
    from mmzero.journal import Journal
    from mmzero.model_files import settled
    from mmzero.plan import make_plan, refuse_what_cannot_fit, refuse_without_gpus
    from mmzero.recipe.plugins import check_rewards
    from mmzero.recipe.read import read, reread

    with Journal.open(folder, write=False) as journal:
        if name:
            recipe, path = read(name, sets or ())
            recipe = settled(recipe, path.parent)
        else:
            recipe = reread(journal.recipe, sets or ())
            if recipe.model.path != journal.recipe.model.path:
                recipe = settled(recipe, Path.cwd())
        journal.allowed(recipe)
        given.refuse_others(journal, recipe)
        check_rewards(recipe, Path.cwd(), journal.plugins)
    plan = replace(make_plan(recipe, Path.cwd(), folder), disk_free=None)  # its checkpoints already have their room
    refuse_what_cannot_fit(plan, folder)
    refuse_without_gpus(plan)
    return recipe


def _is_campaign(folder: Path) -> bool:
    return (folder / "about.json").is_file()


@contextmanager
def _resumable(folder: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        kept = f"resume with: mmzero resume {shlex.quote(str(folder))}" if _is_campaign(folder) else "nothing was begun"
        _complain("interrupted", kept)
        raise typer.Exit(130) from None


def _complain(what: str, message: str) -> None:
    from mmzero.recipe.sentences import one_line

    print(f"{what}: {one_line(message)}", file=sys.stderr)


def _show(figures: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        _print_json(figures)
        return
    from mmzero.screen import show_figures

    show_figures(figures)


def _say_what_came_of_it(report: Mapping[str, Any], folder: Path) -> None:
    """The one number a campaign is run for, and where the rest is."""
    heldout = report.get("heldout") or {}
    if gain := heldout.get("gain"):
        before, after = (heldout[when]["accuracy"] for when in ("before", "after"))
        points = f"{100 * gain['mean']:+.1f} points (95 %: {100 * gain['low']:+.1f} to {100 * gain['high']:+.1f})"
        typer.echo(f"held-out accuracy {before:.1%} -> {after:.1%}, {points}")
    typer.echo(f"the report lies at {folder / 'report.md'}")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(_finite(value), allow_nan=False))


def _finite(value: Any) -> Any:
    """JSON knows no NaN, and a diverged campaign's figures may hold one."""
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
