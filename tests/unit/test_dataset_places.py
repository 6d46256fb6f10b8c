"""Boxes in whatever frame, annotations of COCO and LVIS, rows that another set has too: each read once, and said by number."""

import io
import json

import pytest
from PIL import Image

from mmzero.answers import masks, matches
from mmzero.errors import UserError
from mmzero.recipe.tree import Boxes, Coco, Dataset
from mmzero.sources import dataset
from mmzero.sources.dataset import coco
from mmzero.sources.dataset.cells import Bad, answer_of
from mmzero.sources.dataset.places import placed


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    dataset.opened.cache_clear()
    dataset._marks.cache_clear()


def picture(colour="red", size=(200, 100), form="PNG", **more):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, form, **more)
    return buffer.getvalue()


def source(path, **more):
    return Dataset(kind="dataset", path=str(path), shuffle=False, **more)


def tasks(of, n, apart=None):
    return [dataset.task("mine", of, 17, place, 4, lambda png: "hash", apart) for place in range(n)]


# --- masks


HALF = [[0, 0], [100, 0], [100, 100], [0, 100]]  # of a picture of 200 by 100


@pytest.mark.parametrize(
    "said",
    [HALF, [100, 0, 0, 0, 0, 100, 100, 100], {"size": [100, 200], "counts": [0, 10_000, 10_000]}, json.dumps([HALF])],
)
def test_a_mask_becomes_run_lengths_that_say_their_size(said):
    found = placed(answer_of(said, "mask"), Boxes(), [(200, 100)])
    size = json.loads(found.value)["size"]
    assert size == [100, 200] and masks.against(json.dumps(HALF), found.value) == (10_000, 10_000)
    assert matches(json.dumps(HALF), found) and not matches("[0, 0, 9, 0, 9, 9]", found)


@pytest.mark.parametrize(
    ("said", "sizes", "what"),
    [
        (
            {"size": [200, 100], "counts": [0, 10_000, 10_000]},
            [(200, 100)],
            "run lengths or polygons of 200 by 100 pixels",
        ),
        ([1, 2, 3], [(200, 100)], r"has '\[1, 2, 3\]' as its answer"),
        (HALF, [(200, 100), (200, 100)], "has 2 pictures, and a mask is of one"),
    ],
)
def test_what_is_no_mask_of_its_picture_is_a_bad_row(said, sizes, what):
    with pytest.raises(Bad, match=what):
        placed(answer_of(said, "mask"), Boxes(), sizes)


# --- frames


@pytest.mark.parametrize(
    ("form", "frame", "said"),
    [
        ("xyxy", "thousandths", [100, 200, 300, 600]),
        ("xywh", "thousandths", [100, 200, 200, 400]),
        ("xyxy", "unit", [0.1, 0.2, 0.3, 0.6]),
        ("xywh", "unit", [0.1, 0.2, 0.2, 0.4]),
        ("xyxy", "original", [20, 20, 60, 60]),  # of a picture of 200 by 100
        ("xywh", "original", [20, 20, 40, 40]),
    ],
)
def test_one_box_is_the_same_in_every_frame(form, frame, said):
    found = placed(answer_of([said], "boxes"), Boxes(form=form, frame=frame), [(200, 100)])
    assert found.value == ((100, 200, 300, 600),)
    assert found.text == "100, 200, 300, 600"


def test_points_and_what_is_no_place():
    pixels = Boxes(frame="original")
    assert placed(answer_of([20, 20], "points"), pixels, [(200, 100)]).value == ((100, 200),)
    number = answer_of(2000, "number")
    assert placed(number, pixels, [(200, 100)]) is number


@pytest.mark.parametrize(
    ("said", "frame", "why"),
    [
        ([20, 20, 260, 60], "original", "lies outside its picture"),
        ([120, 40, 300, 900], "unit", "lies outside its picture"),
        ([20, 20, 60, 1100], "thousandths", "lies outside its picture"),
        ([60, 20, 20, 60], "thousandths", "corners the wrong way round, or no width"),
        ([20, 20, 20, 60], "thousandths", "corners the wrong way round, or no width"),
    ],
)
def test_a_box_in_the_wrong_frame_is_a_bad_row_and_no_number(said, frame, why):
    with pytest.raises(Bad, match=why):
        placed(answer_of([said], "boxes"), Boxes(frame=frame), [(200, 100)])


