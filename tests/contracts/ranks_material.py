"""One rank of two, as a program: runs every case at every stage and leaves what it saw in a file for the test to compare.

python ranks_material.py FOLDER PORT RANK RANKS
"""

import sys
from pathlib import Path

import numpy as np
import torch
from learner_material import batch, segment

from mmzero.engines import adapters
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.engines.meeting import Meeting
from mmzero.recipe.tree import Kl, Learner, Learning, Optimizer, Policy
from mmzero.types import Rollout, Task

TIMEOUT = 120.0
FREE = Learning(optimizer=Optimizer(lr=1e-3, max_grad_norm=1e9))  # nothing clipped: moments tell the gradient
UNEVEN = batch(
    (segment(1, "a", 9, [5, 1, 9]), segment(2, "ba", 21, [2, 2], 0.7)),
    (segment(3, "", 14, [4, 6]),),
    (segment(4, "b", 6, [70, 3, 5]),),
)
CASES = {
    "uneven": UNEVEN,
    "one rank has no image": batch((segment(5, "a", 9, [5, 4]),), (segment(6, "", 9, [5, 4]),)),
    "one rank has one token": batch((segment(5, "", 9, [1, 1]),), (segment(6, "", 9, [6, 4]),)),
    "text only": batch((segment(7, "", 30, [3, 8, 2]), segment(8, "", 12, [9])), (segment(9, "", 5, [2]),)),
    "less than there are ranks": batch((segment(10, "a", 9, [5, 4]),)),
    "heads unlike": batch((segment(11, "", 9, [700, 700]),), (segment(12, "", 9, [6, 4]),)),
}
# What the whole batch must be asked for, and what needs a pass of its own; a bonus that one of two batches is given.
WHOLE = {
    "silence": {"loss": {"aggregate": "tokens", "covariance": {"act": "silence", "share": 0.1, "band": [0.1, 9.0]}}},
    "hold": {"updates": 2, "loss": {"surrogate": "plain", "covariance": {"act": "hold", "share": 0.1}}},
    "floor": {"loss": {"entropy": 0.3, "entropy_floor": 5.0}},
    "blind": {"loss": {"blind": {"weight": 0.5, "patch": 8, "surprise": 0.2, "blind_surprise": 0.3}}},
}
ASKED_WHOLE = ("stage 3",)
ENGINES = {
    "stage 0": Learner(zero=0),
    "stage 1": Learner(zero=1),
    "stage 2": Learner(zero=2),
    "stage 3": Learner(zero=3),
    "stage 2, moments in main memory": Learner(zero=2, offload="optimizer"),
    "stage 3, computed again": Learner(zero=3, recompute=True),
    "stage 3, all in main memory": Learner(zero=3, offload="weights"),
    "stage 3, padded": Learner(zero=3, rows="padded"),
}
LORA = {name: ENGINES[name] for name in ("stage 3", "stage 3, all in main memory")}


def rollouts() -> list[Rollout]:
    found = []
    for one in (part for microbatch in UNEVEN.microbatches for part in microbatch):
        for sibling, answer in enumerate(np.split(one.ids_T, one.lengths_G.cumsum()[:-1])):
            task = Task(
                id=str(len(found)),
                family="f",
                kind="k",
                level=0,
                question="q",
                images=one.images,
                answer=None,
                scene="",
                source="bank",
                seed=0,
            )
            found.append(
                Rollout(
                    task=task, role="solver", policy="main", version=0, sibling=sibling,
                    prompt_ids=tuple(one.prompt_ids.tolist()), output_ids=tuple(answer.tolist()),
                    logprobs=(0.0,) * len(answer), mask=(True,) * len(answer), text="", finish="stop",
                    temperature=one.temperature, seed=0,
                )
            )  # fmt: skip
    return found


def new(folder: Path, config: Learner, ranks: Meeting | None = None, train: str = "full") -> DeepSpeedLearner:
    policy = Policy(train=train, rank=4)
    return DeepSpeedLearner(
        folder, policy, config, Optimizer(), lambda name: folder / f"{name}.png", 0, 1, meeting=ranks
    )


def seen_whole(learner: DeepSpeedLearner, name: str) -> dict:
    return seen(learner, "uneven", Learning(optimizer=FREE.optimizer, **WHOLE[name]))


