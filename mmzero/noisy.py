"""Siblings that are asked with the picture made worse, in one group with those who see it as it is (NoisyRollout).

Must not know an engine or how a picture is made worse. What such a sibling said is its clean task's answer from here on:
its reward, its group and its log-probs in the learner are those under the clean picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mmzero.recipe.tree import Phase, Recipe
from mmzero.types import Cursor, Noise, Rollout, Task, seed_of

_TWIN = "~"  # after a task's id: the same task behind noise
Seeds = Mapping[str, Sequence[int]]  # by task


@dataclass(frozen=True, slots=True)
class Plan:
    """Which tasks are asked with which seeds, and behind which noise."""

    tasks: tuple[Task, ...]
    seeds: Seeds
    noise: Mapping[str, Noise] = field(default_factory=dict)

    def joined(self, groups: Mapping[str, tuple[Rollout, ...]]) -> dict[str, tuple[Rollout, ...]]:
        """The groups of the tasks that were to be asked, twins among them; of one that lost either part nothing is left,
        since a group of clean siblings alone would be another baseline."""
        whole = {}
        for task in self.tasks:
            twin = task.id + _TWIN
            if task.id in self.noise or task.id not in groups or (twin in self.noise and twin not in groups):
                continue
            clean = groups[task.id]
            noisy = groups.get(twin, ())
            whole[task.id] = clean + tuple(
                replace(one, task=task, sibling=sibling) for sibling, one in enumerate(noisy, len(clean))
            )
        return whole


def plan(tasks: Sequence[Task], seeds: Seeds, phase: Phase, cursor: Cursor, recipe: Recipe) -> Plan:
    """The last siblings of every task with pictures become its twin's, as long as any noise is left."""
    steps = left(phase, cursor, recipe.schedule.iterations)
    hidden = [task for task in tasks if task.images] if steps else []
    if not hidden:
        return Plan(tuple(tasks), seeds)
    clean = phase.group - phase.noise.siblings
    twins = {task.id + _TWIN: task for task in hidden}
    parted = {task.id: seeds[task.id][:clean] for task in hidden} | {id: seeds[t.id][clean:] for id, t in twins.items()}
    return Plan(
        tasks=(*tasks, *(replace(task, id=id) for id, task in twins.items())),
        seeds={**seeds, **parted},
        noise={id: Noise(steps, seed_of("noise", task.seed, cursor.index)) for id, task in twins.items()},
    )


def left(phase: Phase, cursor: Cursor, iterations: int) -> int:
    """Steps of diffusion at this step of the phase, counted over all iterations; at its last there is none."""
    if phase.noise is None:
        return 0
    last = iterations * phase.steps - 1
    return phase.noise.left((cursor.iteration * phase.steps + cursor.step) / last if last else 1.0)
