"""`mmzero rewards`: what it says of rows and of a past campaign, and that whatever is wrong is one sentence."""

import json
import subprocess
import sys
import threading

import pytest
from judge_material import serving
from PIL import Image
from play_material import answers, recipe, task

from mmzero import cli
from mmzero.journal import Journal
from mmzero.scoring import reward, score
from mmzero.types import Episode, Played, Proposal

FORMED = "<think>x</think><answer>%s</answer>"


@pytest.fixture
def call(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(["rewards", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture
def tried(call, tmp_path, monkeypatch):
    """A function over rows: what `try --json` says."""
    monkeypatch.chdir(tmp_path)

    def tried(text, rows, *options):
        (tmp_path / "own.py").write_text(text)
        (tmp_path / "rows.jsonl").write_text(
            "\n".join(one if isinstance(one, str) else json.dumps(one) for one in rows)
        )
        code, out, err = call("try", "own.py:own", "--on", "rows.jsonl", "--json", *options)
        return json.loads(out) if code == 0 else (code, err)

    return tried


def rows(*said, question="How many?", answer="4", **more):
    return [{"question": question, "answer": answer, "response": FORMED % one, **more} for one in said]


def test_list_shows_every_shipped_reward_and_trls(call):
    code, out, _ = call("list")
    assert code == 0
    for part in (
        "rewards/answer.py:correct  (answer, truth)",
        "The answer is right or it is not",
        "trl.rewards:accuracy_reward",
    ):
        assert part in out
    found = {one["use"]: one for one in json.loads(call("list", "--json")[1])}
    assert found["rewards/novelty.py:repetition"]["with"] == ["threshold"]
    assert found["trl.rewards:get_soft_overlong_punishment"]["with"] == ["max_completion_len", "soft_punish_cache"]


@pytest.mark.parametrize("arguments", [["list"], ["try", "rewards/answer.py:correct", "--on", "rows.jsonl"]])
def test_no_torch_is_imported(tmp_path, arguments):
    (tmp_path / "rows.jsonl").write_text(json.dumps(rows("4")[0]))
    program = f"""if True:
        import sys
        from mmzero.cli import main
        try:
            main(["rewards", *{arguments}])
        except SystemExit as ended:
            slow = {{"torch", "transformers", "datasets", "sympy", "ray", "scipy", "matplotlib"}} & set(sys.modules)
            sys.exit(ended.code or (f"imported {{slow}}" if slow else 0))
    """
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_try_scores_rows_in_their_order(tried):
    text = """
def own(answer, truth, siblings, family, scene, finish, step):
    assert (family, scene["extra"], finish, step) == ("f", [1], "length", 0)
    print("noise")
    return None if answer == "9" else (1 / (int(answer) - 5), {"n": len(siblings), "read": "ok"})
"""
    one, two = (
        rows("6", "5", "9", family="f", extra=[1], finish="length"),
        rows("1", question="?", family="f", extra=[1], finish="length"),
    )
    found = tried(text, [one[0], two[0], *one[1:]])
    assert found["scores"] == [1.0, -0.25, None, None] and found["n"] == found["calls"] == 4
    assert [parts.get("n") for parts in found["parts"]] == [3.0, 1.0, None, None] and found["said"][0] == {"read": "ok"}
    (error,) = found["errors"]
    assert error == {
        "row": 2, "where": "line 3", "error": "raised ZeroDivisionError: division by zero", "response": FORMED % "5",
    }  # fmt: skip
    spread = found["distribution"]
    assert (spread["mean"], spread["min"], spread["max"], spread["errors"], spread["not_applicable"]) == (
        0.375,
        -0.25,
        1.0,
        1,
        1,
    )
    assert spread["counts"] == [[-0.25, 1], [1.0, 1]] and found["seconds_per_call"]["max"] > 0


@pytest.mark.parametrize(
    ("answer", "kind", "value"),
    [
        ("4", "number", 4), (" 2.50 ", "number", 2.5), (3.5, "number", 3.5), ("four", "text", "four"), (True, "text", "true"),
        ("nan", "text", "nan"), ("1/2", "text", "1/2"), ("1_0", "text", "1_0"), (None, None, None), ("\u0664", "text", "\u0664"),
        ({"kind": "boxes", "value": [[1, 2, 3, 4]]}, "boxes", [[1, 2, 3, 4]]),
        ({"kind": "set", "value": ["a", "b"]}, "set", ["a", "b"]),
        ({"kind": "choice", "value": "A", "choices": ["A", "B"]}, "choice", "A"),
    ],
)  # fmt: skip
def test_an_answer_may_be_plain_or_typed(tried, answer, kind, value):
    text = f"""
def own(truth):
    if truth is None:
        return float({kind!r} == None)
    said = sorted(truth.value) if truth.kind == "set" else truth.value
    said = [list(one) for one in said] if truth.kind == "boxes" else said
    return float((truth.kind, said, type(said)) == ({kind!r}, {value!r}, type({value!r})))
"""
    assert tried(text, rows("x", answer=answer))["scores"] == [1.0]


def test_rows_have_pictures_sizes_and_tokens(tried, tmp_path):
    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    text = """
def own(images, sizes, length, tokens):
    return images[0].width + sizes[0][1][0] if sizes[0][1] else length * 100 + len(tokens) + tokens[0]
"""
    made = [
        *rows("x", image="a.png", sizes=[[[30, 20], [60, 40]]]), *rows("x", image="a.png", tokens=[5, 6]),
        *rows("x y z", images=["a.png"]), *rows("x", images=["a.png"], length=7), *rows("x", image="gone.png"),
    ]  # fmt: skip
    found = tried(text, made)
    assert found["scores"] == [90.0, 207.0, 303.0, 707.0, None]
    assert (
        found["errors"][0]["error"]
        == "cannot be shown this answer: the picture gone.png cannot be opened: No such file or directory"
    )
    assert found["notes"] == ["some rows have neither tokens nor length, so a word counts as a token"]


def test_rows_of_one_question_are_a_group(tried):
    text = "def own(answer):\n return [len(answer)] * len(answer)"
    made = [*rows("1", "2"), *rows("3", answer="5"), *rows("4"), *rows("5", group="other")]
    assert tried(text, made, "--per", "group")["scores"] == [3.0, 3.0, 1.0, 3.0, 1.0]
    assert tried(text, made, "--per", "batch")["scores"] == [5.0] * 5


def test_options_reach_the_function(tried):
    text = "import time\ndef own(answer, low, names=()):\n time.sleep(9 * (answer == '9'))\n return low + len(names)"
    options = ("--with", "low=0.5", "--with", "names=[a, b]", "--timeout", "0.2")
    for isolate in ((), ("--isolate",)):
        found = tried(text, rows("1", "9"), *options, *isolate)
        assert found["scores"] == [2.5, None] and "timeout of 0.2 s" in found["errors"][0]["error"]


def test_a_judge_can_be_named(tried):
    text = "def own(answer, judge): return judge.number(answer)"
    with serving() as serve:
        address = serve(lambda body: "0.25").address
        assert tried(text, rows("1"), "--judge", address, "--judge-model", "m")["scores"] == [0.25]


def test_how_long_a_judge_may_take_can_be_said(tried):
    done = threading.Event()
    with serving() as serve:
        address = serve(lambda body: str(done.wait(60))).address
        options = ("--judge", address, "--judge-model", "m", "--judge-timeout", "0.05")
        found = tried("def own(answer, judge): return judge.number(answer)", rows("1"), *options)
        done.set()
    assert found["scores"] == [None] and "does not answer (timed out)" in found["errors"][0]["error"]


def test_what_a_reward_prints_is_no_part_of_the_answer(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("import os\ndef own():\n print('python')\n os.write(1, b'past python')\n return 1")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"question": "?", "response": "4"}))
    with pytest.raises(SystemExit):
        cli.main(["rewards", "try", "own.py:own", "--on", "rows.jsonl", "--json"])
    said, aside = capfd.readouterr()
    assert json.loads(said)["scores"] == [1.0] and "past python" in aside and "python\n" in aside


def test_scores_that_are_all_alike_are_said(tried):
    assert tried("def own(): return 0", rows("1", "2"))["notes"] == [
        "every score is 0: nothing could be learned from these"
    ]


def test_many_scores_are_told_in_ten_ranges(tried):
    found = tried("def own(answer): return int(answer)", rows(*range(21)))["distribution"]
    assert found["bins"][0] == [0.0, 2.0, 2] and found["bins"][-1] == [18.0, 20.0, 3] and len(found["bins"]) == 10


def test_for_people_it_says_the_same_and_no_text_steers_the_terminal(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("def own(answer): return int(answer), {'part': 2, 'read': '\\x1b[31m'}")
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows("1", "2", "\x1b[31m", "x"))))
    code, out, _ = call("try", "own.py:own", "--on", "rows.jsonl", "--show", "3")
    assert code == 0 and "\x1b" not in out
    for part in (
        "1  line 1",
        "part 2",
        "error  line 3",
        "1 more",
        "raised ValueError",
        "mean 1.5",
        "4 answers: 2 scored, 2 errors",
    ):
        assert part in out


