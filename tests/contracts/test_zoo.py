"""The shipped tiny model keeps its promises: form, valid proposals, room to learn; and its recipe runs."""

import pytest

from mmzero import families, shipped
from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.evaluate import answer, suite
from mmzero.journal.images import ImageStore
from mmzero.recipe.tree import Says
from mmzero.roles import proposer
from mmzero.types import Ask, Proposal
from mmzero.zoo.build import Course, Schooling, build
from mmzero.zoo.lessons import LOOKING, REQUEST, lesson

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return ImageStore(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def sampler(images):
    return TransformersSampler(shipped.model("tiny"), images.path, rows=256)


def test_answers_have_the_form_and_there_is_room_to_learn(sampler, images):
    tasks = suite("probe-tiny").tasks(160, images.put)
    greedy = answer(tasks, sampler, Says(max_tokens=160, temperature=0.0), policy="main")
    sampled = answer(tasks, sampler, Says(max_tokens=160), policy="main", samples=8)
    assert sum(row["formed"] for row in sampled) / len(sampled) >= 0.95
    solved_once = {row["task_id"] for row in sampled if row["correct"]}
    right = sum(row["correct"] for row in greedy) / len(greedy)
    assert len(solved_once) / len(tasks) - right >= 0.25
    assert right > 0.25, "a blind model is right on about one in six"


def test_nine_in_ten_proposals_are_valid(sampler):
    requests = [proposer.request(2 * i, "proposer", REQUEST, families.PRIMER) for i in range(50)]
    asks = [
        Ask(
            task=task, role="proposer", policy="main", system="", text=task.question, images=(), max_tokens=48,
            temperature=1.0, seeds_G=tuple(range(i, i + 8)),
        )
        for i, task in enumerate(requests)
    ]  # fmt: skip
    read = [proposer.read(rollout, families.PRIMER) for group in sampler.play(asks) for rollout in group]
    assert sum(isinstance(one, Proposal) for one in read) / len(read) >= 0.9


def test_the_weights_fit_in_twelve_megabytes():
    folder = shipped.model("tiny")
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 12e6


def test_a_lesson_is_a_function_of_its_number():
    assert [lesson(n, drawn=False) for n in range(50)] == [lesson(n, drawn=False) for n in range(50)]
    assert {lesson(n, drawn=False).response.count("at a glance.") for n in range(500)} == {0}
    late = [lesson(LOOKING + n, drawn=False).response for n in range(400)]
    assert 0.3 < sum("at a glance." in response for response in late) / len(late) < 0.55


def test_the_recipe_of_the_tiny_model_runs(tmp_path):
    from transformers import AutoModelForImageTextToText, AutoProcessor

    quick = Schooling(courses=(Course(2, 1e-3), Course(2, 1e-3)), rows=4, vocabulary=320, corpus=100)
    folder = build(tmp_path / "tiny", quick)
    AutoModelForImageTextToText.from_pretrained(folder)
    tokenizer = AutoProcessor.from_pretrained(folder).tokenizer
    assert len(tokenizer("<think></think><answer></answer>").input_ids) == 4
    build(folder, quick)  # its own work may be replaced
