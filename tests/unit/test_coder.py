"""What a coder writes becomes a drawing or a reason; what was drawn becomes two questions that nobody knows the answer of."""

import numpy as np
import pytest
from play_material import says, task

from mmzero.errors import UserError
from mmzero.recipe.tree import Role
from mmzero.render import Result
from mmzero.roles import coder, open_proposer
from mmzero.types import Drawing, Idea, Rejection

IDEA = Idea(
    content="map", caption="Braces {stay} in {0} captions.", easy_question="How many?", easy_answer="E-4",
    hard_question="How many {more}?", hard_answer="H-9",
)  # fmt: skip
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'


def role(**more):
    return Role.model_validate({"policy": "main", "rewards": [{"use": "a.py:b"}], **more})


@pytest.mark.parametrize("kind", ["svg", "python"])
def test_what_is_written_is_read(kind):
    drawing = Drawing(kind=kind, code=SVG)
    assert coder.parse(f"First:\n{coder.write(drawing)}\nDone.", kind) == drawing
    assert coder.read(says(coder.write(drawing), finish="length"), kind).reason == "truncated"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "no_code"),
        (SVG, "no_code"),
        (f"```svg\n{SVG}", "no_code"),
        (f"```python\n{SVG}\n```", "no_code"),
        (f"```svg {SVG}```", "no_code"),
        ("```svg\n \n```", "empty"),
        ("```svg\nhello\n```", "no_svg"),
        ("x" * 100_001, "too_long"),
        ("```" * 30_000, "no_code"),
        ("```svg\n" * 14_000, "empty"),
    ],
)
def test_every_way_of_failing_has_its_reason(said, reason):
    assert coder.parse(said, "svg").reason == reason


def test_the_last_closed_fence_counts():
    said = f"```svg\n<svg>draft</svg>\n```\nBetter:\n```SVG\n{SVG}\n```\n```text\nnotes\n```\n```svg\n<svg>cut off"
    assert coder.parse(said, "svg").code == SVG


def test_the_hard_answer_is_told_only_where_the_recipe_says_so():
    proposed = says("…", task("idea/1", right=None), role="proposer")
    hidden, shown = (coder.request(IDEA, proposed, role(hard_answer=how)) for how in ("hidden", "shown"))
    assert "E-4" in hidden.question and "H-9" not in hidden.question and "{more}" not in hidden.question
    assert "H-9" in shown.question and "How many {more}?" in shown.question and "{stay} in {0}" in shown.question
    assert hidden.parent == proposed.id and hidden.answer is None and open_proposer.from_scene(hidden.scene) == IDEA


def test_a_coder_is_asked_for_what_it_draws_or_as_the_recipe_words_it():
    proposed = says("…", task("idea/1", right=None), role="proposer")
    assert "```python fence" in coder.request(IDEA, proposed, role(draws="python")).question
    assert "```dialect fence" in coder.request(IDEA, proposed, role(draws="dialect")).question
    assert coder.request(IDEA, proposed, role(asks="Scribble {it}.")).question.endswith("Scribble {it}.")


def test_a_coder_may_be_asked_in_the_recipes_words_alone():
    proposed = says("…", task("idea/1", right=None), role="proposer")
    words = "Draw {caption} so that {easy_question}"
    assert (
        coder.request(IDEA, proposed, role(asks=words)).question
        == "Draw Braces {stay} in {0} captions. so that How many?"
    )
    assert "H-9" in coder.request(IDEA, proposed, role(asks="{caption}{hard_answer}", hard_answer="shown")).question
    with pytest.raises(
        UserError, match=r"roles.coder.asks is .* may hold only {content}, {caption}, .*{hard_question} between"
    ):
        coder.request(IDEA, proposed, role(asks="{caption}{hard_answer}"))
    with pytest.raises(UserError, match="braces that stay"):
        coder.request(IDEA, proposed, role(asks="{caption} in {0}"))


def drawn(status="ok", shape=(40, 30, 3), log=""):
    return Result(status, "L2", image=np.zeros(shape, np.uint8) if status == "ok" else None, log=log)


def test_a_rendered_drawing_is_a_picture_and_any_other_a_reason():
    assert coder.picture(drawn()).startswith(b"\x89PNG")
    assert coder.picture(drawn("timeout", log="too\x1b[1m long")) == Rejection("timeout", "too[1m long")


@pytest.mark.parametrize("shape", [(15, 40, 3), (40, 15, 3), (16, 1601, 3), (1601, 16, 3)])
def test_a_picture_that_no_processor_takes_is_none(shape):
    assert coder.picture(drawn(shape=shape)).reason == "unfit_size"


def test_a_picture_asks_both_questions_and_nobody_knows_the_answers():
    asked = coder.request(IDEA, says("…", task("idea/1", right=None), role="proposer"), role())
    easy, hard = coder.questions(says("…", asked, role="coder", sibling=2), "hash", "proposed")
    assert (easy.question, hard.question) == ("How many?", "How many {more}?") and easy.id != hard.id
    assert easy.answer is hard.answer is None and easy.images == hard.images == ("hash",)
    assert easy.parent == hard.parent == f"{asked.id}#2" and (easy.source, hard.kind) == ("proposed", coder.HARD)
    assert coder.questions(says("…", asked, role="coder", sibling=3), "hash", "proposed")[0].id != easy.id
