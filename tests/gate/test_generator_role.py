"""The coder in generator mode: what it says becomes a program or a countable reason, a run an instance, an instance a task."""

import json

import numpy as np
import pytest
from generator_material import right, says
from hypothesis import given
from hypothesis import strategies as st

from mmzero.answers import matches
from mmzero.render import Job, Result
from mmzero.roles import generator, reply
from mmzero.types import COMPUTED, Answer, Generator, Rejection

PROGRAM = right()[0].code
FENCED = f"```python\n{PROGRAM}\n```"


# --- what was said


def test_a_program_is_read_from_the_answer_or_from_the_whole_response():
    assert generator.read(says(reply.write("first, dots", FENCED))) == Generator(code=PROGRAM + "\n")
    assert generator.read(says(f"Here it is:\n{FENCED}\nEnjoy.")) == Generator(code=PROGRAM + "\n")


def test_the_last_block_of_python_stands():
    said = f"```python\nx = 1\n```\nNo:\n```py\n{PROGRAM}```\nIt prints\n```text\n7\n```"
    assert generator.parse(said) == Generator(code=PROGRAM)


@pytest.mark.parametrize(
    ("line", "reads"), [("READS = True", True), ("READS = False", False), ("READS = 1", False), ("", False)]
)
def test_a_program_says_whether_it_is_for_reading(line, reads):
    assert generator.parse(f"```python\n{line}\n{PROGRAM}\n```").reads is reads


@pytest.mark.parametrize(
    ("said", "reason", "detail"),
    [
        ("no code here", "no_code", "there is no block"),
        ("```\n" + PROGRAM + "```", "no_code", "there is no block"),
        ("```python\n" + PROGRAM, "no_code", "there is no block"),
        ("```python\n" + "#" * 20_001 + "\n```", "too_long", "20002 characters; at most 20000"),
        ("```python\ndef scene(:\n```", "no_python", "line 1"),
        ("```python\nx = '\0'\n```", "no_python", "line 1: source code string cannot contain null bytes"),
        ("```python\n" + "(" * 5000 + "\n```", "no_python", "line 1"),
        ("```python\n" + "-" * 19_000 + "1\n```", "no_python", "line 1"),
        ("```python\nimport os\n```", "no_function", "does not define scene, draw, question, answer"),
        (FENCED.replace("def question", "def ask"), "no_function", "does not define question"),
        (
            FENCED.replace("def answer(scene):", "class answer:\n  def f(scene):"),
            "no_function",
            "does not define answer",
        ),
    ],
)
def test_what_is_no_program_is_refused_with_a_reason(said, reason, detail):
    found = generator.parse(said)
    assert isinstance(found, Rejection) and found.reason == reason
    assert detail in found.detail


def test_a_function_may_be_a_lambda():
    assert isinstance(
        generator.parse(FENCED.replace("def question(scene):\n    return", "question = lambda scene:")), Generator
    )


def test_what_was_cut_off_is_not_read():
    assert generator.read(says(FENCED, finish="length")).reason == "truncated"


@given(st.text(st.sampled_from("`python\n\\(x= '\"#defscn:0")) | st.text())
def test_any_text_is_a_program_or_a_reason(text):
    assert isinstance(generator.parse(text), Generator | Rejection)
    assert isinstance(generator.parse(f"```python\n{text}\n```"), Generator | Rejection)


# --- what it answers


@pytest.mark.parametrize(
    ("said", "kind", "value", "tolerance", "text"),
    [
        (4, "number", 4, 0, "4"),
        (-3, "number", -3, 0, "-3"),
        (2.5, "number", 2.5, 0.0125, "2.5"),
        (True, "choice", "yes", 0, "yes"),
        (" two  words ", "text", "two words", 0, "two words"),
        (["red", "blue", 3], "sequence", ("red", "blue", 3), 0, "red, blue, 3"),
        ([[10, 20], [900, 5.5]], "points", ((10, 20), (900, 5.5)), 0, "10, 20; 900, 5.5"),
        ([[0, 0, 500, 1000]], "boxes", ((0, 0, 500, 1000),), 0, "0, 0, 500, 1000"),
        ({"kind": "number", "value": 3.2, "tolerance": 0.1}, "number", 3.2, 0.1, "3.2"),
        ({"kind": "sequence", "value": [1, 2]}, "sequence", (1, 2), 0, "1, 2"),
    ],
)
def test_plain_json_becomes_a_typed_and_computed_answer(said, kind, value, tolerance, text):
    answer = generator.answer_of(said)
    assert (answer.kind, answer.value, answer.text, answer.warrant) == (kind, value, text, COMPUTED)
    assert answer.tolerance == pytest.approx(tolerance)
    assert matches(answer.text, answer)


def test_a_choice_knows_its_choices():
    said = {"kind": "choice", "value": "left", "choices": ["left", "right"]}
    assert generator.answer_of(said).choices == ("left", "right")
    assert generator.answer_of(False) == Answer(kind="choice", value="no", warrant=COMPUTED, choices=("yes", "no"))