def test_a_box_a_pixel_outside_is_cut():
    found = placed(answer_of([[-0.2, 0, 200.3, 50]], "boxes"), Boxes(frame="original"), [(200, 100)])
    assert found.value == ((0, 0, 1000, 500),)


def test_the_row_with_the_wrong_frame_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(picture())
    rows = [{"question": "?", "answer": [[20, 20, x, 60]], "image": "a.png"} for x in (60, 1400)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(
        UserError, match=r"row 2 has the place \(20, 20, 1400, 60\) in its answer, in thousandths, which"
    ):
        tasks(source("rows.jsonl", answer="boxes"), 1)


def test_a_picture_on_its_side_is_measured_as_it_is_seen(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(picture(form="JPEG", exif=turned.tobytes()))
    (tmp_path / "rows.jsonl").write_text(json.dumps({"question": "?", "answer": [[20, 20, 60, 60]], "image": "a.jpg"}))
    (one,) = tasks(source("rows.jsonl", answer="boxes", boxes={"frame": "original"}), 1)
    assert one.answer.value == ((200, 100, 600, 300),)  # 100 wide and 200 high


# --- COCO and LVIS


def annotations(folder, **more):
    held = {
        "images": [{"id": 7, "file_name": "a.png"}, {"id": 3, "file_name": "b.png"}, {"id": 9, "file_name": "c.png"}],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "fire_hydrant"}],
        "annotations": [
            {"image_id": 7, "category_id": 2, "bbox": [20, 20, 40, 40]},
            {"image_id": 7, "category_id": 1, "bbox": [0, 0, 200, 100]},
            {"image_id": 7, "category_id": 2, "bbox": [100, 50, 50, 50]},
            {"image_id": 3, "category_id": 1, "bbox": [10, 10, 10, 10]},
            {"image_id": 9, "category_id": 1, "bbox": [10, 10, 10, 10], "iscrowd": 1},
        ],
        **more,
    }
    for name in "abc":
        (folder / f"{name}.png").write_bytes(picture(size=(200, 100)))
    (folder / "instances.json").write_text(json.dumps(held))
    return Coco(kind="coco", path="instances.json", shuffle=False)


def test_a_row_for_each_picture_and_category_and_none_for_a_crowd(tmp_path):
    found = tasks(annotations(tmp_path), 3)
    assert [(one.family, one.answer.value) for one in found] == [
        ("cat", ((50, 100, 100, 200),)),
        ("cat", ((0, 0, 1000, 1000),)),
        ("fire hydrant", ((100, 200, 300, 600), (500, 500, 750, 1000))),
    ]
    assert "category 'fire hydrant'" in found[2].question and found[2].answer.kind == "boxes"
    assert tasks(annotations(tmp_path), 4)[3].id == "mine/1@1"


def test_categories_and_shots_choose_the_same_rows_every_time(tmp_path):
    of = annotations(tmp_path)
    only = of.model_copy(update={"categories": ("cat",), "shots": 1})
    assert [row["category"] for row in coco.rows(only)] == ["cat"] and coco.rows(only) == coco.rows(only)
    with pytest.raises(UserError, match=r"has no category 'fire hidrant'; did you mean 'fire hydrant'"):
        coco.rows(of.model_copy(update={"categories": ("fire hidrant",)}))


def test_what_is_not_there_can_be_asked_for(tmp_path):
    rows = coco.rows(annotations(tmp_path).model_copy(update={"absent": 0.25}))
    assert [row for row in rows if not row["boxes"]] == [{"image": "b.png", "category": "fire hydrant", "boxes": []}]
    empty = next(
        one for one in tasks(annotations(tmp_path).model_copy(update={"absent": 0.25}), 4) if one.answer.value == ()
    )
    assert empty.answer.text == ""


