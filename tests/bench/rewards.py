"""What rewards cost: rules on short answers and boxes on images a second of one core, expressions beside math-verify alone.

Rules and boxes are called as a recipe names them, one answer after the other; what a step puts around a call is measured
too, as `scored_per_s`. Seconds of rules and boxes are the processor's, which other work does not disturb.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from random import Random
from typing import Any

from mmzero import shipped
from mmzero.recipe import plugins
from mmzero.recipe.tree import Plugin
from mmzero.scoring import reward, score
from mmzero.types import GIVEN, Answer, Cursor, Episode, Rollout, Task

from . import pairs

ANSWERS, IMAGES, BOXES = 20_000, 2_000, 5
EXPRESSIONS = (
    ("\\frac{1}{2}", "0.5"),
    ("2x+1", "1+2x"),
    ("\\sqrt{8}", "2\\sqrt{2}"),
    ("x^2-1", "(x-1)(x+1)"),
    ("\\pi/4", "\\frac{\\pi}{4}"),
    ("3", "4"),
    ("(1,2)", "(1, 3)"),
    ("x=3", "3"),
)
ROUNDS, PAIRS = 25, 3


def measure() -> dict[str, dict[str, float]]:
    return {**rules(), **detection(), "reward_expression": expressions()}


def rules() -> dict[str, dict[str, float]]:
    """Right or not, and in form or not, of answers as solvers write them."""
    draws = Random(0)
    truths = [_truth(draws) for _ in range(200)]
    asked = [(truth, _response(draws, truth)) for truth in truths for _ in range(ANSWERS // len(truths))]
    correct, formed = _load("answer.py:correct"), _load("format.py:think_answer")
    right = _core_seconds(lambda: [correct(said, truth) for truth, (said, _) in asked])
    form = _core_seconds(lambda: [formed(response) for _, (_, response) in asked])
    episodes = [_episode(truth, [response for of, (_, response) in asked if of is truth]) for truth in truths]
    both = [reward("rewards/answer.py:correct", correct, 0.9), reward("rewards/format.py:think_answer", formed, 0.1)]
    whole = _core_seconds(lambda: score(episodes, both, Cursor(0, 0, 0, 0), {}, 0.0))
    return {
        "reward_rules": {
            "correct_per_s": len(asked) / right,
            "formed_per_s": len(asked) / form,
            "scored_per_s": len(asked) / whole,
        }
    }


def detection() -> dict[str, dict[str, float]]:
    draws = Random(1)
    images = [_image(draws) for _ in range(IMAGES)]
    rates = {}
    for use in (
        "detection_greedy.py:iou",
        "detection_optimal.py:iou",
        "detection_optimal.py:f1",
        "detection_map.py:odlength",
    ):
        paid = _load(use)
        taken = _core_seconds(lambda paid=paid: [paid(said, there) for said, there in images])
        rates[use.replace(".py:", "_").removeprefix("detection_") + "_per_s"] = len(images) / taken
    return {"reward_detection": rates}


def expressions() -> pairs.Figures:
    """On the clock: ours reckons in a process of its own, which no processor time of this one holds."""
    from math_verify import parse, verify

    equal = _load("expression.py:equal")
    truths = [Answer(kind="expression", value=truth, warrant=GIVEN) for truth, _ in EXPRESSIONS]
    work = [(truth, said) for truth, (_, said) in zip(truths, EXPRESSIONS, strict=True)] * ROUNDS

    def ours() -> None:
        for truth, said in work:
            equal(said, truth)

    def peer() -> None:
        for truth, said in work:
            verify(parse(f"${truth.text}$"), parse(f"${said}$"))

    return pairs.in_turn(ours, peer, PAIRS)


def _load(use: str) -> Callable[..., Any]:
    return plugins.load(Plugin(use=f"rewards/{use}"), shipped.root())


def _core_seconds(work: Callable[[], object]) -> float:
    work()  # what is built on first use
    began = time.process_time()
    work()
    return time.process_time() - began


def _truth(draws: Random) -> Answer:
    if draws.random() < 0.5:
        return Answer(kind="number", value=draws.randrange(100), warrant=GIVEN)
    names = tuple("ABCD")
    return Answer(kind="choice", value=draws.choice(names), choices=names, warrant=GIVEN)


def _response(draws: Random, truth: Answer) -> tuple[str, str]:
    said = truth.text if draws.random() < 0.5 else str(draws.randrange(100))
    return said, f"<think>{'looking ' * draws.randrange(3, 30)}</think><answer>{said}</answer>"


def _episode(truth: Answer, responses: list[str]) -> Episode:
    task = Task(
        id=str(id(truth)), family="count", kind="k", level=0, question="?", images=(), answer=truth, scene="{}",
        source="bank", seed=0,
    )  # fmt: skip
    rollouts = [
        Rollout(
            task=task, role="solver", policy="main", version=0, sibling=sibling, prompt_ids=(1,), output_ids=(5,),
            logprobs=(0.0,), mask=(True,), text=response, finish="stop", temperature=1.0, seed=0,
        )
        for sibling, response in enumerate(responses)
    ]  # fmt: skip
    return Episode(task=task, rollouts=tuple(rollouts))


def _image(draws: Random) -> tuple[str, Answer]:
    """As many boxes said as there are, near the right ones."""
    there = [_box(draws) for _ in range(BOXES)]
    near = [[edge + draws.randrange(-9, 10) for edge in box] for box in there]
    said = [{"Position": box, "Confidence": round(draws.random(), 2)} for box in near]
    return json.dumps(said), Answer(kind="boxes", value=tuple(map(tuple, there)), warrant=GIVEN)


def _box(draws: Random) -> list[int]:
    left, top = draws.randrange(20, 700), draws.randrange(20, 700)
    return [left, top, left + draws.randrange(60, 250), top + draws.randrange(60, 250)]
