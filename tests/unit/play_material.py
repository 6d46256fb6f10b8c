"""Tasks, answers and a small recipe made by hand, for the tests of what happens between a question and its reward."""

from mmzero.recipe.tree import Recipe
from mmzero.roles import reply
from mmzero.types import COMPUTED, Answer, Rollout, Task


def task(id="t", *, level=2, family="count", right=4, seed=2, parent=None):
    """A question whose answer is `right`; nothing can be right where that is None."""
    truth = None if right is None else Answer(kind="number", value=right, warrant=COMPUTED)
    return Task(
        id=id, family=family, kind="colour", level=level, question="How many?", images=("picture",), answer=truth,
        scene='{"things": 4}', source="bank", seed=seed, parent=parent,
    )  # fmt: skip


def says(text, of=None, *, sibling=0, role="solver", finish="stop", tokens=(5, 6)):
    """A rollout that said exactly this."""
    return Rollout(
        task=of or task(), role=role, policy="main", version=0, sibling=sibling, prompt_ids=(1,), output_ids=tokens,
        logprobs=(0.0,) * len(tokens), mask=(True,) * len(tokens), text=text, finish=finish, temperature=1.0, seed=9,
    )  # fmt: skip


def answers(text, of=None, **more):
    return says(reply.write("", text), of, **more)


def recipe(**changes):
    plugin = [{"use": "rewards/answer.py:correct"}]
    return Recipe.model_validate(
        {
            "name": "small",
            "seed": 7,
            "model": {"path": "model"},
            "roles": {
                "proposer": {"policy": "main", "rewards": plugin},
                "solver": {"policy": "main", "rewards": plugin},
            },
            "sources": {
                "bank": {"kind": "bank", "families": "primer", "skin": "tiny"},
                "proposed": {"kind": "proposer", "skin": "tiny"},
                "replay": {"kind": "replay"},
            },
            "schedule": {
                "phases": [
                    {"train": "proposer", "steps": 1, "prompts": 3, "group": 2, "votes": {"of": "solver", "n": 4}},
                    {"train": "solver", "steps": 4, "prompts": 4, "group": 3, "tasks": {"bank": 1.0}},
                ]
            },
            "budgets": {"infra_errors": 1.0},
            **changes,
        }
    )
