"""A recipe that changes on the way: the ledger says from which step on, old steps keep what they were played by, and what
would rewrite the past is refused with nothing written."""

import pytest

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.journal.fork import fork
from mmzero.journal.verify import verify
from mmzero.recipe.read import reread

REWARDS = ("rewards/answer.py:correct", "rewards/learnability.py:unbiased")


@pytest.fixture
def begun(tmp_path, recipe, play):
    """Four of six steps played, three of them learned and saved: step 3 is an iteration's first."""
    plugins = {use: tmp_path / f"{at}.py" for at, use in enumerate(REWARDS)}
    for path in plugins.values():
        path.write_text("pass\n")
    with Journal.create(tmp_path / "run", recipe, plugins) as journal:
        for cursor in journal.cursors()[:4]:
            journal.played(cursor, lambda cursor=cursor: play(cursor.index))
            if cursor.index < 3:
                journal.learned(cursor, {"loss": 0.5})
                journal.checkpoint(cursor, lambda where: (where / "weights").write_bytes(b"w"))
    return tmp_path / "run"


def amend(folder, *sets):
    with Journal.open(folder) as journal:
        journal.amend(reread(journal.recipe, sets))


def test_what_is_new_counts_from_the_first_step_not_yet_played(begun):
    amend(begun, "schedule.phases.0.learning.optimizer.lr=1e-3", "learner.ranks=3", "sampler.engine=vllm")
    amend(begun, "schedule.phases.0.learning.optimizer.lr=1e-2")
    with Journal.open(begun, write=False) as journal:
        rates = [journal.phase(cursor).learning.optimizer.lr for cursor in journal.cursors() if cursor.phase == 0]
        assert rates == [1e-6, 1e-6]  # steps 0 and 3 are played
        assert journal.recipe.schedule.phases[0].learning.optimizer.lr == 1e-2
        assert (journal.recipe.learner.ranks, journal.recipe.sampler.engine) == (3, "vllm")
        assert [one.index for one in journal.amendments] == [4, 4]
    assert verify(begun).sound or {one.where[:6] for one in verify(begun).findings if one.state == "damaged"} == {
        "images"
    }
    assert verify(begun).checked["amendments"] == 2


def test_steps_learned_before_and_after_differ(begun, play):
    amend(begun, "schedule.phases.1.learning.optimizer.lr=1e-3")
    with Journal.open(begun) as journal:
        journal.played(journal.cursors()[4], lambda: play(4))
    amend(begun, "schedule.phases.1.learning.optimizer.lr=1e-2")
    with Journal.open(begun, write=False) as journal:
        rates = [journal.phase(cursor).learning.optimizer.lr for cursor in journal.cursors() if cursor.phase == 1]
    assert rates == [1e-6, 1e-6, 1e-3, 1e-2]


def test_a_longer_schedule_goes_on_and_a_shorter_one_ends(begun):
    amend(begun, "schedule.iterations=3", "checkpoint.keep=5")
    with Journal.open(begun, write=False) as journal:
        assert len(journal.cursors()) == 9 and [cursor.index for cursor in journal.remaining()] == list(range(3, 9))
    amend(begun, "schedule.iterations=2", "schedule.phases.1.steps=2")
    with Journal.open(begun, write=False) as journal:
        assert len(journal.cursors()) == 6
    assert not [one for one in verify(begun).findings if "schedule" in one.what]


def test_nothing_new_writes_no_line(begun):
    before = (begun / "manifest.jsonl").read_bytes()
    amend(begun, "learner.ranks=1")
    assert (begun / "manifest.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("sets", "sentence"),
    [
        (["seed=4"], "seed is now 4, which was 0, and may not change"),
        (["schedule.iterations=1"], "step 3 was played as step 0 of phase 0 in iteration 1 and would not be in the schedule"),
        (["schedule.phases.0.steps=2"], "step 1 was played as step 0 of phase 1 in iteration 0 and would be step 1 of phase 0"),
        (
            ["schedule.phases.0={train: solver, steps: 1, tasks: {bank: 1}}"],
            r"schedule\.phases\.0\.train is now solver, but steps of that phase were played as the proposer's",
        ),
        (
            ["roles.solver.rewards=[{use: rewards/format.py:think_answer}]"],
            r"may not change|asks for rewards/format\.py:think_answer, and the campaign keeps the source of rewards/answer",
        ),
    ],
)  # fmt: skip
def test_what_would_rewrite_the_past_is_refused_and_nothing_is_written(begun, sets, sentence):
    before = {path: path.read_bytes() for path in begun.rglob("*") if path.is_file() and path.name != "lease"}
    with pytest.raises(UserError, match=sentence) as refused:
        amend(begun, *sets)
    assert "\n" not in str(refused.value)
    assert {path: path.read_bytes() for path in begun.rglob("*") if path.is_file() and path.name != "lease"} == before


