"""`verify` finds every byte that is not what was written, and calls what a kill leaves behind no damage."""

import hashlib
import json
import shutil
import zlib
from pathlib import Path

import pytest

from mmzero.errors import UserError
from mmzero.journal import Journal, order
from mmzero.journal import verify as verifying
from mmzero.journal.lines import seal, unseal
from mmzero.journal.verify import verify


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return tmp_path_factory.mktemp("sound") / "run"


@pytest.fixture
def folder(sound, tmp_path, recipe, play, at):
    """Three steps with pictures, a plugin, two evaluations and checkpoints of which the first was dropped."""
    if not sound.exists():
        make(sound, recipe, play, at)
    return shutil.copytree(sound, tmp_path / "run")


def make(folder, recipe, play, at):
    plugin = folder.parent / "reward.py"
    plugin.write_text("def score(): ...\n")
    with Journal.create(folder, recipe, {"reward.py:score": plugin}) as journal:
        picture = journal.images.put(b"a picture")
        journal.evaluated("heldout", 0, [{"task_id": "a", "correct": True}])
        for index in range(3):
            played = play(index)
            object.__setattr__(played.episodes[0].task, "images", (picture,))
            for scored in played.scored:
                assert scored.rollout.task.images == (picture,)
            for task in (played.episodes[0].children[0].task, played.episodes[1].task):
                object.__setattr__(task, "images", ())
            journal.played(at(index), lambda played=played: played)
            journal.learned(at(index), {"loss": 1.0})
            journal.checkpoint(at(index), lambda where: (where / "weights").write_bytes(b"w" * 99))


def states(verdict):
    return {(finding.state, finding.where) for finding in verdict.findings}


def test_a_sound_campaign_is_sound_while_it_is_written_and_after(folder):
    verdict = verify(folder)
    assert verdict.findings == [] and verdict.sound
    assert verdict.checked == {
        "plugins": 1, "manifest.jsonl": 11, "metrics.jsonl": 3, "steps": 3, "evaluations": 1, "checkpoints": 2,
        "images": 1,
    }  # fmt: skip
    with Journal.open(folder):
        assert verify(folder).findings == []


