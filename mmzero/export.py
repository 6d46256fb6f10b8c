"""A role's newest weights as a folder that transformers and vLLM load; knows the journal and one learner."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mmzero.engines.crew import lone_learner
from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.model_files import find_model


def export(folder: Path, role: str, out: Path) -> Path:
    """A role's newest weights as a folder that transformers and vLLM load."""
    with Journal.open(folder, write=False) as journal:
        recipe, newest = journal.recipe, journal.newest_checkpoint()
        if role not in recipe.roles:
            raise UserError(f"{folder} has no role '{role}'; it has {', '.join(recipe.roles)}")
        if newest is None:
            raise UserError(
                f"{folder} has no checkpoint yet; let it run to its first, every {recipe.checkpoint.every} steps"
            )
        if out.exists():
            raise UserError(f"{out} exists; choose another --out")
        policy = recipe.roles[role].policy
        model = find_model(recipe.model.path, Path.cwd()) or recipe.model.path
        learner = lone_learner(recipe, policy, model, journal.images.path)
        learner.load(newest[1] / policy)
        with tempfile.TemporaryDirectory(dir=out.resolve().parent, prefix=".export-") as scratch:
            learner.save_model(Path(scratch, "model"))
            Path(scratch, "model").rename(out)
    return out