def test_an_anchor_that_nobody_kept_is_not_asked_for(begun, play):
    kl = "schedule.phases.1.learning.kl={to: phase_start, weight: 0.1}"
    amend(begun, kl)  # phase 1 begins anew with step 4
    amend(begun, "schedule.phases.1.learning.kl={to: base, weight: 0.0}")
    with Journal.open(begun) as journal:
        journal.played(journal.cursors()[4], lambda: play(4))
    with pytest.raises(UserError, match="that phase has begun and kept no anchor; choose to: base, or change it when"):
        amend(begun, kl)
    amend(begun, "schedule.phases.1.learning.kl.weight=0.2")


def test_rows_of_a_dataset_are_not_counted_anew(tmp_path, recipe, play):
    wanted = reread(recipe, ["sources.rows={kind: dataset, path: rows.jsonl}"])
    sources = dict.fromkeys(REWARDS, tmp_path / "reward.py")
    (tmp_path / "reward.py").write_text("pass\n")
    with Journal.create(tmp_path / "run", wanted, sources) as journal:
        journal.played(journal.cursors()[0], lambda: play(0))
    with pytest.raises(UserError, match=r"has begun, and by them the rows of rows are counted"):
        amend(tmp_path / "run", "schedule.phases.0.prompts=5")
    amend(tmp_path / "run", "schedule.phases.1.prompts=5")  # has not begun
    with pytest.raises(UserError, match="which row comes next"):
        amend(tmp_path / "run", "sources.rows.shuffle=false")
    with Journal.open(tmp_path / "run") as journal:
        journal.played(journal.cursors()[1], lambda: play(1))
    for change in ("prompts=6", "steps=3", "tasks={bank: 0.5, rows: 0.5}"):  # none of which moves a step that is played
        with pytest.raises(
            UserError, match=r"schedule\.phases\.1 has other prompts, tasks or steps now, but it has begun"
        ):
            amend(tmp_path / "run", f"schedule.phases.1.{change}")


def test_a_fork_takes_along_what_had_changed_by_then(begun, play, tmp_path):
    amend(begun, "checkpoint.keep=7")
    with Journal.open(begun) as journal:
        for cursor in journal.cursors()[3:6]:
            journal.played(cursor, lambda cursor=cursor: play(cursor.index))
            journal.learned(cursor, {"loss": 0.5})
            journal.checkpoint(cursor, lambda where: (where / "weights").write_bytes(b"w"))
    for at, keep in ((3, 2), (5, 7)):
        fork(begun, at, tmp_path / f"fork-{at}")
        with Journal.open(tmp_path / f"fork-{at}") as forked:
            assert forked.recipe.checkpoint.keep == keep and len(forked.steps()) == at


def test_a_line_that_was_changed_by_hand_is_named(begun):
    amend(begun, "checkpoint.keep=3")
    path = begun / "manifest.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"now": 3', b'"now": 4') + b"\n")
    with Journal.open(begun, write=False) as journal:  # the last line: as if torn
        assert journal.recipe.checkpoint.keep == 2
    from mmzero.journal.lines import seal

    lines = path.read_bytes().splitlines(keepends=True)[:-2]
    impossible = {
        "commit": "amended",
        "name": "1",
        "index": 4,
        "changes": [{"at": ["no", "such"], "now": 4}],
        "files": {},
    }
    path.write_bytes(b"".join([*lines, seal(impossible)]))
    with pytest.raises(
        UserError, match=r"manifest\.jsonl tells of a change of the recipe that cannot be made \(amendment 1\)"
    ):
        Journal.open(begun, write=False)
    assert any("cannot be made" in one.what for one in verify(begun).findings)