def seen(learner: DeepSpeedLearner, case: str, learning: Learning = FREE) -> dict:
    """The case's loss and gradient, told by the first moment of a first step."""
    figures = learner.learn(CASES[case], learning)
    moments = dict(learner._engine.moments("exp_avg"))
    return {
        "figures": dict(figures),
        "gradient": {name: one / (1 - FREE.optimizer.betas[0]) for name, one in moments.items()},
    }


def refused(learner: DeepSpeedLearner) -> dict:
    """What is said of a gradient above the bound, and of one that is not finite on one rank alone; nothing may move."""
    before = {name: tensor.clone() for name, tensor in learner.weights()}
    small = Learning(optimizer=Optimizer(lr=1e-3, max_grad_norm=1e-9, skip_above=2e-9))
    infinite = segment(13, "a", 6, [4, 4])
    infinite.advantages_G[0] = np.inf
    broken = batch((infinite,), (segment(14, "", 6, [4, 4]),))
    said = [dict(learner.learn(given, how)) for given, how in ((UNEVEN, small), (broken, FREE))]
    return {"figures": said, "stayed": all(torch.equal(before[name], one) for name, one in learner.weights())}


def story(learner: DeepSpeedLearner, folder: Path) -> dict:
    """A few steps with an anchor, more updates and a clip; saved on the way, so that others may go on from there."""
    clipped = Learning(optimizer=Optimizer(lr=1e-3, max_grad_norm=0.05, weight_decay=0.1), kl=Kl(weight=0.3))
    learner.learn(UNEVEN, clipped)
    learner.anchor()
    learner.learn(CASES["text only"], clipped.model_copy(update={"updates": 2, "kl": Kl(to="phase_start", weight=0.3)}))
    learner.save(folder)
    return rest_of(learner)


def rest_of(learner: DeepSpeedLearner) -> dict:
    figures = learner.learn(
        UNEVEN, Learning(optimizer=Optimizer(lr=1e-3, max_grad_norm=0.05), kl=Kl(to="phase_start", weight=0.3))
    )
    return {
        "figures": dict(figures),
        "logprobs": learner.logprobs(rollouts()),
        "weights": {name: tensor.clone() for name, tensor in learner.weights()},
    }


def adapted(learner: DeepSpeedLearner, folder: Path) -> dict:
    """The story of a policy of which an adapter trains; at its end also the adapter as a sampler elsewhere is sent it."""
    found, sent = story(learner, folder), {}
    adapters.send = lambda route, tensors, config, version: sent.update(tensors, version=torch.tensor(version))
    learner.send(None, 7)
    return found | {"sent": sent}


def main(folder: Path, port: int, rank: int, ranks: int) -> None:
    together = Meeting(rank, ranks, "127.0.0.1", port, TIMEOUT)
    found: dict = {}
    for name, config in ENGINES.items():
        config = config.model_copy(update={"ranks": ranks, "timeout": TIMEOUT})
        for case in CASES if config.zero in (0, 2, 3) and config.rows != "padded" else ["uneven"]:
            learner = new(folder, config, together)
            if case == "uneven":  # whose gradient then shows that nothing was left behind
                found[name, "refused"] = refused(learner)
            found[name, case] = seen(learner, case)
        for whole in WHOLE if name in ASKED_WHOLE else ():
            found[name, whole] = seen_whole(new(folder, config, together), whole)
        found[name, "story"] = story(new(folder, config, together), folder / f"saved {name}")
        resumed = new(folder, config, together)
        resumed.load(folder / "saved alone")
        resumed.offload()  # as where a sampler takes the device in between
        resumed.reload()
        found[name, "resumed"] = rest_of(resumed)
    for name, config in LORA.items():
        config = config.model_copy(update={"ranks": ranks, "timeout": TIMEOUT})
        lora = new(folder, config, together, train="lora")
        found["lora", name, "story"] = adapted(lora, folder / f"lora saved {name}")
        lora.save_model(folder / f"lora {name}")
        resumed = new(folder, config, together, train="lora")
        resumed.load(folder / "lora saved alone")
        resumed.offload()
        resumed.reload()
        found["lora", name, "resumed"] = rest_of(resumed)
    torch.save(found, folder / f"rank {rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
