"""Weights laid out for others: once for each version, sealed, theirs to move away, and no part of what is gone on from."""

import hashlib
import json
import shutil

import pytest

from mmzero.journal import Journal
from mmzero.journal.fork import fork
from mmzero.journal.verify import verify


@pytest.fixture
def folder(tmp_path, recipe, play, at):
    """Three steps, each saved, of which the second is exported."""
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        for index in range(3):
            learn(journal, play, at(index))
            if index == 1:
                journal.export(at(index), weights("second"))
            journal.checkpoint(at(index), weights("saved"))
    return tmp_path / "run"


def learn(journal, play, cursor):
    played = play(cursor.index)
    for task in (played.episodes[0].task, played.episodes[0].children[0].task, played.episodes[1].task):
        object.__setattr__(task, "images", ())
    journal.played(cursor, lambda: played)
    journal.learned(cursor, {"loss": 1.0})


def weights(said):
    def fill(folder):
        (folder / "main").mkdir()
        (folder / "main" / "model.safetensors").write_text(said)

    return fill


def findings(folder):
    return [(one.state, one.where) for one in verify(folder).findings]


def test_it_lies_whole_under_its_version_and_its_hash_in_the_ledger(folder):
    there = folder / "exports" / "000002"
    assert (there / "main" / "model.safetensors").read_text() == "second"
    told = json.loads((there / "manifest.json").read_text())
    assert told["files"] == {"main/model.safetensors": hashlib.sha256(b"second").hexdigest()} and told["version"] == 2
    assert findings(folder) == [] and verify(folder).checked["exports"] == 1


def test_it_is_made_once_wherever_it_went(folder, at, tmp_path):
    def never(_):
        raise AssertionError("it was exported before")

    with Journal.open(folder) as journal:
        journal.export(at(1), never)
        shutil.move(folder / "exports" / "000002", tmp_path / "taken")
        journal.export(at(1), never)
    assert findings(folder) == [("note", "exports/000002")] and verify(folder).sound


def test_a_folder_whose_line_was_never_written_is_made_anew(folder, at):
    half = folder / "exports" / "000003"
    half.mkdir()
    (half / "junk").write_text("?")
    (folder / "exports" / ".000003.1-aa.unfinished").mkdir()
    assert findings(folder) == [("note", "exports/000003"), ("note", "exports/.000003.1-aa.unfinished")]
    with Journal.open(folder) as journal:
        assert not list((folder / "exports").glob(".*"))
        journal.export(at(2), weights("third"))
    assert sorted(path.name for path in half.rglob("*")) == ["main", "manifest.json", "model.safetensors"]
    assert findings(folder) == []


def test_a_changed_byte_and_a_lost_file_are_named(folder):
    path = folder / "exports" / "000002" / "main" / "model.safetensors"
    path.write_text("Second")
    assert findings(folder) == [("damaged", "exports/000002/main/model.safetensors")]
    path.unlink()
    assert findings(folder) == [("damaged", "exports/000002/main/model.safetensors")]
    (folder / "exports" / "000002" / "manifest.json").unlink()
    assert findings(folder) == [("damaged", "exports/000002/manifest.json")]


def test_what_was_undone_stays_and_its_next_attempt_lies_beside_it(folder, play, at):
    with Journal.open(folder) as journal:
        journal.roll_back(1, "the probe fell")
        learn(journal, play, at(1))
        journal.export(at(1), weights("another"))
    kept = {path.parent.parent.name: path.read_text() for path in folder.glob("exports/*/main/*")}
    assert kept == {"000002": "second", "000002~1": "another"}
    assert findings(folder) == [] and verify(folder).checked["exports"] == 2


def test_a_fork_leaves_it_where_it_is(folder, tmp_path):
    fork(folder, 2, tmp_path / "fork")
    assert not (tmp_path / "fork" / "exports").exists() and findings(tmp_path / "fork") == []


def test_room_for_the_next_one_is_counted_where_there_will_be_one(folder):
    from mmzero.recipe.read import reread

    with Journal.open(folder) as journal:
        without = journal.next_bytes()
        journal.amend(reread(journal.recipe, ["checkpoint.export_every=2"]))
        size = sum(path.stat().st_size for path in (folder / "exports").rglob("*") if path.is_file())
        assert journal.next_bytes() == without + size


def test_which_versions_are_exported(recipe):
    rules = recipe.checkpoint.model_copy(update={"export_every": 4, "export_at": (1, 8, 9)})
    assert [version for version in range(1, 13) if rules.exports(version)] == [1, 4, 8, 9, 12] and rules.exporting
    assert not recipe.checkpoint.exporting and not any(map(recipe.checkpoint.exports, range(1, 13)))


def test_a_version_that_will_never_be_is_refused(recipe):
    plain = recipe.model_dump(by_alias=True)
    plain["checkpoint"]["export_at"] = (7,)
    with pytest.raises(
        ValueError, match="export_at names version 7, but the schedule ends after 6 steps; name a version from 1"
    ):
        type(recipe).model_validate(plain)
