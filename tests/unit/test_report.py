"""The report: numbers computed by hand from a small ledger, pictures, and text that tries to break out of quotes."""

import io
import json
import re

import numpy as np
import pytest

from mmzero import report
from mmzero.journal import Journal
from mmzero.recipe import Recipe
from mmzero.report.contact_sheet import _font, wrap
from mmzero.report.evidence import Pair
from mmzero.report.examples import choose
from mmzero.report.markdown import block, quoted
from mmzero.report.pictures import _runs, _smooth
from mmzero.types import COMPUTED, Answer, Episode, Played, Proposal, Rejection, Rollout, Scored, Task

FORMED = "<think>I count {0}.</think><answer>{0}</answer>"


def recipe(steps=2):
    return Recipe.model_validate({
        "name": "small",
        "model": {"path": "tiny"},
        "roles": {
            "solver": {"policy": "main", "rewards": [{"use": "rewards/answer.py:correct"}]},
            "proposer": {"policy": "main", "rewards": [{"use": "rewards/learnability.py:unbiased"}]},
        },
        "sources": {"bank": {"kind": "bank"}, "proposed": {"kind": "proposer"}},
        "schedule": {"phases": [
            {"train": "proposer", "steps": 1, "votes": {"of": "solver"}, "learning": {"advantage": "batch"}},
            {"train": "solver", "steps": steps - 1, "tasks": {"bank": 1.0}},
        ]},
    })  # fmt: skip


@pytest.fixture
def journal(tmp_path):
    with Journal.create(tmp_path / "campaign", recipe(), {}) as journal:
        yield journal


def rollout(task, sibling, text, finish="stop"):
    return Rollout(
        task=task, role="solver", policy="main", version=0, sibling=sibling, prompt_ids=(1,), output_ids=(2, 3, 4),
        logprobs=(-0.1, -0.2, -0.3), mask=(True, True, True), text=text, finish=finish, temperature=1.0, seed=sibling,
    )  # fmt: skip


def task(name, parent=None):
    return Task(
        id=name, family="count", kind="number", level=1, question="How many?", images=(), scene="{}", source="bank",
        answer=Answer(kind="number", value=4, warrant=COMPUTED), seed=1, parent=parent,
    )  # fmt: skip


def play_and_learn(journal, steps):
    """Per step: 3 proposals, one rejected, 2 votes on a child (one cut off, one malformed), a failure, one missing."""
    for cursor in journal.cursors()[:steps]:
        ask = task(f"ask-{cursor.index}")
        said = tuple(rollout(ask, sibling, FORMED.format(4)) for sibling in range(3))
        child = task(f"child-{cursor.index}", said[0].id)
        votes = (rollout(child, 0, "<think>and so", "length"), rollout(child, 1, FORMED.format(4)))
        fine = Proposal(family="count", level=1)
        proposing = Episode(
            task=ask, rollouts=said, proposals=(fine, Rejection("unparsable", "no JSON"), fine),
            children=(Episode(task=child, rollouts=votes),),
        )  # fmt: skip
        lost = Episode(task=task(f"lost-{cursor.index}"), rollouts=(), failure="died")
        scored = (
            Scored(rollout=said[0], reward=1.0, parts={"learnability.unbiased": 1.0}),
            Scored(rollout=said[1], reward=None, parts={}, missing="timed out"),
        )
        made = Played(episodes=(proposing, lost), scored=scored)
        journal.played(cursor, lambda made=made: made)
        figures = {"role": "proposer", "reward": 0.5, "entropy": 1.0, "grad_norm": float("nan"),
                   "part/learnability.unbiased": 0.7, "seconds/play": 3.0, "seconds/learn": 1.5}  # fmt: skip
        journal.learned(cursor, figures)


def row(name, right, *, said=None, family="count", level=1, sample=0, image="", question="How many?", response=None):
    said = said or ("4" if right else "7")
    return {
        "task_id": name, "family": family, "kind": "number", "level": level, "question": question, "image": image,
        "answer": "4", "response": response or FORMED.format(said), "said": said, "correct": right, "sample": sample,
        "tokens": 9, "finish": "stop",
    }  # fmt: skip


