"""How a campaign folder is made, opened, refused and lent to one writer."""

import json
import os
import subprocess
import sys

import pytest

from mmzero.errors import UserError
from mmzero.journal import Journal
from mmzero.journal.founding import FOLDERS, FORMAT, OLDEST
from mmzero.journal.verify import verify


def test_a_campaign_is_made_and_opened_again(tmp_path, recipe):
    plugin = tmp_path / "reward.py"
    plugin.write_text("def score(): ...\n")
    with Journal.create(tmp_path / "runs" / "one", recipe, {"reward.py:score": plugin}) as journal:
        assert journal.recipe == recipe
    plugin.write_text("changed")
    with Journal.open(tmp_path / "runs" / "one") as journal:
        assert journal.recipe == recipe
        assert journal.plugins["reward.py:score"].read_text() == "def score(): ...\n"
        assert journal.about["packages"]["pyarrow"] and journal.about["python"].startswith("3.")
    journal.plugins["reward.py:score"].write_text("edited")
    with Journal.open(tmp_path / "runs" / "one") as journal, pytest.raises(UserError, match=r"plugin reward\.py:score"):
        _ = journal.plugins
    assert os.listdir(tmp_path / "runs") == ["one"]


def test_an_empty_folder_may_be_used_and_a_full_one_not(tmp_path, recipe):
    (tmp_path / "empty").mkdir()
    Journal.create(tmp_path / "empty", recipe, {}).close()
    with pytest.raises(UserError, match="holds another campaign or other files; resume it or choose another --out"):
        Journal.create(tmp_path / "empty", recipe, {})
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="holds another campaign"):
        Journal.create(tmp_path / "file", recipe, {})
    with pytest.raises(UserError, match=r"cannot be made \(File exists\); choose another --out"):
        Journal.create(tmp_path / "file" / "below", recipe, {})
    with pytest.raises(UserError, match="the plugin a:b has no file at"):
        Journal.create(tmp_path / "other", recipe, {"a:b": tmp_path / "none.py"})
    assert sorted(os.listdir(tmp_path)) == ["empty", "file"]


def test_a_name_that_no_folder_can_have_gets_a_sentence(tmp_path, recipe):
    folder = tmp_path / ("a" * 300)
    with pytest.raises(UserError, match=r"cannot be made \(File name too long\); choose another --out"):
        Journal.create(folder, recipe, {})
    with pytest.raises(UserError, match=r"cannot be read as a campaign .*File name too long"):
        Journal.open(folder)
    assert os.listdir(tmp_path) == []


def edited(folder, name, change):
    path = folder / name
    path.write_text(change(path.read_text()))


def of_format_1(text):
    """What stood there before there were seals."""
    about = json.loads(text) | {"format": 1, "mmzero": "0.0.9", "git": "abc"}
    del about["sealed"]
    return json.dumps(about)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda folder: (folder / "about.json").unlink(), "is not a campaign"),
        (lambda folder: (folder / "about.json").write_text("{"), "cannot be read as a campaign"),
        (lambda folder: (folder / "about.json").write_text("[]"), "cannot be read as a campaign"),
        (lambda folder: (folder / "about.json").write_text("[" * 100_000), "cannot be read as a campaign"),
        (lambda folder: (folder / "about.json").write_text('{"format": 1e999}'), "cannot be read as a campaign"),
        (lambda folder: (folder / "recipe.json").unlink(), "cannot be read as a campaign"),
        (lambda folder: (folder / "manifest.jsonl").unlink(), "cannot be read"),
        (lambda folder: edited(folder, "recipe.json", lambda text: text.replace("small", "other")), "edited by hand"),
        (
            lambda folder: edited(folder, "about.json", lambda text: json.dumps(json.loads(text) | {"format": 99})),
            f"ledger format 99, and mmzero .* reads up to format {FORMAT}; use that version or a newer one",
        ),
        (
            lambda folder: edited(folder, "about.json", of_format_1),
            rf"was written by mmzero 0\.0\.9 \(revision abc\) in ledger format 1, and mmzero .* reads none older than"
            f" format {OLDEST}; use that version to go on with it",
        ),
    ],
)
def test_what_is_no_campaign_of_ours_gets_a_sentence(tmp_path, recipe, change, sentence):
    Journal.create(tmp_path / "run", recipe, {}).close()
    change(tmp_path / "run")
    for write in (True, False):
        with pytest.raises(UserError, match=sentence):
            Journal.open(tmp_path / "run", write=write)


