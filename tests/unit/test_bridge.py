"""`mmzero bridge`: who is asked what, what lies in the folder afterwards, and that it goes on where it was broken off."""

import json
from hashlib import sha256

import pytest
from judge_material import serving

from mmzero import bridge as room
from mmzero.errors import UserError
from mmzero.recipe.read import read
from mmzero.recipe.tree import Columns, Dataset
from mmzero.scoring.judge import Unknown
from mmzero.sources import dataset
from mmzero.sources.written import written

TASKS = 6
LINE = "Every dot was looked at in its turn, and then they were counted once more."


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    dataset.opened.cache_clear()


@pytest.fixture
def serve():
    with serving() as start:
        yield start


def recipe(sees="http://localhost:1/v1", reasons="http://localhost:2/v1", *sets):
    voices = [f"bridge.sees.address={sees}", f"bridge.reasons.address={reasons}", "bridge.sees.concurrency=2"]
    bank = "sources.bank={kind: bank, families: [count], skin: tiny, levels: [0, 1]}"
    return read("vision_r1_bridged", [*voices, bank, f"bridge.tasks={TASKS}", *sets])[0]


class Voice:
    """`say(prompt, images)`, and what it was asked."""

    most_at_once = 2

    def __init__(self, say):
        self.say, self.asked = say, []

    def __call__(self, prompt, images=()):
        self.asked.append((prompt, len(images)))
        return self.say(prompt)


def answered(answers):
    """A reasoner that knows what is right of each question."""
    return lambda prompt: f"<think>{LINE}</think> \\boxed{{{next(a for q, a in answers.items() if q in prompt)}}}"


def truths(tree):
    """By question; where two pictures are asked the same, neither is known."""
    found = {}
    for place in range(TASKS):
        task = room._task(tree, place, lambda png: "0" * 32)
        found[task.question] = task.answer.text if task.question not in found else "?"
    return found


def lines(name):
    with open(name) as file:
        return [json.loads(line) for line in file]


def test_one_sees_twice_and_one_reads_once(tmp_path):
    tree = recipe()
    sees = Voice(lambda prompt: "A white sheet with dots." if "What somebody thought" in prompt else "I see dots.")
    reasons = Voice(answered(truths(tree)))
    work = room.Work(tmp_path / "cold", tree)
    room.bridge(tree, work, sees, reasons)
    assert [shown for _, shown in sees.asked] == [1] * 2 * TASKS and [shown for _, shown in reasons.asked] == [
        0
    ] * TASKS
    first = [prompt for prompt, _ in sees.asked if "What somebody thought" in prompt]
    assert len(first) == TASKS and all("thought when they saw it:\nI see dots." in prompt for prompt in first)
    assert all(prompt.startswith("A white sheet with dots.\n\nQuestion: ") for prompt, _ in reasons.asked)
    counts = work.counts()
    assert sum(counts.values()) == TASKS and counts["kept"] == len(lines("cold/rows.jsonl")) > 0


def test_what_is_kept_is_a_dataset_of_written_answers(tmp_path):
    tree = recipe()
    work = room.Work(tmp_path / "cold", tree)
    room.bridge(tree, work, Voice(lambda _: "dots"), Voice(answered(truths(tree))))
    columns = Columns(response="response", answer_kind="answer_kind", family="family", level="level", kind="kind")
    source = Dataset(kind="dataset", path="cold/rows.jsonl", columns=columns, shuffle=False)
    holding = tree.model_copy(update={"sources": {**tree.sources, "cold": source}})
    kept = [room._task(tree, row["place"], work.images.put) for row in lines("cold/rows.jsonl")]
    for place, was in enumerate(kept):
        task = dataset.task("cold", source, 0, place, 2, work.images.put)
        assert (task.question, task.answer.value, task.images) == (was.question, was.answer.value, was.images)
        assert (task.family, task.kind, task.level) == (was.family, was.kind, was.level)
        assert written(holding, task) == f"<think>{LINE}</think><answer>{was.answer.text}</answer>"