def evaluate(journal, index, rights, **more):
    families = ("clock", "count")
    rows = [row(f"t{i}", bool(right), family=families[i % 2], **more) for i, right in enumerate(rights)]
    journal.evaluated("heldout", index, rows)


def test_the_numbers_of_a_finished_campaign(journal):
    play_and_learn(journal, 2)
    evaluate(journal, 0, [0, 1, 0, 1])
    evaluate(journal, 2, [1, 1, 1, 0])
    journal.evaluated("majority", 0, [
        row(f"t{i}", said == "4", said=said, sample=sample)
        for i, votes in enumerate(("4 4 7", "7 7 4", "7 8 9", "4 7 7")) for sample, said in enumerate(votes.split())
    ])  # fmt: skip
    found = report.write(journal, wall_s=12.0, peak_rss_gb=1.5)
    assert json.loads((journal.folder / "report.json").read_text()) == found
    heldout = found["heldout"]
    assert (found["steps"], found["finished"], found["wall_s"], found["peak_rss_gb"]) == (2, True, 12.0, 1.5)
    assert heldout["before"]["accuracy"] == 0.5 and heldout["after"]["accuracy"] == 0.75
    assert heldout["before"]["n"] == 4
    assert heldout["gain"]["mean"] == 0.25  # gains 1, 0, 1, -1: deviation sqrt(2.75/3) = 0.957427, half 0.938278
    assert heldout["gain"]["low"] == pytest.approx(0.25 - 0.938278, abs=1e-4)
    assert heldout["gain"]["high"] == 1.0  # 1.188 cut at what a gain can be
    assert (heldout["majority"]["accuracy"], heldout["majority"]["votes"]) == (0.25, 3)
    assert heldout["pass_at_k"] == {"k": 3, "accuracy": 0.75}
    assert heldout["fates"] == {"learned": 2, "kept": 1, "lost": 1}
    assert heldout["families"]["clock"]["gain"] == 1.0 and heldout["families"]["count"]["gain"] == -0.5
    assert heldout["families_up"] == 0  # two tasks that both rise are no evidence yet
    assert heldout["form"] == {"before": 1.0, "after": 1.0}
    assert list(heldout["levels"]) == ["1"] and heldout["levels"]["1"]["n"] == 4


def test_everything_played_is_counted_votes_included(journal):
    play_and_learn(journal, 2)
    found = report.write(journal, 1.0, 1.0)
    assert found["counts"] == {
        "answers": 10, "written": 0, "truncated": 2, "malformed": 2, "proposals": 6, "missing": 2, "failures": 2, "too_long": 0,
        "rejected": {"unparsable": 2},
    }  # fmt: skip
    assert found["tokens"] == 30 and found["seconds"] == {"play": 6.0, "learn": 3.0}


def test_families_up_needs_evidence(journal):
    play_and_learn(journal, 2)
    evaluate(journal, 0, [0, 0] * 20)
    evaluate(journal, 2, [1, 0] * 20)
    found = report.write(journal, 1.0, 1.0)["heldout"]
    assert found["families_up"] == 1 and found["families"]["clock"]["low"] > 0


def test_right_answers_written_differently_vote_together(journal):
    play_and_learn(journal, 2)
    evaluate(journal, 0, [0])
    said = (("7", False), ("7", False), ("4", True), ("4.0", True), ("+4", True))
    journal.evaluated("majority", 0, [row("t0", right, said=text, sample=i) for i, (text, right) in enumerate(said)])
    assert report.write(journal, 1.0, 1.0)["heldout"]["majority"]["accuracy"] == 1.0


