"""Where a coder's drawings are rendered: in a sandbox of this process, or in one on every node of a cluster. Must not know
who drew what, nor what a picture is for."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from mmzero.errors import EngineError
from mmzero.recipe.tree import Recipe, Render
from mmzero.render import Job, RenderPolicy, RenderPool, Result

if TYPE_CHECKING:
    from mmzero.engines.cluster import Cluster
    from mmzero.engines.hosts import Host
    from mmzero.ports import Renderer

log = logging.getLogger(__name__)
_AT_ONCE = 64  # drawings that a node answers together: so often it shows that it is alive


def policy_of(render: Render, kind: str) -> RenderPolicy:
    return RenderPolicy(
        wall_s=render.seconds,
        cpu_s=render.cpu,
        memory=render.memory,
        max_pixels=render.pixels,
        kinds=(kind,),
        min_level=render.least,
    )


def _kind(recipe: Recipe) -> str:
    if recipe.draws == "programs":
        return "generator"
    draws = recipe.roles["coder"].draws
    return "svg" if draws == "dialect" else draws  # a coder's lines are translated where they are read


def here(recipe: Recipe, closing: ExitStack) -> Renderer | None:
    """In this process; None where nobody draws."""
    if "coder" not in recipe.roles:
        return None
    return closing.enter_context(RenderPool(policy_of(recipe.render, _kind(recipe)), recipe.render.slots))


def everywhere(recipe: Recipe, cluster: Cluster) -> Renderer | None:
    """On every node that the cluster has now; None where nobody draws."""
    if "coder" not in recipe.roles:
        return None
    hosts = cluster.on_each_node("renderer")
    cluster.open(hosts, Sandbox, policy_of(recipe.render, _kind(recipe)), recipe.render.slots)
    return NodeRenderers(hosts, recipe.cluster.timeout)


class Sandbox:
    """What lives in a host."""

    def __init__(self, policy: RenderPolicy, slots: int | None):
        self._pool = RenderPool(policy, slots)

    def draw(self, jobs: Sequence[tuple[int, Job]]) -> Iterator[list[tuple[int, Result]]]:
        """The results by the numbers of their jobs, some at a time."""
        for first in range(0, len(jobs), _AT_ONCE):
            numbers, some = zip(*jobs[first : first + _AT_ONCE], strict=True)
            yield list(zip(numbers, self._pool.map(some), strict=True))


class NodeRenderers:
    """The Renderer port over the sandboxes of several nodes. What a node takes with it as it dies is drawn once more,
    after it was started again, or by the others where the node has left for good; it is an `infra_error` if that fails too."""

    def __init__(self, hosts: Sequence[Host], timeout: float):
        self._hosts, self._timeout = list(hosts), timeout

    def map(self, jobs: Iterable[Job]) -> list[Result]:
        jobs = list(jobs)
        found: dict[int, Result] = {}
        for _ in range(2):
            waiting = [(number, job) for number, job in enumerate(jobs) if number not in found]
            if not waiting:
                break
            try:
                self._revive()
                for some in self._drawn(waiting):
                    found.update(some)
            except EngineError as error:
                log.warning("%d of %d drawings were lost: %s", len(jobs) - len(found), len(jobs), error)
        lost = Result("infra_error", "L0", log="the node that drew it was lost twice")
        return [found.get(number, lost) for number in range(len(jobs))]

    def _drawn(self, waiting: Sequence[tuple[int, Job]]) -> Iterator[list[tuple[int, Result]]]:
        from mmzero.engines.hosts import merged

        shares = {host: waiting[i :: len(self._hosts)] for i, host in enumerate(self._hosts)}
        yield from merged({host: host.stream("draw", share) for host, share in shares.items() if share}, self._timeout)

    def _revive(self) -> None:
        from mmzero.engines.hosts import living, together

        answering = living(self._hosts)
        for host in [one for one in self._hosts if one not in answering]:
            log.warning("%s died or hangs and is started again", host.name)
            try:
                together({host: host.restart()})
            except EngineError as error:
                if len(self._hosts) == 1:
                    raise
                log.warning("%s does not start again, so the others draw without it: %s", host.name, error)
                self._hosts = [one for one in self._hosts if one is not host]
