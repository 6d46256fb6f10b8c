"""A renderer behind its port: the same pictures from a sandbox here and from one in a host, and what a host that dies costs."""

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from ray import cloudpickle

from mmzero.engines import hosts as machines
from mmzero.engines import renderers
from mmzero.engines.cluster import Cluster
from mmzero.engines.fake import FakeRenderer
from mmzero.engines.renderers import NodeRenderers, Sandbox, policy_of
from mmzero.errors import EngineError, UserError
from mmzero.recipe.tree import Recipe, Render
from mmzero.render import Job

pytestmark = pytest.mark.engines

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # hosts cannot import a test
PAID = [{"use": "rewards/answer.py:correct"}]
SMALL = {"slots": 2, "seconds": 10.0, "memory": "640MiB", "pixels": "1Mi"}


def job(side):
    return Job(
        "svg",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}"><rect width="9" height="9"/></svg>',
    )


JOBS = [*map(job, range(20, 30)), Job("svg", "<svg><rect</svg>"), Job("svg", "no document"), job(20_000)]


def recipe(render):
    role = {"policy": "main", "rewards": PAID}
    return Recipe.model_validate(
        {
            "name": "draws",
            "model": {"path": "model"},
            "roles": {"proposer": {**role, "mode": "open"}, "coder": role, "solver": role},
            "sources": {"bank": {"kind": "bank"}},
            "schedule": {"phases": [{"train": "solver", "steps": 1, "tasks": {"bank": 1.0}}]},
            "render": render,
        }
    )


class Mortal(Sandbox):
    """Dies as it draws wherever it finds a note, or stops where that says so; the note dies with it unless it says "always"."""

    def __init__(self, note: Path, *given):
        super().__init__(*given)
        self._note = note

    def draw(self, jobs):
        if self._note.exists():
            if (how := self._note.read_text()) != "always":
                self._note.unlink()
            os.kill(os.getpid(), signal.SIGSTOP if how == "freeze" else signal.SIGKILL)
        yield from super().draw(jobs)


@pytest.fixture(scope="module")
def here():
    with ExitStack() as closing:
        yield renderers.here(recipe(SMALL), closing)


@pytest.fixture(scope="module")
def note(tmp_path_factory):
    return tmp_path_factory.mktemp("note") / "die"


@pytest.fixture(scope="module")
def nodes(note):
    cluster = Cluster("local", 60.0)
    hosts = cluster.on_each_node("renderer")
    cluster.open(hosts, Mortal, note, policy_of(Render.model_validate(SMALL), "svg"), 2)
    yield NodeRenderers(hosts, 60.0)
    cluster.close()


def seen(results):
    return [(one.status, None if one.image is None else one.image.shape) for one in results]


def test_jobs_come_back_in_order_with_what_came_of_each(here):
    results = here.map(JOBS)
    shapes = [("ok", (side, side, 3)) for side in range(20, 30)]
    assert seen(results) == [*shapes, ("code_error", None), ("code_error", None), ("too_big", None)]
    assert here.map([]) == []


def test_a_host_draws_the_same_pictures(here, nodes):
    ours, theirs = here.map(JOBS), nodes.map(JOBS)
    assert seen(ours) == seen(theirs)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(ours, theirs, strict=True) if a.status == "ok")
    assert nodes.map([]) == []


def test_what_a_host_takes_with_it_is_drawn_once_more(here, nodes, note):
    note.write_text("once")
    assert seen(nodes.map(JOBS)) == seen(here.map(JOBS)) and not note.exists()


def test_a_host_that_hangs_is_found_and_started_again(here, nodes, note, monkeypatch, caplog):
    monkeypatch.setattr(machines, "PING_SECONDS", 2.0)
    note.write_text("freeze")
    assert seen(NodeRenderers(nodes._hosts, 6.0).map(JOBS[:3])) == seen(here.map(JOBS[:3])) and not note.exists()
    assert "for 6 seconds" in caplog.text and "died or hangs and is started again" in caplog.text


def test_what_is_lost_twice_is_no_word_about_a_drawing_and_the_next_is_drawn(here, nodes, note):
    note.write_text("always")
    assert seen(nodes.map(JOBS[:3])) == [("infra_error", None)] * 3
    note.unlink()
    assert seen(nodes.map(JOBS)) == seen(here.map(JOBS))


class Station:
    """A host that answers or is gone; its node may have left with it."""

    def __init__(self, name, alive=True, node=True):
        self.name, self.alive, self._node = name, alive, node

    def restart(self):
        self.alive = self._node
        if not self._node:
            raise EngineError(f"{self.name} failed: its node is gone")
        return self.name

    def stream(self, _, share):
        return [(number, f"{job} by {self.name}") for number, job in share]


def stationed(monkeypatch, *stations):
    monkeypatch.setattr(machines, "living", lambda hosts: [one for one in hosts if one.alive])
    monkeypatch.setattr(machines, "together", lambda begun: list(begun.values()))
    monkeypatch.setattr(machines, "merged", lambda streams, _: list(streams.values()))
    return NodeRenderers(stations, 1.0)


def test_what_a_node_that_left_would_have_drawn_is_drawn_by_the_others(monkeypatch, caplog):
    drawing = stationed(
        monkeypatch, Station("one"), Station("two", alive=False, node=False), Station("three", alive=False)
    )
    assert drawing.map("abcd") == ["a by one", "b by three", "c by one", "d by three"]
    assert "two does not start again, so the others draw without it: two failed: its node is gone" in caplog.text
    assert "three died or hangs and is started again" in caplog.text
    caplog.clear()
    assert drawing.map("ab") == ["a by one", "b by three"] and not caplog.text


def test_where_no_other_is_left_it_is_an_error_of_ours(monkeypatch):
    drawing = stationed(monkeypatch, Station("one", alive=False, node=False))
    assert [one.status for one in drawing.map("ab")] == ["infra_error"] * 2


def test_the_fake_has_the_same_port():
    results = FakeRenderer().map([*JOBS[:2], Job("svg", "<svg><!-- timeout --></svg>")])
    assert [one.status for one in results] == ["ok", "ok", "timeout"]
    assert results[0].image.shape == (32, 32, 3) and not np.array_equal(results[0].image, results[1].image)


def test_the_recipe_says_what_a_drawing_may_take():
    policy = policy_of(Render(seconds=4.0, cpu=3, memory="1GiB", pixels="2Mi", weaker="allow"), "python")
    assert (policy.wall_s, policy.cpu_s, policy.memory, policy.max_pixels) == (4.0, 3, 2**30, 2 * 2**20)
    assert (policy.kinds, policy.min_level) == (("python",), "L0")
    assert policy_of(Render(), "svg").min_level == "L2"


def test_nobody_draws_where_there_is_no_coder():
    made = recipe(SMALL)
    alone = made.model_copy(update={"roles": {name: made.roles[name] for name in ("proposer", "solver")}})
    assert renderers.here(alone, ExitStack()) is None


def test_only_what_the_coder_writes_is_drawn(here):
    with pytest.raises(UserError, match="kinds are svg"):
        here.map([Job("python", "import os")])