@pytest.mark.parametrize("steps", [0, 1])
def test_an_unfinished_campaign_says_so_and_claims_nothing(journal, steps):
    play_and_learn(journal, steps)
    evaluate(journal, 0, [1, 0])
    found = report.write(journal, 1.0, 1.0)
    text = (journal.folder / "report.md").read_text()
    assert found["finished"] is False and found["heldout"]["gain"] is None and found["heldout"]["after"] is None
    assert f"Unfinished: {steps} of 2 steps" in text and "no gain is claimed" in text
    assert (journal.folder / "report/curves.png").exists() == bool(steps)


def test_a_campaign_without_evaluation_claims_no_gain(journal):
    play_and_learn(journal, 2)
    assert report.write(journal, 1.0, 1.0)["heldout"] is None
    assert "claims no gain" in (journal.folder / "report.md").read_text()


def test_an_interval_that_holds_zero_is_said_to(journal):
    play_and_learn(journal, 2)
    evaluate(journal, 0, [0, 1, 0, 1])
    evaluate(journal, 2, [1, 1, 1, 0])
    report.write(journal, 1.0, 1.0)
    text = (journal.folder / "report.md").read_text()
    assert "from 50.0% to 75.0%: +25.0 points (95 % interval -68.8 to +100.0, paired over 4 tasks" in text
    assert "no evidence of a change" in text


HOSTILE = (
    "<script>alert(1)</script> | [a](http://x.y) \x1b[2J \u202e `*_# $x^2$ www.evil.com\n# head\n</pre><img src=x>"
)


def test_text_of_models_and_tasks_cannot_break_out(journal):
    play_and_learn(journal, 2)
    hostile = {"question": HOSTILE, "said": HOSTILE, "response": HOSTILE * 40}
    evaluate(journal, 0, [0, 1, 0, 1], image="../../etc/passwd", **hostile)
    evaluate(journal, 2, [1, 1, 1, 0], **hostile)
    report.write(journal, 1.0, 1.0)
    text = (journal.folder / "report.md").read_text()
    assert "<script" not in text.replace("\\<script", "") and "passwd" not in text
    assert "\x1b" not in text and "\u202e" not in text
    tags = re.findall(r"(?<!\\)</?\w+", text)
    assert set(tags) == {"<pre", "</pre"} and tags == ["<pre", "</pre"] * 8
    outside = re.sub(r"(?s)<pre>.*?</pre>", "", text)
    assert not re.search(r"(?<!\\)\[a", outside) and "http://" not in outside and "www.evil" not in outside
    assert all("…" in part for part in re.findall(r"(?s)<pre>(.*?)</pre>", text))


def test_quoting():
    assert quoted("a|b <i> $x$\n# 1.5 www.x 8:00 http://y") == r"a\|b \<i\> \$x\$ \# 1.5 www\.x 8:00 http\://y"
    assert quoted("x" * 300) == "x" * 199 + "…"
    assert block("a\n\n<b>&\x07") == "<pre>\na\n\n&lt;b&gt;&amp;\n</pre>"
    assert "(nothing)" in block("")


def test_pictures_are_linked_and_drawn_whatever_the_text(journal):
    from PIL import Image

    png = io.BytesIO()
    drawn = Image.new("RGB", (64, 64), "red")
    drawn.paste("blue", (0, 0, 31, 64))
    drawn.save(png, "PNG")
    play_and_learn(journal, 2)
    name = journal.images.put(png.getvalue())
    wide = {"question": "W" * 900, "said": "$" + "M" * 300, "image": name}
    evaluate(journal, 0, [0, 1] * 10, **wide)
    evaluate(journal, 2, [1, 1] * 10, **wide)
    report.write(journal, 1.0, 1.0)
    assert f'<img src="images/{name[:2]}/{name}.png"' in (journal.folder / "report.md").read_text()
    with Image.open(journal.folder / "report/tasks.png") as sheet:
        assert sheet.size == (3 * 784 + 24, 4 * 360 + 24)
        row = [sheet.getpixel((24 + 20 + x, 24 + 168)) for x in range(1, 254)]  # 64 pixels over 256, none smoothed
        assert row == [(0, 0, 255)] * 123 + [(255, 0, 0)] * 130
        # Nothing was written over the gap between two cards.
        assert {sheet.getpixel((24 + 760 + 12, y)) for y in range(sheet.size[1])} == {(0xF6, 0xF8, 0xFA)}
    for name in ("curves", "families"):
        with Image.open(journal.folder / f"report/{name}.png") as picture:
            assert min(picture.size) > 200


