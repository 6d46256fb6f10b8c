"""MM-Zero's whole pipeline, as the shipped recipe has it but smaller: fake engines, and the real sandbox."""

import re
from types import SimpleNamespace

import fakes
import pytest

from mmzero import report, telemetry
from mmzero.engines.fake import FakeRenderer, FakeSampler
from mmzero.errors import CampaignStopped
from mmzero.journal.verify import verify
from mmzero.overlap import evolve as overlapped
from mmzero.play import spoken
from mmzero.recipe.read import read
from mmzero.render import RenderPolicy, RenderPool, Result
from mmzero.roles import second_look
from mmzero.status import status_of
from mmzero.types import Drawing, every

SMALL = (
    "schedule.iterations=2", "schedule.phases.0.steps=2", "schedule.phases.1.steps=2", "schedule.phases.2.steps=2",
    "schedule.phases.3.steps=3", "schedule.phases.0.prompts=4", "schedule.phases.1.prompts=12",
    "schedule.phases.2.prompts=20", "schedule.phases.3.prompts=8", "evaluate.tasks=16", "evaluate.suite=probe-tiny",
    "evaluate.majority=0", "checkpoint.every=4", "log.terminal=quiet", "learning.kl.weight=0",
)  # fmt: skip
PHASES = ["proposer"] * 2 + ["coder"] * 2 + ["nobody"] * 2 + ["solver"] * 3


def recipe(*sets):
    return read("mm_zero_qwen3vl_8b", [*SMALL, *sets])[0]


@pytest.fixture(scope="module")
def sandbox():
    with RenderPool(RenderPolicy(kinds=("svg",)), slots=2) as pool:
        yield pool


@pytest.fixture(scope="module")
def untouched(tmp_path_factory, sandbox):
    return fakes.campaign(tmp_path_factory.mktemp("mm_zero") / "untouched", recipe(), lr=1.0, renderer=sandbox)


def test_three_roles_learn_in_turn_and_somebody_only_plays(untouched):
    rows = untouched.metrics()
    assert [row["role"] for row in rows] == PHASES * 2
    for row in rows:
        assert (
            ("seconds/learn" in row) is ("seconds/publish" in row) is ("grad_norm" in row) is (row["role"] != "nobody")
        )
    learned = {role: [row for row in rows if row["role"] == role] for role in set(PHASES)}
    assert learned["proposer"][-1]["proposals_valid"] > learned["proposer"][0]["proposals_valid"]
    assert learned["solver"][-1]["accuracy"] > learned["solver"][0]["accuracy"]


def test_pictures_are_drawn_in_the_sandbox_and_a_broken_document_has_its_reason(untouched):
    episodes = [one for index in untouched.steps() for one in every(untouched.read(index).episodes)]
    drawn = [said for one in episodes if one.task.family == "drawing" for said in one.proposals]
    rendered = [said for said in drawn if isinstance(said, Drawing)]
    assert 0 < len(rendered) < len(drawn)
    assert {said.reason for said in drawn if not isinstance(said, Drawing)} == {"code_error"}
    # From two to eight squares: what looks the same is kept once.
    pictures = {name for one in episodes if one.task.family == "picture" for name in one.task.images}
    assert len(pictures) == 7 and all(untouched.images.path(name).is_file() for name in pictures)


def test_a_coder_is_taught_what_it_sometimes_fails(untouched):
    for index in (2, 3):
        tried = {
            one.task.id: one.facts["rate"]
            for one in every(untouched.read(index).episodes)
            if one.facts.get("trial") and "rate" in one.facts
        }
        taught = {one.task.id for one in spoken(untouched.read(index).episodes, "coder")}
        assert taught == {id for id, rate in tried.items() if 0.25 <= rate <= 0.75} and len(taught) < len(tried)


def test_a_solver_is_taught_this_iterations_labels_of_the_phase_that_taught_nobody(untouched):
    for iteration in (0, 1):
        first = iteration * len(PHASES)
        asked = {one.task.id: one for i in (4, 5) for one in every(untouched.read(first + i).episodes)}
        for index in (6, 7, 8):
            for episode in untouched.read(first + index).episodes:
                truth, votes = episode.task.answer, asked[episode.task.id]
                assert truth.warrant.kind == "voted" and 0.25 <= truth.warrant.confidence <= 0.75
                assert truth.warrant.confidence == votes.facts["agreed"] / 10 and len(votes.rollouts) == 10
                assert episode.task.images == votes.task.images