def test_lvis_names_its_files_by_address_and_says_what_it_has_not_looked_for(tmp_path):
    images = [{"id": 7, "coco_url": "http://images.cocodataset.org/val2017/a.png", "not_exhaustive_category_ids": [2],
               "neg_category_ids": []}]  # fmt: skip
    of = annotations(tmp_path, images=images).model_copy(update={"absent": 0.5})
    assert [(row["image"], row["category"]) for row in coco.rows(of)] == [("val2017/a.png", "cat")]


@pytest.mark.parametrize("content", ["{", "[]", '{"images": [{}], "annotations": []}', '{"images": [{"id": 1}]}'])
def test_what_holds_no_annotations_is_refused(tmp_path, content):
    (tmp_path / "instances.json").write_text(content)
    with pytest.raises(UserError, match=r"instances\.json holds no detection annotations of COCO's kind"):
        coco.rows(Coco(kind="coco", path="instances.json"))


# --- apart from another set


@pytest.fixture
def exam(tmp_path):
    (tmp_path / "seen.bmp").write_bytes(picture("blue", form="BMP"))
    rows = [{"question": "How  MANY cats?", "answer": "1", "image": "seen.bmp"}]
    (tmp_path / "exam.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return source("exam.jsonl")


@pytest.fixture
def lessons(tmp_path):
    (tmp_path / "seen.png").write_bytes(picture("blue"))  # the same pixels in another format
    (tmp_path / "new.png").write_bytes(picture("green"))
    rows = [("what?", "seen.png"), ("how many cats?", "new.png"), ("how many dogs?", "new.png")]
    made = [{"question": question, "answer": "1", "image": image} for question, image in rows]
    (tmp_path / "lessons.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    return source("lessons.jsonl", apart_from="exam")


@pytest.mark.parametrize(("by", "left"), [(("image",), [2, 3]), (("question",), [1, 3]), (("image", "question"), [3])])
def test_rows_that_the_other_set_has_too_are_left_out_and_counted(lessons, exam, by, left, caplog):
    of = lessons.model_copy(update={"apart_by": by})
    found = tasks(of, len(left), exam)
    assert [one.id for one in found] == [f"mine/{number}" for number in left]
    assert dataset.opened(of, exam).shared == 3 - len(left)
    assert f"{3 - len(left)} of the 3 rows of lessons.jsonl are also in exam; they are left out" in caplog.text
    assert len(dataset.opened(of).fit) == 3


def test_nothing_left_says_why(exam, tmp_path):
    (tmp_path / "again.jsonl").write_bytes((tmp_path / "exam.jsonl").read_bytes())
    with pytest.raises(
        UserError, match=r"no row that can be asked \(1 of its rows are also in exam.jsonl\).* apart_by"
    ):
        tasks(source("again.jsonl", apart_from="exam"), 1, exam)


def test_held_out_tasks_are_the_same_in_every_campaign(lessons):
    shuffled = lessons.model_copy(update={"shuffle": True, "apart_from": None})
    found = dataset.held_out("exam", shuffled, 10, lambda png: "hash")
    assert found == dataset.held_out("exam", shuffled, 10, lambda png: "hash")
    assert sorted(one.id for one in found) == ["exam/1", "exam/2", "exam/3"] and all(one.seed % 2 for one in found)
    assert dataset.held_out("exam", shuffled, 2, lambda png: "hash") == found[:2]


# --- written responses


def test_a_row_without_the_response_it_should_have_is_bad(tmp_path):
    (tmp_path / "a.png").write_bytes(picture())
    good = {"question": "?", "answer": "1", "image": "a.png", "said": "<think>so</think><answer>1</answer>"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(good) + "\n" + json.dumps(good | {"said": " "}) + "\n")
    with pytest.raises(UserError, match=r"row 2 has ' ' as its response, which is no text"):
        tasks(source("rows.jsonl", columns={"response": "said"}), 1)
