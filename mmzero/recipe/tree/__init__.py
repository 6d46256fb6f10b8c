"""The tree a YAML recipe becomes: frozen, unknown keys refused, every default declared here once. Imports no engine.

parts     what every part of a recipe is made of: numbers with units, and a frozen model that refuses unknown keys
speakers  who speaks: models, the policies that train, the roles and the functions that pay them
tasks     where tasks come from, and what a proposed one must pass
learning  how a phase learns: optimizer, anchor, loss and its terms. The presets' names stand for what is spelt out here
schedule  when: phases, how they speak and what each plays
places    where engines live and what each may take
bridge    how answers are written out by two models, one that sees and one that only reasons
keeping   how long and how safely: checkpoints, evaluations, logs, budgets and watchdogs
recipe    the whole recipe, and which of its parts do not fit together
"""

from mmzero.recipe.tree.bridge import Bridge
from mmzero.recipe.tree.keeping import Alarm, Budgets, Checkpoint, Evaluate, Log, Skips, Watchdogs
from mmzero.recipe.tree.learning import (
    PRESETS,
    Blind,
    Covariance,
    Kl,
    Learning,
    Loss,
    Mismatch,
    Optimizer,
    Preset,
    Rehearse,
)
from mmzero.recipe.tree.parts import Bytes, Count, Part, Positive, RoleName, Seconds, Share
from mmzero.recipe.tree.places import Cluster, Learner, Render, Sampler
from mmzero.recipe.tree.recipe import Recipe
from mmzero.recipe.tree.schedule import Draws, Ideas, Noisy, Phase, Recites, Refill, Rethink, Says, Schedule, Votes
from mmzero.recipe.tree.speakers import Judge, Model, Plugin, Policy, Role
from mmzero.recipe.tree.tasks import Bank, Boxes, Coco, Columns, Dataset, Families, Gate, Proposed, Replay, Source

__all__ = [
    "PRESETS",
    "Alarm",
    "Bank",
    "Blind",
    "Boxes",
    "Bridge",
    "Budgets",
    "Bytes",
    "Checkpoint",
    "Cluster",
    "Coco",
    "Columns",
    "Count",
    "Covariance",
    "Dataset",
    "Draws",
    "Evaluate",
    "Families",
    "Gate",
    "Ideas",
    "Judge",
    "Kl",
    "Learner",
    "Learning",
    "Log",
    "Loss",
    "Mismatch",
    "Model",
    "Noisy",
    "Optimizer",
    "Part",
    "Phase",
    "Plugin",
    "Policy",
    "Positive",
    "Preset",
    "Proposed",
    "Recipe",
    "Recites",
    "Refill",
    "Rehearse",
    "Render",
    "Replay",
    "Rethink",
    "Role",
    "RoleName",
    "Sampler",
    "Says",
    "Schedule",
    "Seconds",
    "Share",
    "Skips",
    "Source",
    "Votes",
    "Watchdogs",
]
