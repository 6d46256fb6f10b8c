"""What every sampler is asked in its contract, and how far its log-probs may lie from a learner's."""

from dataclasses import replace

import numpy as np
from PIL import Image

from mmzero import families, spoil
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.families.skin import TINY
from mmzero.recipe.tree import Learner, Learning, Optimizer, Policy
from mmzero.roles import proposer
from mmzero.segment import segment
from mmzero.types import Ask, Begun, Noise, Sample, Scored, seed_of

LEARNING = Learning(optimizer=Optimizer(lr=3e-3))


def asks(images, temperature=1.0, n=3, max_tokens=12) -> list[Ask]:
    tasks = [families.mint(name, 3, 2 * i, TINY, images.put) for i, name in enumerate(families.PRIMER)]
    tasks = [*tasks[:3], proposer.request(4, "proposer", proposer.INSTRUCTION, families.PRIMER), *tasks[3:5]]
    return [
        Ask(
            task=task, role="solver", policy="main", system="", text=task.question, images=task.images,
            max_tokens=max_tokens, temperature=temperature, seeds_G=tuple(range(100 * i, 100 * i + n)),
        )
        for i, task in enumerate(tasks)
    ]  # fmt: skip


def learner(model, images) -> DeepSpeedLearner:
    return DeepSpeedLearner(model, Policy(), Learner(), LEARNING.optimizer, images.path, 0, 1)


def gap(groups, learner) -> float:
    rollouts = [rollout for group in groups for rollout in group]
    pairs = zip(rollouts, learner.logprobs(rollouts), strict=True)
    return max(np.abs(np.array(one.logprobs) - logp)[np.array(one.mask)].max() for one, logp in pairs)


def going_on(groups, forced) -> list[Ask]:
    """Every answer, and of each group one cut short by the token that ends it, asked to go on from these words."""
    return [
        Ask(
            task=group[0].task, role="solver", policy="main", system="", text=group[0].task.question,
            images=group[0].task.images, max_tokens=len(forced) + 30, temperature=group[0].temperature,
            seeds_G=tuple(one.seed + 7 for one in group), begun_G=tuple(Begun(one, forced) for one in group),
        )
        for group in groups
    ]  # fmt: skip


def ended(one, stop, after=4):
    """The same answer, had it ended so early."""
    kept = one.output_ids[: min(after, len(one.output_ids) - 1)]
    most = len(kept) + 1
    return replace(one, output_ids=(*kept, stop), logprobs=one.logprobs[:most], mask=one.mask[:most], finish="stop")


def behind_noise(sampler, model, images, folder) -> tuple[float, float]:
    """How far what is said behind noise lies from a learner that is shown the same noise, and from one that is not."""
    noise = Noise(300, 11)
    wanted = [replace(ask, noise=noise) for ask in asks(images) if ask.images]
    for name in {image for ask in wanted for image in ask.images}:
        with Image.open(images.path(name)) as picture:
            spoil.diffuse(picture, noise.steps, seed_of(noise.seed, name)).save(folder / f"{name}.png")
    groups = list(sampler.play(wanted))
    shown = DeepSpeedLearner(model, Policy(), Learner(), LEARNING.optimizer, lambda name: folder / f"{name}.png", 0, 1)
    return gap(groups, shown), gap(groups, learner(model, images))


def batch_of(groups):
    samples = [
        Sample(scored=Scored(rollout=rollout, reward=0.0, parts={}), advantage=float(rollout.sibling - 1))
        for group in groups
        for rollout in group
    ]
    return segment(samples, drop_constant=True, mask_truncated=False, tokens_per_segment=4096, max_tokens=12)