BAD = {
    "no file": ((), "gone.jsonl", "neither a file nor a campaign at gone.jsonl"),
    "no rows": (["", " "], None, "holds no rows"),
    "no JSON": ([*rows("1"), "", '{"question": '], None, "line 3 of rows.jsonl is no JSON"),
    "no object": (["[1]"], None, "line 1 of rows.jsonl is [1], but a row is a JSON object"),
    "no response": (['{"question": "?"}'], None, "has no 'response'"),
    "no text": (['{"question": 3, "response": "x"}'], None, "holds 3 as 'question'"),
    "no answer": (rows("1", answer=[1, 2]), None, "[1, 2] as its answer"),
    "no such kind": (
        rows("1", answer={"kind": "colour", "value": 1}),
        None,
        "an answer that is none: answer kind 'colour'",
    ),
    "no such value": (rows("1", answer={"kind": "boxes", "value": [[1, 2]]}), None, "is no boxes"),
    "no such choice": (
        rows("1", answer={"kind": "choice", "value": "C", "choices": ["A"]}),
        None,
        "not among its choices",
    ),
    "no tokens": (rows("1", tokens=["a"]), None, "as its tokens"),
    "no length": (rows("1", length=-1), None, "-1 as its length"),
    "no finish": (rows("1", finish="soon"), None, "'soon' as its finish"),
    "no sizes": (rows("1", sizes=[[1, 2]]), None, "as its sizes"),
    "no image": (rows("1", image={"bytes": ""}), None, "an image that is no path"),
    "deep": (["[" * 100_000], None, "line 1 of rows.jsonl is no JSON"),
    "binary": (["\udcff\udcfe"], None, "line 1 of rows.jsonl is no JSON"),
    "no campaign": ((), "folder", "is not a campaign"),
}


