"""A dataset as a source: its rows become typed tasks, each comes once in an epoch, and a bad one is named by its number."""

import io
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from play_material import recipe

from mmzero import bank, families, sources
from mmzero.bank import export
from mmzero.errors import UserError
from mmzero.journal.images import ImageStore
from mmzero.recipe.tree import Columns, Dataset, Phase
from mmzero.sources import dataset
from mmzero.sources.dataset.cells import answer_of
from mmzero.sources.state import State
from mmzero.types import Cursor


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    dataset.opened.cache_clear()


def picture(colour="red", size=(8, 6), form="PNG", mode="RGB", **more):
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, form, **more)
    return buffer.getvalue()


def lines(folder, *rows, name="rows.jsonl"):
    """Rows as a file, with a picture where one is named and none is there."""
    for row in rows:
        for path in [row["image"]] if isinstance(row.get("image"), str) else []:
            if not (folder / path).exists() and ".." not in path:
                (folder / path).write_bytes(picture())
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def rows_of(n):
    return [{"question": f"what is {i}?", "answer": str(i), "image": "a.png"} for i in range(n)]


def source(path, **more):
    return Dataset(kind="dataset", path=str(path), **more)


def task(of, place=0, put=lambda png: "hash"):
    return dataset.task("mine", of, 17, place, 4, put)


def asked(of, index, phases, **shares):
    """The tasks of a step of a campaign whose solver phases are (steps, prompts)."""
    many = tuple(
        Phase(train="solver", steps=steps, prompts=prompts, tasks=shares or {"mine": 1.0}) for steps, prompts in phases
    )
    base = recipe()
    schedule = base.schedule.model_copy(update={"phases": many, "iterations": 3})
    wanted = base.model_copy(update={"sources": {**base.sources, "mine": of}, "schedule": schedule})
    per = sum(phase.steps for phase in many)
    iteration, step, phase = index // per, index % per, 0
    while step >= many[phase].steps:
        step, phase = step - many[phase].steps, phase + 1
    return sources.tasks(wanted, many[phase], Cursor(index, iteration, phase, step), State(), lambda png: "hash")


def test_a_row_becomes_a_task_whose_answer_is_given(tmp_path):
    row = {"question": "How many?", "answer": 4, "image": "one.png", "who": "me"}
    found = task(source(lines(tmp_path, row), answer="number"))
    assert (found.question, found.answer.value, found.answer.kind, found.images) == (
        "How many?",
        4,
        "number",
        ("hash",),
    )
    assert found.answer.warrant.kind == "given" and found.answer.warrant.confidence == 1
    assert (found.id, found.source, found.family, found.kind, found.level) == ("mine/1", "mine", "mine", "row", 0)
    assert json.loads(found.scene) == {"question": "How many?", "answer": 4, "who": "me"}


@pytest.mark.parametrize("form", list(export.FORMS))
def test_what_the_bank_exports_is_read_back(tmp_path, form):
    """Every family once: question, answer, kind of answer and the picture's very bytes."""
    columns = {
        "trl": Columns(question="prompt", answer_kind="answer_kind", family="family", kind="kind", level="level"),
        "easyr1": Columns(
            question="problem", images="images", answer_kind="answer_kind", family="family", kind="kind", level="level"
        ),
        "verl": Columns(
            question="prompt", images="images", answer="reward_model.ground_truth", kind="ability",
            answer_kind="extra_info.answer_kind", family="extra_info.family", level="extra_info.level",
        ),
    }  # fmt: skip
    names = [*list(families.names())[::7], "boxes", "points"]
    made = [one for name in names for one in bank.make(name, 2, 1)]
    file = tmp_path / f"{form}.parquet"
    export.write(made, form, file)
    store = ImageStore(tmp_path / "images")
    store.folder.mkdir()
    of = source(file, columns=columns[form], shuffle=False)
    for place, one in enumerate(made):
        found, there = task(of, place, store.put), one.task
        assert (found.question, found.family, found.kind, found.level) == (
            there.question, there.family, there.kind, there.level,
        )  # fmt: skip
        assert store.path(found.images[0]).read_bytes() == one.png
        assert found.answer.text == there.answer.text and found.answer.warrant.kind == "given"
        # the file holds no choices, and a choice among nobody knows what is text
        assert found.answer.kind == ("text" if there.answer.kind == "choice" else there.answer.kind)
        if there.answer.kind in ("number", "boxes", "points", "text", "choice"):
            assert found.answer.value == there.answer.value
    assert {"number", "boxes", "points"} <= {one.task.answer.kind for one in made}


