"""`RenderPool`: many drawings at once from one zygote, each in a process of its own; results in the order of the jobs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from types import TracebackType

from mmzero import machine
from mmzero.errors import UserError
from mmzero.render.link import Link, encoded
from mmzero.render.policy import Job, Level, RenderPolicy, Result

_TRIES = 2
_SILENCE_S = 15.0  # beyond a drawing's own limit, after which the zygote is taken for dead


class RenderPool:
    """One zygote and `slots` drawings at a time; without `slots`, as many as the cores and the memory carry."""

    def __init__(self, policy: RenderPolicy | None = None, slots: int | None = None):
        self.policy = policy or RenderPolicy()
        self.slots = slots if slots is not None else _slots(self.policy)
        if not isinstance(self.slots, int) or self.slots < 1:
            raise UserError(f"a render pool has {self.slots} slots; it needs at least 1")
        self._one_at_a_time = threading.Lock()
        self._link = Link(self.policy)

    @property
    def level(self) -> Level:
        return self._link.level

    def map(self, jobs: Iterable[Job]) -> list[Result]:
        """Never raises for what a program does; a failure of ours is tried again and then an `infra_error`."""
        jobs = list(jobs)
        for job in jobs:
            if job.kind not in self.policy.kinds:
                raise UserError(
                    f"a job is of kind {job.kind!r}, and the policy's kinds are {', '.join(self.policy.kinds)}"
                )
        with self._one_at_a_time:
            return self._drawn(jobs)

    def _drawn(self, jobs: list[Job]) -> list[Result]:
        results = {number: refused for number, job in enumerate(jobs) if (refused := self._refused(job))}
        waiting = deque(number for number in range(len(jobs)) if number not in results)
        tries = dict.fromkeys(waiting, 0)
        running: set[int] = set()
        while waiting or running:
            try:
                while waiting and len(running) < self.slots:
                    number = waiting.popleft()
                    running.add(number)
                    tries[number] += 1
                    self._link.send(number, jobs[number])
                number, result = self._link.receive(self.policy.wall_s + _SILENCE_S)
                ended = {number: result}
            except (ConnectionError, BrokenPipeError) as error:
                ended = {number: Result("infra_error", self.level, log=str(error)) for number in running}
                self._link.kill()
                self._link = Link(self.policy)
            running -= ended.keys()
            for number, result in ended.items():
                if result.status == "infra_error" and tries[number] < _TRIES:
                    waiting.append(number)
                else:
                    results[number] = result
        return [results[number] for number in range(len(jobs))]

    def _refused(self, job: Job) -> Result | None:
        size = len(encoded(job.code)) + len(encoded(job.scene_json or ""))
        if size <= self.policy.code_bytes:
            return None
        return Result(
            "code_error", self.level, log=f"the program is {size} bytes, over the limit of {self.policy.code_bytes}"
        )

    def close(self) -> None:
        self._link.close()

    def __enter__(self) -> RenderPool:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _slots(policy: RenderPolicy) -> int:
    return max(1, min(machine.cores(), machine.memory() // 2 // policy.memory))
