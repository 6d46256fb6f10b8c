"""What stands written for a task of the bank, to be imitated."""

from play_material import recipe

from mmzero import families
from mmzero.families.skin import TINY
from mmzero.recipe.tree import Bank
from mmzero.roles import reply
from mmzero.sources.written import written


def of_bank(**more):
    held = recipe().model_copy(update={"sources": {"b": Bank(kind="bank", skin="tiny", **more)}})
    return held, families.mint("count", 1, 2, TINY, lambda png: "0" * 32, source="b")


def test_a_solution_is_gone_through_once_or_checked():
    held, task = of_bank()
    once = " ".join(families.solution(task))
    assert written(held, task) == reply.write(once, task.answer.text)
    held, task = of_bank(checks=True)
    assert written(held, task) == reply.write(f"{once} wait, once more: {once}", task.answer.text)
    assert reply.read(written(held, task)).answer == task.answer.text