@pytest.mark.parametrize("kind", ["parquet", "json", "csv", "saved", "folder"])
def test_every_form_of_a_dataset_opens(tmp_path, kind):
    import datasets

    there = datasets.Dataset.from_list([{"question": "a?", "answer": "x"}, {"question": "b?", "answer": "y"}])
    if kind == "saved":
        there.save_to_disk(tmp_path / "d")
    elif kind == "folder":
        (tmp_path / "d").mkdir()
        there.to_parquet(tmp_path / "d" / "train.parquet")
    else:
        getattr(there, f"to_{kind}")(tmp_path / f"d.{kind}")
    path = tmp_path / ("d" if kind in ("saved", "folder") else f"d.{kind}")
    of = source(path, columns=Columns(images=None), shuffle=False)
    assert [task(of, place).answer.text for place in (0, 1)] == ["x", "y"] and task(of).images == ()


def test_a_folder_of_classes_is_a_choice_among_them(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "d" / name).mkdir(parents=True)
        (tmp_path / "d" / name / "1.png").write_bytes(picture())
    of = source(
        tmp_path / "d", columns=Columns(question="label", answer="label"), ask="What is it?", answer="choice",
        shuffle=False,
    )  # fmt: skip
    found = [task(of, place).answer for place in (0, 1)]
    assert [(one.value, one.choices) for one in found] == [("cat", ("cat", "dog")), ("dog", ("cat", "dog"))]


def test_the_template_asks_with_what_the_row_holds(tmp_path):
    row = {"question": "<image>Where is {it}?", "meta": {"what": "cat"}, "answer": "1, 2, 3, 4", "image": "a.png"}
    of = source(lines(tmp_path, row), ask="Find the {meta.what}. {question}", answer="boxes")
    assert task(of).question == "Find the cat. Where is {it}?"  # what a row says is no template
    assert task(of).answer.value == ((1, 2, 3, 4),)


def test_a_template_without_a_question_needs_no_such_column(tmp_path):
    of = source(
        lines(tmp_path, {"image": "1.png", "name": "cat", "answer": [[10, 20, 300, 400]]}),
        answer="boxes",
        ask="Detect {name}.",
    )
    assert (task(of).question, task(of).answer.value) == ("Detect cat.", ((10, 20, 300, 400),))


# --- the order


def test_each_row_comes_once_in_an_epoch_and_epochs_differ(tmp_path):
    of = source(lines(tmp_path, *rows_of(7)))
    found = [task(of, place) for place in range(21)]
    epochs = [[int(one.id.split("@")[0].split("/")[1]) for one in found[at : at + 7]] for at in (0, 7, 14)]
    assert all(sorted(one) == list(range(1, 8)) for one in epochs) and len({tuple(one) for one in epochs}) == 3
    assert len({one.id for one in found}) == 21  # a step may see an epoch's end and the next one's start


def test_another_seed_is_another_order_and_none_is_that_of_the_file(tmp_path):
    path = lines(tmp_path, *rows_of(9))
    orders = {
        tuple(dataset.task("mine", source(path), seed, place, 4, lambda png: "hash").id for place in range(9))
        for seed in range(5)
    }
    assert len(orders) == 5
    assert [task(source(path, shuffle=False), place).id for place in range(9)] == [f"mine/{i}" for i in range(1, 10)]


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6)), min_size=1, max_size=3),
    st.sampled_from([{"mine": 1.0}, {"mine": 0.5, "bank": 0.5}, {"mine": 0.3, "bank": 0.7}]),
    st.data(),
)
def test_a_campaign_goes_through_the_rows_in_order_wherever_it_is_resumed(shared_rows, phases, shares, data):
    """Every step alone, in any order: together they are the places 0, 1, 2, … with none left out and none twice."""
    steps = 3 * sum(steps for steps, _ in phases)
    by_step = {}
    for index in data.draw(st.permutations(range(steps))):
        by_step[index] = [one for one in asked(shared_rows, index, phases, **shares) if one.source == "mine"]
    found = [one.id for index in range(steps) for one in by_step[index]]
    assert found == [dataset.task("mine", shared_rows, recipe().seed, place, 4, str).id for place in range(len(found))]


