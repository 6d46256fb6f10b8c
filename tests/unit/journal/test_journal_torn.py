"""Cut anywhere: what was committed before the cut is read, what comes after it never was, and a sentence says so."""

import logging
import shutil

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.journal.verify import verify

anywhere = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def harm(folder):
    """Without the pictures, which these steps only name."""
    return [finding for finding in verify(folder).findings if not finding.where.startswith("images/")]


def undo(folder, played, learned):
    """What stands beside a ledger that was torn when so many steps were committed."""
    for index in range(played, 3):
        shutil.rmtree(folder / "steps" / f"{index:06}")
    figures = (folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "metrics.jsonl").write_bytes(b"".join(figures[:learned]))


@pytest.fixture
def run(tmp_path, recipe, play, at):
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        for index in range(3):
            journal.played(at(index), lambda index=index: play(index))
            journal.learned(at(index), {"loss": index / 7})
    return tmp_path / "run"


@anywhere
@given(share=st.floats(0, 1), junk=st.binary(max_size=40))
def test_a_ledger_cut_anywhere_keeps_what_stood_before(run, play, at, caplog, share, junk):
    """The lines before the cut stand; the torn tail, whatever a disk left in it, goes with one sentence."""
    folder = shutil.copytree(run, run.parent / "cut", dirs_exist_ok=True)
    path = folder / "manifest.jsonl"
    whole = path.read_bytes()
    cut = round(share * len(whole))
    path.write_bytes(whole[:cut] + junk)
    lines = whole[:cut].count(b"\n")
    torn = whole[:cut].rpartition(b"\n")[2] + junk
    undo(folder, (lines + 1) // 2, lines // 2)
    caplog.clear()
    assert {one.state for one in harm(folder) if one.where == "manifest.jsonl"} == ({"note"} if torn else set())
    with caplog.at_level(logging.WARNING), Journal.open(folder) as journal:
        assert path.read_bytes() == whole[: whole[:cut].rfind(b"\n") + 1]
        assert ("manifest.jsonl ends in a line that is not whole" in caplog.text) is bool(torn)
        assert journal.steps() == list(range((lines + 1) // 2))
        assert all(journal.read(index) == play(index) for index in journal.steps())
        following = len(journal.steps())
        if following < 3:  # and the ledger goes on from there
            journal.played(at(following), lambda: play(following))
    with Journal.open(folder, write=False) as again:
        assert again.steps() == list(range(max(following, min(following + 1, 3))))
    shutil.rmtree(folder)


@anywhere
@given(
    name=st.sampled_from(["tasks.parquet", "rollouts.parquet", "rewards.parquet", "step.json"]), share=st.floats(0, 1)
)
def test_a_step_file_cut_anywhere_is_named_and_the_others_are_read(run, play, name, share):
    path = run / "steps" / "000001" / name
    whole = path.read_bytes()
    cut = min(round(share * len(whole)), len(whole) - 1)
    path.write_bytes(whole[:cut])
    try:
        journal = Journal.open(run, write=False)
        assert journal.read(0) == play(0) and journal.read(2) == play(2)
        with pytest.raises(UserError, match=f"000001/{name} is damaged"):
            journal.read(1)
        assert [finding.where for finding in harm(run)] == [f"steps/000001/{name}"]
    finally:
        path.write_bytes(whole)


@anywhere
@example(share=0.94140625, bit=0)  # the newline before the last line
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_bit_flipped_anywhere_in_a_ledger_is_never_believed(run, share, bit):
    """Before the last line it is damage, and named; in the last line it may be a torn one, and is dropped."""
    path = run / "manifest.jsonl"
    whole = path.read_bytes()
    at = int(share * len(whole))
    content = bytearray(whole)
    content[at] ^= 1 << bit
    path.write_bytes(content)
    try:
        newline = whole[:-1].rfind(b"\n")  # without it the last two lines are one
        if at < newline:
            with pytest.raises(UserError, match=r"manifest\.jsonl is damaged at line"):
                Journal.open(run, write=False)
            assert any(finding.state == "damaged" for finding in harm(run))
        else:
            assert Journal.open(run, write=False).steps() == ([0, 1] if at == newline else [0, 1, 2])
            assert harm(run)
    finally:
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["manifest.jsonl", "metrics.jsonl"])
@pytest.mark.parametrize("lines", range(3))
def test_a_file_that_lost_more_than_a_torn_line_is_named_and_left_as_it_is(run, name, lines):
    """No kill does that, and committed steps would be played again."""
    kept = (run / name).read_bytes().splitlines(keepends=True)[:lines]
    (run / name).write_bytes(b"".join(kept) + b'{"commit": "torn')
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != "lease"}
    with pytest.raises(UserError, match=f"{name} has lost lines: .*; restore it from a copy"):
        Journal.open(run)
    assert {path: path.read_bytes() for path in before} == before
    assert not verify(run).sound