def test_what_is_left_out_says_why_and_silence_is_no_answer(tmp_path):
    tree = recipe()

    def silent(prompt):
        raise Unknown("the judge at http://localhost:1/v1 does not answer")

    for name, sees, reasons, reason in (
        ("a", silent, lambda _: "", "unanswered"),
        ("b", lambda _: "dots", silent, "unanswered"),
        ("c", lambda _: "dots <|im_end|>", lambda _: "", "marks"),
        ("d", lambda _: "dots", lambda _: f"<think>{LINE}</think><answer>77</answer>", "wrong"),
    ):
        work = room.Work(tmp_path / name, tree)
        room.bridge(tree, work, Voice(sees), Voice(reasons))
        assert work.counts() == {"kept": 0, reason: TASKS}
        left = lines(f"{name}/left.jsonl")
        assert sorted(row["place"] for row in left) == list(range(TASKS)) and all(row["detail"] for row in left)


def test_it_goes_on_where_it_was_broken_off(tmp_path):
    tree = recipe()
    right = answered(truths(tree))
    whole = room.Work(tmp_path / "whole", tree)
    room.bridge(tree, whole, Voice(lambda _: "dots"), Voice(right))

    class Broken(KeyboardInterrupt):
        pass

    def breaks(done, of):
        if done == 3:
            raise Broken

    with pytest.raises(Broken):
        room.bridge(tree, room.Work(tmp_path / "cold", tree), Voice(lambda _: "dots"), Voice(right), breaks)
    with open("cold/left.jsonl", "a") as file:
        file.write('{"place": 4, "rea')  # as a killed writer leaves it
    sees, again = Voice(lambda _: "dots"), room.Work(tmp_path / "cold", tree)
    room.bridge(tree, again, sees, Voice(right))
    assert len(sees.asked) == 2 * (TASKS - 3) and again.counts() == whole.counts()
    for name in ("rows.jsonl", "left.jsonl"):
        assert (tmp_path / "cold" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    room.Work(tmp_path / "cold", recipe())
    with pytest.raises(UserError, match=r"was begun with other settings, which its bridge\.json holds; choose another"):
        room.Work(tmp_path / "cold", recipe("http://localhost:3/v1"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UserError, match="already holds files; choose another --out"):
        room.Work(tmp_path / "mine", recipe())


def test_it_runs_from_the_command_line_over_served_models(call, serve, tmp_path):
    tree = recipe()
    right = truths(tree)
    sees = serve(lambda body: sha256(json.dumps(body).encode()).hexdigest())  # else who reasons is asked the same again
    reasons = serve(lambda body: answered(right)(body["messages"][0]["content"]))
    where = ("--set", f"bridge.sees.address={sees.address}", "--set", f"bridge.reasons.address={reasons.address}")
    bank = ("--set", "sources.bank={kind: bank, families: [count], skin: tiny, levels: [0, 1]}")
    asked = ("bridge", "vision_r1_bridged", "--out", "cold", "--set", f"bridge.tasks={TASKS}", *where, *bank)
    code, out, err = call(*asked)
    assert code == 0 and f"{TASKS} of {TASKS} tasks" in err
    kept = len(lines("cold/rows.jsonl"))
    assert f"{kept} of {TASKS} answers are kept in cold/rows.jsonl" in out
    assert len(sees.asked) == 2 * TASKS and len(reasons.asked) == TASKS
    assert sees.asked[0][2]["messages"][0]["content"][0]["type"] == "image_url"
    code, out, _ = call(*asked, "--json")  # nothing is asked again
    assert code == 0 and json.loads(out)["kept"] == kept and len(reasons.asked) == TASKS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("bridge.of=nowhere", "bridge.of is 'nowhere', which is no bank or dataset of this recipe (it has solutions, bank,"),
        ("bridge.asks=What is it?", "bridge.asks does not hold {description}"),
        ("bridge.describes=Look at {thought}", "bridge.describes holds {thought}, which nothing fills; it may hold {question}"),
        ("bridge.words=[9, 8]", "bridge.words is [9, 8]; write it as [least, most]"),
        ("bridge.sees={policy: other}", "bridge.sees.policy is 'other', which policies does not define (it has main)"),
    ],
)  # fmt: skip
def test_a_wrong_bridge_is_one_sentence(call, change, said):
    code, out, err = call("bridge", "vision_r1_bridged", "--out", "cold", "--set", change)
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1


def test_a_recipe_without_a_bridge_is_one_sentence(call):
    code, _, err = call("bridge", "tiny", "--out", "cold")
    assert code == 2 and "the recipe tiny has no bridge; add one that says of what, who sees and who reasons" in err