@pytest.fixture(scope="module")
def shared_rows(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    return source(folder / lines(folder, *rows_of(5)), columns=Columns(images=None))


def test_a_share_is_kept_beside_a_bank(tmp_path):
    of = source(lines(tmp_path, *rows_of(40)))
    found = Counter(one.source for index in range(4) for one in asked(of, index, ((5, 8),), mine=0.25, bank=0.75))
    assert found == {"bank": 24, "mine": 8}


def test_more_prompts_than_rows_ask_a_row_again_as_a_task_of_its_own(tmp_path):
    ids = [one.id for one in asked(source(lines(tmp_path, *rows_of(2)), shuffle=False), 0, ((1, 5),))]
    assert ids == ["mine/1", "mine/2", "mine/1@1", "mine/2@1", "mine/1@2"]


# --- bad rows


BROKEN = b"\x89PNG\r\n\x1a\n nothing of the sort"
BAD = {
    "no question": ({"question": ""}, "row 2 asks nothing"),
    "a question that is no text": ({"question": None}, "row 2 has empty as its question"),
    "no answer": ({"answer": None}, "row 2 has empty as its answer: there is none"),
    "an empty answer": ({"answer": ""}, "row 2 has '' as its answer: there is none"),
    "a word for a number": ({"answer": "four"}, "row 2 has 'four' as its answer: it must be a number"),
    "no picture": ({"image": None}, "row 2 has no picture"),
    "a picture that is not there": (
        {"image": "../gone.png"},
        "row 2 has its picture at '../gone.png', which is not below",
    ),
    "what is no picture": ({"image": "words.png"}, "row 2 has a broken picture (it is no picture)"),
    "a broken picture": ({"image": "broken.png"}, "row 2 has a broken picture"),
    "a picture whose sums are wrong": ({"image": "bent.png"}, "row 2 has a broken picture"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_a_bad_row_is_named_by_its_number(tmp_path, case, caplog):
    (tmp_path / "broken.png").write_bytes(BROKEN)
    (tmp_path / "words.png").write_text("a picture")
    (tmp_path / "bent.png").write_bytes(picture().replace(b"IDAT", b"IDAT\1", 1))
    wrong, said = BAD[case]
    good = {"question": "?", "answer": "1", "image": "a.png"}
    path = lines(tmp_path, good, good | wrong, good)
    with pytest.raises(UserError) as error:
        task(source(path, answer="number"))
    assert said in str(error.value) and "1 of the 3 rows" in str(error.value) and "bad_rows: skip" in str(error.value)
    of = source(path, answer="number", bad_rows="skip", shuffle=False)
    assert [task(of, place).id for place in range(3)] == ["mine/1", "mine/3", "mine/1@1"]
    assert said in caplog.text and "they are left out" in caplog.text


def test_many_bad_rows_are_counted_and_few_of_them_named(tmp_path):
    with pytest.raises(UserError, match=r"9 of the 9 rows .*row 1 .*row 2 .*row 3 .*; …") as error:
        task(source(lines(tmp_path, *rows_of(9)), answer="boxes"))
    assert "row 4" not in str(error.value)


def test_cells_of_several_types_are_what_was_written_there(tmp_path):
    """datasets keeps such a column as JSON, in which the word "left" has quotation marks."""
    rows = [
        {"answer": 4, "deep": {"a": ["x", 1]}},
        {"answer": "left", "deep": {"a": [2]}},
        {"answer": True, "deep": None},
    ]
    path = lines(tmp_path, *({"question": "?", "image": "a.png"} | row for row in rows))
    of = source(path, shuffle=False, bad_rows="skip")
    assert [task(of, place).answer.text for place in range(2)] == ["4", "left"]
    assert dataset.opened(of).bad == 1
    assert [json.loads(task(of, place).scene)["deep"] for place in range(2)] == [{"a": ["x", 1]}, {"a": [2]}]


def test_a_row_with_more_pictures_leaves_the_others_as_they_are(tmp_path):
    rows = [{"question": "?", "answer": "1", "image": image} for image in ("a.png", ["a.png", "a.png"], ["a.png"])]
    path = lines(tmp_path, *rows)
    with pytest.raises(UserError, match=r"1 of the 3 rows .*row 2 has 2 pictures, and most_images is 1"):
        task(source(path))
    assert task(source(path, bad_rows="skip", shuffle=False), 1).id == "mine/3"


def test_choices_that_are_no_list_make_a_bad_row(tmp_path):
    row = {"question": "?", "answer": "a", "image": "a.png", "options": "ab"}
    with pytest.raises(UserError, match="row 1 has 'a' as its answer: its choices are 'ab', which is no list"):
        task(source(lines(tmp_path, row), columns=Columns(choices="options"), answer="choice"))


def test_more_pictures_than_allowed_make_a_bad_row(tmp_path):
    path = lines(tmp_path, {"question": "?", "answer": "1", "image": ["a.png", "a.png"]})
    (tmp_path / "a.png").write_bytes(picture())
    with pytest.raises(UserError, match="row 1 has 2 pictures, and most_images is 1"):
        task(source(path))
    assert task(source(path, most_images=2)).images == ("hash", "hash")


@pytest.mark.parametrize("bad_rows", ["stop", "skip"])
def test_a_picture_that_breaks_off_inside_shows_when_it_is_asked(tmp_path, bad_rows, caplog):
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(buffer, "JPEG")
    (tmp_path / "half.jpg").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) * 2 // 3])
    of = source(lines(tmp_path, {"question": "?", "answer": "1", "image": "half.jpg"}), bad_rows=bad_rows)
    if bad_rows == "stop":
        with pytest.raises(UserError, match=r"row 1 of rows\.jsonl has a broken picture"):
            task(of)
    else:
        assert task(of) is None and "row 1 of rows.jsonl has a broken picture" in caplog.text
        assert asked(of, 0, ((1, 2),)) == ()  # it is no bank's turn: nothing else is asked instead


def test_a_dataset_without_a_good_row_is_refused(tmp_path):
    with pytest.raises(UserError, match="has no row that can be asked"):
        task(source(lines(tmp_path, *rows_of(2)), answer="boxes", bad_rows="skip"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"columns": {"question": "questions"}}, "no column 'questions', which question is .* did you mean 'question'"),
        ({"columns": {"answer": "truth.text"}}, "no column 'truth.text', which answer is"),
        ({"ask": "Find {thing}."}, r"no column 'thing', which \{thing\} is"),
        ({"split": "test"}, r"rows.jsonl \(split test\) cannot be opened"),
    ],
)
def test_what_a_dataset_does_not_have_is_refused(tmp_path, more, said):
    with pytest.raises(UserError, match=said):
        task(source(lines(tmp_path, *rows_of(1)), **more))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.jsonl", None, "there is no dataset gone.jsonl"),
        ("rows.txt", "x", "rows.txt is no dataset; it must end in one of .parquet"),
        ("rows.jsonl", '{"question": ', "rows.jsonl .* cannot be opened"),
        ("rows.parquet", "x", "rows.parquet .* cannot be opened"),
    ],
)
def test_what_is_no_dataset_is_refused_in_a_sentence(tmp_path, name, content, said):
    if content:
        (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=said):
        task(source(name))


