"""What is taught about invented pictures is true: every answer is told again from the shapes alone."""

import re
from collections import Counter
from random import Random

import pytest

from mmzero.roles import coder, dialect, open_proposer
from mmzero.types import Drawing
from mmzero.zoo import inventions, making
from mmzero.zoo.inventions import GRID, TOPICS
from mmzero.zoo.lessons import GLANCE

STEP = dialect.SIDE // GRID
SEEDS = range(150)


def places(shapes):
    """Name -> rows and columns of each."""
    found = {}
    for one in shapes:
        found.setdefault(f"{one.colour} {one.form}", []).append((one.y // STEP + 1, one.x // STEP + 1))
    return found


def answer(question, shapes):
    """A second opinion, from the shapes."""
    at = places(shapes)
    heights = Counter(one.colour for one in shapes)
    names = re.findall(r"\b(?:red|blue|green|yellow) (?:circle|square|triangle)", question)
    colours = re.findall(r"(\w+) column\b", question)
    if question.startswith("How many steps"):
        (row, column), (to_row, to_column) = (at[name][0] for name in names)
        return str(abs(row - to_row) + abs(column - to_column))
    if question.startswith("In which"):
        return str(at[names[0]][0]["row" not in question])
    if question.startswith("How many more"):
        return str(len(at[names[0]]) - len(at[names[1]]))
    if question.startswith("How much higher"):
        return str(heights[colours[0]] - heights[colours[1]])
    if "most of" in question:
        return f"{max(names, key=lambda name: len(at[name]))}s"
    if "highest" in question:
        return max(heights, key=heights.get)
    if question.startswith("How high is"):
        return str(heights[colours[0]])
    return str(len(at[names[0]]) if names else len(shapes))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_answer_is_what_the_shapes_show_and_is_worked_out(topic):
    for seed in SEEDS:
        made = inventions.invention(topic, Random(seed))
        idea = made.idea
        assert answer(idea.easy_question, made.shapes) == idea.easy_answer, (idea, made.shapes)
        assert answer(idea.hard_question, made.shapes) == idea.hard_answer, (idea, made.shapes)
        for worked, right in ((made.easy, idea.easy_answer), (made.hard, idea.hard_answer)):
            assert right in re.findall(r"\w+", worked[-1]) or right in worked[-1]
        assert len({(one.x, one.y) for one in made.shapes}) == len(made.shapes), "nothing hides another"


@pytest.mark.parametrize("topic", TOPICS)
def test_a_caption_says_all_that_is_drawn(topic):
    for seed in SEEDS:
        made = inventions.invention(topic, Random(seed))
        at, caption = places(made.shapes), made.idea.caption
        if topic == "maps":
            told = re.findall(r"(\w+ \w+) in row (\d) column (\d)", caption)
            assert {name: [(int(row), int(column))] for name, row, column in told} == at
        elif topic == "charts":
            heights = Counter(one.colour for one in made.shapes)
            assert {colour: int(height) for colour, height in re.findall(r"(\w+) (\d)", caption)} == heights
            columns = [one.x for one in made.shapes]
            assert columns == sorted(columns) and max(one.y for one in made.shapes) == dialect.SIDE - STEP // 2
        else:
            told = re.findall(r"(\d) (\w+ \w+?)(s?)(?=,| and |$)", caption)
            assert {name: int(n) for n, name, _ in told} == {name: len(each) for name, each in at.items()}
            assert all((n == "1") == (not plural) for n, _, plural in told)


def test_hard_questions_are_of_several_sorts():
    hard = [inventions.invention(topic, Random(seed)).idea.hard_question for topic in TOPICS for seed in SEEDS]
    assert len({" ".join(question.split()[:2]) for question in hard}) >= 5


def test_lessons_are_read_by_those_who_read_models_and_are_functions_of_their_numbers():
    lessons = [making.lesson(n, drawn=False) for n in range(400)]
    assert lessons[:40] == [making.lesson(n, drawn=False) for n in range(40)]
    ideas = [one for one in lessons if one.question.startswith("Invent")]
    drawings = [one for one in lessons if one.question.startswith("Draw")]
    assert len(ideas) > 20 and len(drawings) > 20
    assert {open_proposer.parse(one.response).content for one in ideas} == {"other", "data_chart", "map"}
    assert all(isinstance(coder.parse(one.response, "dialect"), Drawing) for one in drawings)
    boxes = [one for one in lessons if one.question.startswith("Give the bounding box of the")]
    assert 0.2 < sum(GLANCE in one.response for one in boxes) / len(boxes) < 0.7


def test_a_lessons_picture_is_what_the_sandbox_would_show():
    made = inventions.invention("charts", Random(3))
    picture = making.picture(made.shapes)
    assert picture.size == (64, 64) and picture.mode == "RGB"
    for one in made.shapes:
        assert picture.getpixel((one.x, one.y)) == dialect.COLOURS[one.colour]
