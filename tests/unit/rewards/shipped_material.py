"""What the tests of rewards share: a reward loaded by its file as a campaign loads it, and truths to compare with."""

import functools
import json

from mmzero import shipped
from mmzero.recipe import plugins
from mmzero.recipe.tree import Plugin
from mmzero.types import GIVEN, Answer, Rollout, Task

SIZES = (((640, 480), (644, 476)),)  # one picture: as it was given, as the policy saw it


def load(use, **with_):
    """The reward; of a number with parts, the parts are left to those who ask for them."""
    function = plugins.load(Plugin.model_validate({"use": f"rewards/{use}", "with": with_}), shipped.root())

    @functools.wraps(function)
    def value(*given, **named):
        earned = function(*given, **named)
        return earned[0] if isinstance(earned, tuple) else earned

    value.parts = lambda *given, **named: function(*given, **named)[1]
    return value


def truth(kind, value, **more):
    return Answer(kind=kind, value=value, warrant=GIVEN, **more)


def boxes(*rows):
    return truth("boxes", tuple(tuple(row) for row in rows))


def said(*found):
    """Boxes as Visual-RFT's models write them: (x1, y1, x2, y2), its confidence and its label if there are any."""
    keys = ("Position", "Confidence", "label")
    return json.dumps([dict(zip(keys, (list(one[:4]), *one[4:]), strict=False)) for one in found])


def rollout(text, right):
    """Somebody said exactly this where `right` is the truth."""
    task = Task(
        id="t", family="count", kind="colour", level=2, question="How many?", images=(), answer=right, scene="{}",
        source="bank", seed=2,
    )  # fmt: skip
    return Rollout(
        task=task, role="solver", policy="main", version=0, sibling=0, prompt_ids=(1,), output_ids=(5, 6),
        logprobs=(0.0, 0.0), mask=(True, True), text=text, finish="stop", temperature=1.0, seed=9,
    )  # fmt: skip