def test_every_iteration_has_its_row(untouched):
    """The same on the status, in the report and, once an iteration ends, on the screen."""
    first, second = status_of(untouched.folder).iterations
    steps = untouched.metrics()[: len(PHASES)]
    assert (first.number, first.steps, second.number) == (1, len(PHASES), 2)
    for name in ("rendered", "difficulty", "easy_hard_gap", "content_entropy", "distinct_pictures"):
        told = [row[name] for row in steps if name in row]
        assert first.means[name] == pytest.approx(sum(told) / len(told)) and len(told) == 6
    broken = sum(row.get("rejected/coder/code_error", 0) for row in steps)
    assert first.rejected["coder/code_error"] == broken > 0 and first.probe is None and second.probe.n == 16
    heard = []

    class Onlooker:
        note = heard.append

    rooms = SimpleNamespace(recipe=untouched.recipe, watch=Onlooker())
    for cursor in untouched.cursors():
        telemetry.tell(rooms, untouched, cursor)
    assert heard == [telemetry.sentence(first), telemetry.sentence(second)] and "probe" in heard[1]


def test_the_ledger_of_a_chain_is_sound(untouched):
    assert verify(untouched.folder).sound


class Draws(FakeRenderer):
    """As the sandbox would, and sooner."""

    def map(self, jobs):
        return [Result("code_error", "L2") if "<rect</svg>" in job.code else self._drawn(job) for job in jobs]


GATED = "sources.proposed.gate={near_duplicate: 1, enough: 0.4}"


@pytest.mark.parametrize(("after", "sets"), [(150, ()), (700, ()), (800, (GATED,))])
def test_killed_anywhere_and_resumed_ends_as_never_touched(tmp_path, after, sets):
    class Dies(fakes.CountingSampler):
        asked: list[str] = []  # noqa: RUF012

        def play(self, asks):
            for group in super().play(asks):
                if len(Dies.asked) == after:
                    raise KeyboardInterrupt
                yield group

    with pytest.raises(KeyboardInterrupt):
        fakes.campaign(tmp_path / "killed", recipe(*sets), lr=1.0, sampler=Dies, renderer=Draws())
    resumed = fakes.campaign(tmp_path / "killed", recipe(*sets), lr=1.0, renderer=Draws())
    whole = fakes.campaign(tmp_path / "whole", recipe(*sets), lr=1.0, renderer=Draws())
    asked = [one for index in whole.steps() for one in every(whole.read(index).episodes)]
    assert any(one.task.family == second_look.BLIND for one in asked) is bool(sets)
    for index in whole.steps():
        assert fakes.timeless(resumed.read(index)) == fakes.timeless(whole.read(index))
    assert fakes.figures(resumed) == fakes.figures(whole)


def test_a_chain_may_be_played_one_step_ahead(tmp_path):
    wanted = recipe(
        "cluster.placement=separate", "schedule.overlap=true", "sampler.replicas=1", "schedule.iterations=1"
    )
    ended = fakes.campaign(tmp_path / "ahead", wanted, lr=1.0, evolve=overlapped, renderer=Draws())
    assert [row["role"] for row in ended.metrics()] == PHASES


class Able(FakeSampler):
    def _said(self, ask, said, seed):
        return super()._said(ask, 1 if ask.role in ("coder", "proposer") else said, seed)


class Silent(FakeSampler):
    def _said(self, ask, said, seed):
        return super()._said(ask, 0 if ask.role == "coder" else said, seed)


def test_a_coder_that_never_draws_stops_the_campaign_and_resuming_says_so_again(tmp_path, sandbox):
    for _ in range(2):
        with pytest.raises(CampaignStopped, match=r"nothing that the coder wrote in phase 0 .*code_error"):
            fakes.campaign(tmp_path / "silent", recipe(), sampler=Silent, renderer=sandbox)


def test_a_coder_that_always_draws_is_taught_nothing_and_stops_the_campaign(tmp_path):
    with pytest.raises(CampaignStopped, match=r"nobody was taught in phase 1 of iteration 0: .*\(too_easy \d+\)"):
        fakes.campaign(tmp_path / "easy", recipe(), renderer=FakeRenderer(), sampler=Able)
    assert status_of(tmp_path / "easy").figures["rejected/coder/too_easy"] > 0


def test_the_report_shows_pictures_that_were_invented(untouched):
    found = report.write(untouched, wall_s=1.0, peak_rss_gb=1.0)
    page = (untouched.folder / "report.md").read_text()
    section = page.partition("## Pictures that were invented")[2].partition("\n## ")[0]
    assert section.count("### ") == section.count("<img ") == 6 and section.count("How many squares are there?") == 6
    assert all((untouched.folder / name).is_file() for name in re.findall(r'<img src="([^"]+)"', section))
    rows = page.partition("## Iteration by iteration")[2].partition("\n## ")[0].splitlines()
    assert sum(line.startswith("| ") for line in rows) == 4 and len(found["iterations"]) == 2
    assert found["counts"]["malformed"] < found["counts"]["answers"] and "coder/code_error" not in page