def committed(folder):
    """Every file of the folder in which a byte matters."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_flipped_byte_anywhere_and_a_lost_one_are_found_and_named(folder):
    """The first, the middle and near the last byte of every file; only a .jsonl may merely have a torn tail."""
    for path in committed(folder):
        whole = path.read_bytes()
        cuts = [whole[:-2], whole[: len(whole) // 2]] if path.name != "lease" else [whole[:20]]
        flips = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in {0, len(whole) // 2, len(whole) - 3}]
        for content in cuts + flips:
            path.write_bytes(content)
            verdict = verify(folder)
            assert verdict.sound is False or path.suffix == ".jsonl", (path, content)
            named = " ".join(f"{finding.where} {finding.what}" for finding in verdict.findings)
            assert path.name in named, (path, content)
        path.write_bytes(whole)
    assert verify(folder).sound


@pytest.mark.parametrize("name", ["about.json", "recipe.json", "manifest.jsonl", "images", "steps", "checkpoints"])
def test_what_is_gone_is_found(folder, name):
    gone = folder / name
    if gone.is_dir():
        shutil.rmtree(gone)
    else:
        gone.unlink()
    if name == "about.json":
        with pytest.raises(UserError, match="is not a campaign"):
            verify(folder)
    else:
        assert not verify(folder).sound


def test_what_a_kill_leaves_is_a_note(folder):
    (folder / "steps" / "000003").mkdir()
    (folder / "steps" / ".000004.1-abc.unfinished").mkdir()
    with (folder / "manifest.jsonl").open("ab") as file:
        file.write(b'{"commit": "pla')
    verdict = verify(folder)
    assert verdict.sound
    assert states(verdict) == {
        ("note", "manifest.jsonl"), ("note", "steps/000003"), ("note", "steps/.000004.1-abc.unfinished"),
    }  # fmt: skip


def test_a_picture_that_a_step_shows_is_missed(folder):
    next((folder / "images").glob("*/*.png")).unlink()
    assert {finding.what for finding in verify(folder).findings} >= {"steps/000000 shows it and it is missing"}


def test_what_a_newer_version_wrote_is_refused(folder):
    about = json.loads((folder / "about.json").read_text()) | {"format": 99}
    (folder / "about.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match="ledger format 99"):
        verify(folder)


def test_a_ledger_does_not_lead_out_of_its_folder(folder):
    line = {"commit": "played", "index": 3, "iteration": 1, "phase": 0, "step": 0, "files": {"../../secret": "0" * 64}}
    with (folder / "manifest.jsonl").open("ab") as file:
        file.write(seal(line))
    assert ("damaged", "manifest.jsonl:12") in states(verify(folder))


def test_a_line_with_its_check_sum_that_is_nothing_of_ours_is_damage(folder):
    with (folder / "manifest.jsonl").open("ab") as file:
        for text in (b'{"commit": ', b"[1", b"[" * 100_000):
            file.write(text + b', "crc": "%08x"}\n' % zlib.crc32(text + b"}"))
    assert {(one.state, one.where) for one in verify(folder).findings} == {
        ("damaged", f"manifest.jsonl:{at}") for at in (12, 13, 14)
    }


def test_a_step_that_says_it_is_another_is_found(folder):
    """With hashes that agree: whoever wrote it wrote it all."""
    told, ledger = folder / "steps" / "000001" / "step.json", folder / "manifest.jsonl"
    before = hashlib.sha256(told.read_bytes()).hexdigest()
    told.write_text(json.dumps(json.loads(told.read_text()) | {"step": 1}))
    lines = [unseal(one) for one in ledger.read_bytes().splitlines()]
    (at,) = (i for i, one in enumerate(lines) if before in one["files"].values())
    lines[at]["files"]["steps/000001/step.json"] = hashlib.sha256(told.read_bytes()).hexdigest()
    ledger.write_bytes(b"".join(map(seal, lines)))
    assert [(one.where, one.what) for one in verify(folder).findings] == [
        ("steps/000001/step.json", "it names another place in the schedule than manifest.jsonl")
    ]


@pytest.mark.parametrize("file", ["manifest.json", "weights"])
def test_a_checkpoint_that_a_live_run_drops_meanwhile_is_no_damage(folder, at, play, monkeypatch, file):
    with Journal.open(folder) as journal:
        old = folder / "checkpoints" / "000002"

        def drops(path):
            if path == old / file and path.exists():
                played = play(3)
                for task in (one.task for episode in played.episodes for one in (episode, *episode.children)):
                    object.__setattr__(task, "images", ())
                journal.played(at(3), lambda: played)
                journal.learned(at(3), {"loss": 1.0})
                journal.checkpoint(at(3), lambda where: (where / "weights").write_bytes(b"w" * 99))
                assert not old.exists()

        for owner, name in ((verifying, "sha256_of"), (Path, "read_bytes")):
            real = getattr(owner, name)
            monkeypatch.setattr(owner, name, lambda path, real=real: drops(path) or real(path))
        assert verify(folder).findings == [], "nor is what the run made meanwhile of any note"
        assert not old.exists(), "nothing was dropped: the test proves nothing"


# --- the order of lines


def line(commit, index, recipe, /, **more):
    cursor = order.cursors(recipe.schedule)[index]
    files = {
        "played": [f"steps/{index:06}/{name}" for name in ("tasks.parquet", "rollouts.parquet", "rewards.parquet", "step.json")],
        "checkpoint": [f"checkpoints/{index + 1:06}/manifest.json"],
        "evaluated": [f"evaluations/{index:06}-heldout.parquet"],
    }.get(commit, [])  # fmt: skip
    return {
        "commit": commit, "index": index, "iteration": cursor.iteration, "phase": cursor.phase, "step": cursor.step,
        "files": dict.fromkeys(files, "0" * 64), **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("commits", "fault"),
    [
        ("p0 l0 c0 p1 l1 c1 d0", None),
        ("p0 l0 l0 p1", None),
        ("p0 p0", "step 0 was played twice"),
        ("p1", "step 1 was played and step 0 was not"),
        ("p0 l1", "step 1 was learned and never played"),
        ("p0 c0", "version 1 was saved and step 0 never learned"),
        ("p0 l0 d0", "version 1 was dropped and never saved"),
        ("e0 p0 l0 e1 a1:1 p1", None),
        ("p0 l0 e1 e1", "heldout of version 1 was evaluated twice"),
        ("p0 e1", "version 1 was evaluated and step 0 never learned"),
        ("a0:1 p0 a1:3", "the recipe's change 2 is called 3"),
        ("p0 a0:1", "the recipe changed from step 0 on, and 1 were played"),
    ],
)
def test_lines_follow_one_another_as_commits_do(recipe, commits, fault):
    kinds = {"p": "played", "l": "learned", "c": "checkpoint", "d": "dropped", "e": "evaluated", "a": "amended"}
    lines = []
    for at, word in enumerate(commits.split()):
        index, _, name = word[1:].partition(":")
        more = {"e": {"name": "heldout"}, "a": {"name": name, "changes": []}}.get(word[0], {})
        lines.append((f"{at}", line(kinds[word[0]], int(index), recipe, **more)))
    learned = {entry["index"] for _, entry in lines if entry["commit"] == "learned"}
    figures = [("m", line("learned", index, recipe)) for index in learned]
    found = [what for _, what in order.faults(lines, figures, order.cursors(recipe.schedule))]
    assert found == ([fault] if fault else [])


def test_figures_and_places_agree_with_the_ledger(recipe):
    cursors = order.cursors(recipe.schedule)
    learned = [("0", line("played", 0, recipe)), ("1", line("learned", 0, recipe))]
    assert [what for _, what in order.faults(learned, [], cursors)] == ["step 0 was learned and has no figures"]
    figures = [("m", line("learned", index, recipe)) for index in range(3)]
    assert [what for _, what in order.faults(learned, figures, cursors)] == ["step 2 has figures and was never learned"]
    moved = [("0", line("played", 0, recipe, phase=1))]
    assert [what for _, what in order.faults(moved, [], cursors)] == [
        "step 0 does not stand there in the recipe's schedule"
    ]
    beyond = [("0", line("learned", 0, recipe, index=99))]
    assert "step 99 does not stand there in the recipe's schedule" in [
        what for _, what in order.faults(beyond, [], cursors)
    ]