@pytest.mark.parametrize(
    "said",
    [
        None, "", "  ", "x" * 201, [], [[]], [["a", "b"]], [[1, 2, 3]], [[1, 2], [1, 2, 3, 4]], [[-1, 5]],
        [[5, 1001]], [[True, 1]],
        [None], ["a, b"], [{}], ["x"] * 51, 10**13, {}, {"kind": "number"}, {"kind": "mask", "value": "x"},
        {"kind": [], "value": 1},
        {"kind": "choice", "value": "up", "choices": ["left", "right"]}, {"kind": "choice", "value": "up", "choices": "up"},
        {"kind": "choice", "value": "up"}, {"kind": "number", "value": True}, {"kind": "number", "value": "4"},
        {"kind": "number", "value": 4, "tolerance": -1}, {"kind": "text", "value": "a", "tolerance": 1},
        {"kind": "number", "value": 0.123456789, "tolerance": 0}, {"kind": "text", "value": "a", "why": "so"},
        [[500, 0, 100, 100]],
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused(said):
    result = Result("ok", "L2", image=np.zeros((40, 40, 3), np.uint8), scene={}, question="What?", answer=said)
    found = generator.outcome(result, 0)
    assert isinstance(found, Rejection) and found.reason == "no_answer"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "value", "choices", "tolerance", "x"]), inner)
    ),
)


@given(json_values)
def test_any_json_is_an_instance_or_a_reason(said):
    result = Result("ok", "L2", image=np.zeros((40, 40, 3), np.uint8), scene={"a": 1}, question="What?", answer=said)
    found = generator.outcome(result, 0)
    assert isinstance(found, generator.Instance | Rejection)
    if isinstance(found, generator.Instance):
        assert matches(found.answer.text, found.answer) and found.answer.warrant == COMPUTED


# --- one run


def test_a_run_is_an_instance(sandbox):
    (result,) = sandbox.map([generator.job(Generator(code=PROGRAM), 8)])
    found = generator.outcome(result, 8)
    places = json.loads(found.scene)["places"]
    assert found.answer == Answer(kind="number", value=len(places), warrant=COMPUTED)
    assert (found.seed, found.image_HWC.shape, len(found.look)) == (8, (96, 96, 3), 32)
    assert found.question == "How many red discs lie on the sheet?"


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        (("return image", "return image.crop((0, 0, 96, 20))"), "picture_size", "96 x 20 pixels"),
        (("return image", "return image.resize((30, 310))"), "picture_size", "30 x 310 pixels"),
        (("return 'How", "return '' and 'How"), "no_question", "0 characters"),
        (("return 'How", "return 200 * 'How"), "no_question", "characters; it needs 1 to 1000"),
        (("return len(scene['places'])", "return scene"), "no_answer", "is no answer"),
        (("return len(scene['places'])", "return 1 / 0"), "code_error", "ZeroDivisionError at line"),
        (("return len(scene['places'])", "while True: pass"), "cpu_limit", ""),
        (("return image", "return 3"), "no_image", "without a picture"),
    ],
)
def test_a_run_that_fails_says_why(change, reason, detail, sandbox):
    (result,) = sandbox.map([generator.job(Generator(code=PROGRAM.replace(*change)), 0)])
    found = generator.outcome(result, 0)
    assert isinstance(found, Rejection) and found.reason == reason
    assert detail in found.detail


@pytest.mark.parametrize("status", ["infra_error", "timeout"])
def test_what_the_machine_lost_is_nobodys_fault(status):
    assert generator.outcome(Result(status, "L2", log="it ended"), 0) == generator.Lost(f"{status}: it ended")


def test_pixels_without_a_scene_are_no_instance():
    """As a program would hand over that writes past us."""
    found = generator.outcome(Result("ok", "L2", image=np.zeros((40, 40, 3), np.uint8)), 0)
    assert isinstance(found, Rejection) and found.reason == "no_question"


def test_a_job_may_carry_a_changed_scene():
    assert generator.job(Generator(code="x"), 2, "{}") == Job("generator", "x", seed=2, scene_json="{}")


# --- a task


def test_an_instance_becomes_a_task_that_says_where_it_came_from(sandbox):
    made, held = Generator(code=PROGRAM), []
    instances = [
        generator.outcome(result, seed)
        for seed, result in enumerate(sandbox.map(generator.job(made, s) for s in (0, 1)))
    ]
    rollout = says(FENCED)
    tasks = [
        generator.mint(one, made, rollout, lambda png: held.append(png) or f"picture{len(held)}", "proposed", "diagram")
        for one in instances
    ]
    assert [task.images for task in tasks] == [("picture1",), ("picture2",)] and held[0].startswith(b"\x89PNG")
    assert len({task.id for task in tasks}) == 2
    assert {(t.family, t.kind, t.source, t.parent) for t in tasks} == {("generated", "diagram", "proposed", rollout.id)}
    told = json.loads(tasks[0].scene)
    assert told["scene"] == json.loads(instances[0].scene) and told["look"] == instances[0].look.hex()
    assert tasks[0].answer == instances[0].answer


def test_the_instruction_has_a_place_for_what_is_wanted_and_shows_no_other_brace():
    asked = generator.INSTRUCTION.format(wanted="count the dots on a {sheet}")
    assert "count the dots on a {sheet}" in asked and all(f"{name}(" in asked for name in generator.FUNCTIONS)
    assert '{"kind": "choice"' in asked
