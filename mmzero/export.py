"""A role's weights as a folder that transformers and vLLM load; knows the journal and one learner."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mmzero import given
from mmzero.engines.crew import lone_learner
from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.model_files import sound_model


def export(folder: Path, role: str, out: Path, at: int | None = None) -> Path:
    """Its newest weights, or those after `at` learned steps."""
    with Journal.open(folder, write=False) as journal:
        recipe, newest = journal.recipe, journal.newest_checkpoint(at)
        if role not in recipe.roles:
            raise UserError(f"{folder} has no role '{role}'; it has {', '.join(recipe.roles)}")
        if newest is None or (at is not None and newest[0].version != at):
            raise _none_there(journal, at)
        if out.exists():
            raise UserError(f"{out} exists; choose another --out")
        given.refuse_others(journal, recipe, [given.MODEL])
        policy = recipe.roles[role].policy
        model = sound_model(recipe.model.path, Path.cwd())
        learner = lone_learner(recipe, policy, model, journal.images.path)
        learner.load(newest[1] / policy)
        with tempfile.TemporaryDirectory(dir=out.resolve().parent, prefix=".export-") as scratch:
            learner.save_model(Path(scratch, "model"))
            Path(scratch, "model").rename(out)
    return out


def _none_there(journal: Journal, at: int | None) -> UserError:
    there, rules = journal.sound_checkpoints(), journal.recipe.checkpoint
    if not there:
        return UserError(f"{journal.folder} has no checkpoint yet; let it run to its first, every {rules.every} steps")
    return UserError(
        f"{journal.folder} has no sound checkpoint of version {at}; choose one of {', '.join(map(str, there[:50]))}, and let"
        " checkpoint.keep_every keep those that are to stay"
    )
