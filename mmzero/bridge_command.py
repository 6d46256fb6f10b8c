"""`mmzero bridge`: answers written out by two models, from the command line. Imports a room only when it is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mmzero.bridge import Work
    from mmzero.recipe import Recipe
    from mmzero.scoring import Surroundings


def register(app: typer.Typer) -> None:
    app.command()(bridge)


def bridge(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe's name or file; its `bridge` says how.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="A new folder, or one that was broken off.")],
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="Change one value; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Write answers out for a cold start: one model sees and describes, another reasons; only what is right is kept."""
    from mmzero.bridge import KEPT, Work
    from mmzero.bridge import bridge as run
    from mmzero.recipe.read import read
    from mmzero.scoring.judge import judge_of

    tree, path = read(recipe, sets or ())
    work = Work(out, tree)
    around = _around(tree, path.parent, work)
    voices = [judge_of(one, around) for one in (work.settings.sees, work.settings.reasons)]
    run(tree, work, *voices, progress=_said)
    counts = work.counts()
    if as_json:
        typer.echo(json.dumps(counts))
        return
    left = ", ".join(f"{count} {reason}" for reason, count in counts.items() if reason != KEPT)
    typer.echo(f"{counts[KEPT]} of {sum(counts.values())} answers are kept in {out / 'rows.jsonl'}")
    if left:
        typer.echo(f"left out: {left} (why stands in {out / 'left.jsonl'})")


def _said(done: int, of: int) -> None:
    """A line for every tenth of the way, on the error stream: what is piped away stays clean."""
    if done * 10 // of > (done - 1) * 10 // of:
        typer.echo(f"{done} of {of} tasks", err=True)


def _around(recipe: Recipe, folder: Path, work: Work) -> Surroundings:
    """What a voice that is no address needs: the recipe's model as its policies begin, in this process."""
    from mmzero.scoring import Surroundings

    policies = {one.policy for one in (work.settings.sees, work.settings.reasons) if one.policy}
    if not policies:
        return Surroundings()
    from mmzero.engines.transformers_sampler import TransformersSampler
    from mmzero.model_files import find_model

    model = find_model(recipe.model.path, folder) or recipe.model.path
    sampler = TransformersSampler(
        model, work.images.path, rows=recipe.sampler.rows, dtype=recipe.model.dtype, pixels=recipe.model.pixels
    )
    return Surroundings(put=work.images.put, samplers=dict.fromkeys(policies, sampler))