@pytest.mark.parametrize("room", FOLDERS)
@pytest.mark.parametrize("instead", [lambda path: None, lambda path: path.write_text("a file")])
def test_a_room_that_is_lost_is_named_before_anything_is_written(tmp_path, recipe, room, instead):
    Journal.create(tmp_path / "run", recipe, {}).close()
    (tmp_path / "run" / room).rmdir()
    instead(tmp_path / "run" / room)
    before = (tmp_path / "run" / "lease").read_bytes()
    with pytest.raises(UserError, match=f"has lost its folder {room}; make it, and restore what was in it from a copy"):
        Journal.open(tmp_path / "run")
    assert (tmp_path / "run" / "lease").read_bytes() == before
    assert any(one.where == room and one.state == "damaged" for one in verify(tmp_path / "run").findings)


def test_one_writer_and_any_number_of_readers(tmp_path, recipe, play, at):
    folder = tmp_path / "run"
    with Journal.create(folder, recipe, {}) as journal:
        with pytest.raises(UserError, match=f"belongs to a live run, process {os.getpid()} on host "):
            Journal.open(folder)
        journal.played(at(0), lambda: play(0))
        reader = Journal.open(folder, write=False)
        assert reader.read(0) == play(0)
        with pytest.raises(ValueError, match="opened for reading"):
            reader.played(at(1), lambda: play(1))
        with pytest.raises(ValueError, match="opened for reading"):
            reader.learned(at(0), {})
    Journal.open(folder).close()
    with pytest.raises(ValueError, match="or closed"):
        journal.learned(at(0), {})


def test_another_process_is_kept_out_until_the_owner_is_gone(tmp_path, recipe):
    Journal.create(tmp_path / "run", recipe, {}).close()
    hold = "import sys; from mmzero.journal import Journal; j = Journal.open(sys.argv[1])"
    hold += "; print('held', flush=True); sys.stdin.read()"
    owner = subprocess.Popen(
        [sys.executable, "-c", hold, tmp_path / "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=f"process {owner.pid} on host"):
        Journal.open(tmp_path / "run")
    owner.kill()
    owner.communicate()
    Journal.open(tmp_path / "run").close()


def test_images_are_kept_by_what_they_are(tmp_path, recipe):
    with Journal.create(tmp_path / "run", recipe, {}) as journal:
        name = journal.images.put(b"not really a picture")
        assert name == "fcfe47beab768e3a355c572b4b6ce615"
        written = journal.images.path(name).stat().st_mtime_ns
        assert journal.images.put(b"not really a picture") == name
        assert journal.images.path(name).stat().st_mtime_ns == written
        assert journal.images.path(name) == tmp_path / "run" / "images" / name[:2] / f"{name}.png"
        assert journal.images.path(name).read_bytes() == b"not really a picture"
        with pytest.raises(UserError, match="is missing from"):
            journal.images.path("0" * 32)
        for trick in ("../../etc/passwd", "", "A" * 32, "0" * 31 + "\n", "0" * 32 + "/../x"):
            with pytest.raises(ValueError, match="is no image hash"):
                journal.images.path(trick)


def test_a_damaged_picture_is_named_and_drawn_anew(tmp_path, recipe):
    Journal.create(tmp_path / "run", recipe, {}).close()
    with Journal.open(tmp_path / "run") as journal:
        name = journal.images.put(b"a picture")
        journal.images.path(name).write_bytes(b"a pictura")
    with Journal.open(tmp_path / "run") as journal:
        with pytest.raises(
            UserError, match=f"{name}.png is damaged: its bytes are not those it is named by; restore it"
        ):
            journal.images.path(name)
        assert journal.images.put(b"a picture") == name
        assert journal.images.path(name).read_bytes() == b"a picture"


def test_importing_the_journal_is_quick():
    loaded = (
        "import sys, mmzero.journal; print([name for name in ('torch', 'pyarrow', 'datasets') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout == "[]\n"