def test_wrapped_lines_fit_and_lose_nothing_but_what_is_marked():
    font = _font(20)
    for text in ("many small words that go on and on and on until there is no room", "W" * 80, "i", ""):
        lines = wrap(text, font, 150, 99)
        assert all(font.getlength(line) <= 150 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        short = wrap(text, font, 150, 2)
        assert len(short) <= 2 and all(font.getlength(line) <= 150 for line in short)
        assert (short and short[-1].endswith("…")) == (len(lines) > 2 and bool(text)) or not text


def test_examples_show_every_fate_and_fill_up():
    def pairs(before, after, n):
        return [
            Pair(row(f"{before}{after}{i}", before, family=f"f{i % 3}"), row("", after), None, (before, after))
            for i in range(n)
        ]

    mixed = pairs(True, True, 50) + pairs(False, True, 50) + pairs(True, False, 1) + pairs(False, False, 50)
    fates = [pair.fate for pair in choose(mixed)]
    assert len(fates) == 12 and {fate: fates.count(fate) for fate in fates} == {
        "learned": 6, "kept": 3, "open": 2, "lost": 1,
    }  # fmt: skip
    assert {pair.before["family"] for pair in choose(mixed)[:3]} == {"f0", "f1", "f2"}
    assert len(choose(pairs(True, True, 20))) == 12 and len(choose(pairs(True, True, 2))) == 2


def test_curves_break_where_another_role_learned_unless_only_dots_were_left():
    steps = [1, 2, 3, 7, 8, 9]
    assert [steps[run] for run in _runs(steps)] == [[1, 2, 3], [7, 8, 9]]
    assert _runs([1, 3, 5, 7]) == [slice(None)] and _runs([]) == []
    assert _smooth(np.array([0.0, 3.0, 6.0, 0.0]), 1).tolist() == [1.5, 3.0, 3.0, 3.0]


def test_the_course_shows_each_stage_its_change_and_where_boxes_were(journal):
    """Of four tasks 2, 1 and 3 are right: a dip, then a rise; and one box of two is half found at the end."""
    play_and_learn(journal, 2)
    for version, rights in ((0, [0, 1, 0, 1]), (1, [0, 1, 0, 0]), (2, [1, 1, 1, 0])):
        evaluate(journal, version, rights)
    entries = report.write(journal, 1.0, 1.0)["heldout"]["course"]
    assert [one["version"] for one in entries] == [0, 1, 2]
    assert [one["after"] for one in entries] == [
        "base model",
        "proposer, answers of at most 256",
        "solver, answers of at most 256",
    ]
    assert [one["change"] and one["change"]["mean"] for one in entries] == [None, -0.25, 0.5]
    assert {one["tokens"] for one in entries} == {9.0} and {one["miou"] for one in entries} == {None}
    page = (journal.folder / "report.md").read_text()
    assert "Between start and end" in page and "| -25.0 |" in page.replace("\\", "") and "mean IoU" not in page


def test_thinking_is_told_by_level(journal):
    play_and_learn(journal, 2)
    long = "<think>one and two and three make six in all</think><answer>{}</answer>"
    for version, form in ((0, FORMED), (2, long)):
        rows = [row(f"t{i}", i < 1, level=i, response=form.format(4)) for i in range(2)]
        journal.evaluated("heldout", version, rows)
    found = report.write(journal, 1.0, 1.0)["heldout"]["thinking"]
    assert (found["before"], found["after"]) == (0.0, 1.0)  # three words are a glance, nine are none
    assert found["levels"]["0"] == {"before": 0.0, "after": 1.0, "right_before": 1.0, "right_after": 1.0}
    assert found["levels"]["1"]["right_after"] == 0.0
    assert "When it thinks" in (journal.folder / "report.md").read_text()