# --- answers and pictures


@pytest.mark.parametrize(
    ("said", "kind", "value"),
    [
        (4, "number", 4),
        (" 4.5 ", "number", 4.5),
        ("4", "number", 4),
        (" Red ", "text", "Red"),
        (7, "text", "7"),
        ("x^2", "expression", "x^2"),
        ([[1, 2, 3, 4.0], [5, 6, 7, 8.5]], "boxes", ((1, 2, 3, 4), (5, 6, 7, 8.5))),
        ([1, 2, 3, 4], "boxes", ((1, 2, 3, 4),)),
        ("[[1, 2, 3, 4]]", "boxes", ((1, 2, 3, 4),)),
        ("1, 2, 3, 4; 5, 6, 7, 8", "boxes", ((1, 2, 3, 4), (5, 6, 7, 8))),
        ([], "boxes", ()),
        ("1, 2", "points", ((1, 2),)),
        ("3, 1, 2", "sequence", ("3", "1", "2")),
        (["b", "a"], "set", frozenset("ab")),
        ([0.5, 2], "interval", (0.5, 2)),
    ],
)
def test_a_cell_is_read_as_the_answer_it_stands_for(said, kind, value):
    assert answer_of(said, kind).value == value


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (None, "text"), ("", "text"), ("  ", "text"), (True, "number"), ("4 or 5", "number"), (float("nan"), "number"),
        ([1, 2], "text"), ("1, 2, 3", "boxes"), ([[1, 2, 3]], "boxes"), ("", "boxes"), ({"x": 1}, "boxes"),
        ([[1, 2], [3, 4]], "interval"), ("x" * 10_001, "text"), ("abc", "mask"), ("x", "colour"),
    ],
)  # fmt: skip
def test_a_cell_that_is_no_such_answer_is_refused(said, kind):
    with pytest.raises((ValueError, TypeError)):
        answer_of(said, kind)


def test_a_choice_must_be_among_its_choices():
    assert answer_of("a", "choice", ("a", "b")).choices == ("a", "b")
    with pytest.raises(ValueError, match="not among its choices"):
        answer_of("c", "choice", ("a", "b"))
    assert answer_of("c", "choice").kind == "text"


def test_pictures_become_png_upright_and_on_white(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6  # a quarter turn
    (tmp_path / "turned.jpg").write_bytes(picture(form="JPEG", size=(8, 6), exif=turned.tobytes()))
    (tmp_path / "clear.png").write_bytes(picture((0, 0, 0, 0), mode="RGBA"))
    rows = [{"question": "?", "answer": "1", "image": name} for name in ("turned.jpg", "clear.png")]
    kept = []
    of = source(lines(tmp_path, *rows), shuffle=False)
    for place in (0, 1):
        task(of, place, lambda png: kept.append(png) or "hash")
    turned, clear = (Image.open(io.BytesIO(png)) for png in kept)
    assert (turned.format, turned.size) == ("PNG", (6, 8))
    assert clear.mode == "RGB" and clear.getpixel((0, 0)) == (255, 255, 255)