@pytest.mark.parametrize(("made", "on", "said"), BAD.values(), ids=BAD)
def test_rows_that_are_none_are_one_sentence(call, tmp_path, monkeypatch, made, on, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "own.py").write_text("def own(answer): return 1.0")
    lines = [one if isinstance(one, str) else json.dumps(one) for one in made]
    (tmp_path / "rows.jsonl").write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    code, out, err = call("try", "own.py:own", "--on", on or "rows.jsonl")
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1 and "Traceback" not in err


@pytest.mark.parametrize(
    ("use", "options", "said"),
    [
        ("own.py:onw", (), "did you mean 'own'?"),
        ("own.py", (), "write FILE.py:FUNCTION"),
        ("onw.py:own", (), "neither beside the recipe"),
        ("own.py:odd", (), "asks for 'anser', which nothing gives it"),
        ("own.py:own", ("--with", "answr=1"), "has no parameter 'answr'"),
        ("own.py:own", ("--with", "answer"), "write key=value"),
        ("own.py:own", ("--with", "x=[1"), "--with x"),
        ("own.py:own", ("--per", "row"), "per: "),
        ("own.py:own", ("--timeout", "-1"), "timeout: "),
        ("own.py:judged", (), "asks for 'judge', but has none"),
        ("own.py:judged", ("--judge", "nowhere"), "judge.address"),
        ("own.py:judged", ("--judge", "http://a"), "has no model"),
        ("broken.py:own", (), "fails when it is loaded (ZeroDivisionError"),
    ],
)
def test_a_call_that_cannot_be_is_one_sentence(call, tmp_path, monkeypatch, use, options, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("def own(answer): ...\ndef odd(anser): ...\ndef judged(judge): ...")
    (tmp_path / "broken.py").write_text("1 / 0\ndef own(answer): ...")
    (tmp_path / "rows.jsonl").write_text(json.dumps(rows("4")[0]))
    code, out, err = call("try", use, "--on", "rows.jsonl", *options)
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1 and "Traceback" not in err


# --- over a past campaign


@pytest.fixture
def campaign(tmp_path):
    """Two played steps: one that trained the proposer, one that trained the solver."""
    source = tmp_path / "reward.py"
    source.write_text("def pays(answer): return 1.0")
    paid = [{"use": "reward.py:pays"}]
    wanted = recipe(
        roles={
            "proposer": {"policy": "main", "rewards": [{"use": "own.py:own"}]},
            "solver": {"policy": "main", "rewards": paid},
        }
    )
    one = reward("reward.py:pays", lambda answer: float(answer == "4"))
    with Journal.create(tmp_path / "run", wanted, {"reward.py:pays": source, "own.py:own": source}) as journal:
        request = task("proposal/1", family="proposal", right=None)
        proposed = Episode(
            task=request,
            rollouts=(answers("x", request, role="proposer"),),
            proposals=(Proposal(family="count", level=2),),
            children=(
                Episode(
                    task=(child := task("m", parent="proposal/1#0")),
                    rollouts=(answers("4", child), answers("5", child, sibling=1)),
                ),
            ),
        )
        solved = Episode(task=task("s"), rollouts=(answers("4", task("s")), answers("5", task("s"), sibling=1)))
        for cursor, episode in zip(journal.cursors(), (proposed, solved), strict=False):
            journal.played(cursor, lambda: Played(episodes=(episode,), scored=score([episode], [one], cursor, {}, 1.0)))  # noqa: B023
    return tmp_path / "run"


def test_try_scores_a_campaigns_answers(call, campaign, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text("""
def own(votes, archive, posterior, proposal, batch):
    assert proposal in batch
    return sum(votes) + archive["count/2"]
def other(answer, step, archive, posterior):
    assert archive == {"count/2": 1} and posterior.rate(("count", 2)) > 0
    return int(answer) + step
""")
    before = sorted((path, path.stat().st_mtime_ns) for path in campaign.rglob("*"))
    code, out, err = call("try", "own.py:other", "--on", campaign, "--json")
    found = json.loads(out)
    assert (code, found["scores"], found["notes"]) == (0, [5.0, 6.0], ["answers of the solver"]), err
    found = json.loads(call("try", "own.py:own", "--on", campaign, "--json")[1])
    assert found["scores"] == [1.0] and found["notes"] == ["answers of the proposer"]
    found = json.loads(call("try", "own.py:own", "--on", campaign, "--json", "--steps", "1", "--role", "proposer")[1])
    assert found["scores"] == [1.0]
    assert sorted((path, path.stat().st_mtime_ns) for path in campaign.rglob("*")) == before
    code, _, err = call("try", "own.py:own", "--on", campaign, "--role", "solvr")
    assert code == 2 and "did you mean 'solver'?" in err
