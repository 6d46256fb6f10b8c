"""Written answers over the real engines: read as the model would have said them, and imitated as TRL's SFTTrainer would."""

from collections import defaultdict
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from sampler_material import asks, learner
from transformers import AutoModelForImageTextToText, AutoProcessor

from mmzero import families, scoring
from mmzero.credit import credit
from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.engines.vision import banned_ids
from mmzero.recipe.tree import Learning, Optimizer
from mmzero.roles import reply
from mmzero.segment import segment
from mmzero.types import Cursor, Episode
from mmzero.zoo import random_vlm

pytestmark = pytest.mark.engines

# No clipping, so that the first moment after one update is a tenth of the gradient.
IMITATE = Learning(loss="nll", advantage="reward", optimizer=Optimizer(lr=1e-3, max_grad_norm=1e9))


@pytest.fixture(scope="module", params=["qwen3_vl", "qwen2_5_vl"])
def model(request, tmp_path_factory):
    return random_vlm.build(
        request.param, tmp_path_factory.mktemp("model") / request.param, seed=1, initializer_range=0.1
    )


@pytest.fixture(scope="module")
def written(images):
    """Pictures and worked solutions of unequal lengths, and one question without a picture."""
    asked = [replace(one, seeds_G=one.seeds_G[:1], max_tokens=1000) for one in asks(images)]
    bank = [one for one in asked if one.task.answer]
    solved = [
        replace(one, written=reply.write(" ".join(families.solution(one.task)), one.task.answer.text)) for one in bank
    ]
    return [*solved, replace(asked[3], written="<think></think><answer>none</answer>")]


def imitated(groups):
    episodes = tuple(Episode(task=group[0].task, rollouts=group) for group in groups)
    scored = scoring.imitated(episodes, 1000, Cursor(0, 0, 0, 0))
    samples = credit(scored, "reward")
    assert {sample.advantage for sample in samples} == {1.0}
    return segment(samples, drop_constant=True, mask_truncated=False, tokens_per_segment=4096, max_tokens=1000)


def test_a_written_answer_is_read_as_the_model_would_have_said_it(model, images, written):
    sampler = TransformersSampler(model, images.path)
    sampled = {group[0].task.id: group for group in sampler.play([replace(ask, written=None) for ask in written])}
    tokenizer = AutoProcessor.from_pretrained(model).tokenizer
    for ask, (rollout,) in zip(written, sampler.play(written), strict=True):
        assert rollout.prompt_ids == sampled[ask.task.id][0].prompt_ids
        assert (
            rollout.output_ids[-1] == tokenizer.eos_token_id and rollout.output_ids.count(tokenizer.eos_token_id) == 1
        )
        assert tokenizer.decode(rollout.output_ids[:-1]) == rollout.text == ask.written
        assert rollout.finish == "written" and all(rollout.mask) and rollout.temperature == 1.0


def test_marks_that_only_a_template_may_set_are_plain_text_in_it(model, images, written):
    tokenizer = AutoProcessor.from_pretrained(model).tokenizer
    special = set(tokenizer.all_special_ids)
    hostile = replace(written[0], written="a" + "".join(tokenizer.all_special_tokens) + "<|image_pad|>b")
    ((rollout,),) = TransformersSampler(model, images.path).play([hostile])
    assert not special & set(rollout.output_ids[:-1]) and tokenizer.decode(rollout.output_ids[:-1]) == hostile.written


def test_written_and_sampled_answers_may_be_asked_together(model, images, written):
    sampler = TransformersSampler(model, images.path, rows=4)
    mixed = [replace(ask, written=ask.written if i % 2 else None, max_tokens=8) for i, ask in enumerate(written)]
    found = {group[0].task.id: group[0].finish for group in sampler.play(mixed)}
    assert [found[ask.task.id] == "written" for ask in mixed] == [ask.written is not None for ask in mixed]


def test_a_step_of_imitation_is_trls_sft_step(model, images, written, tmp_path):
    """Loss and every gradient, over microbatches of unequal rows."""
    groups = list(TransformersSampler(model, images.path).play(written))
    batch = imitated(groups)
    trained = learner(model, images)
    figures = trained.learn(batch, IMITATE)
    expected, gradients = trls_step(model, images, [rollout for group in groups for rollout in group])
    assert figures["loss"] == pytest.approx(expected, rel=1e-5)
    assert figures["nll"] == pytest.approx(expected, rel=1e-5)
    assert not {"gap", "gap_max", "importance"} & figures.keys(), "there is no sampler to agree with"
    trained.save(tmp_path / "saved")
    moments = load_file(tmp_path / "saved" / "exp_avg.safetensors")
    assert moments.keys() == gradients.keys()
    apart = sum((moments[name] / 0.1 - gradient).square().sum() for name, gradient in gradients.items()).sqrt()
    whole = sum(gradient.square().sum() for gradient in gradients.values()).sqrt()
    assert whole > 0.1 and apart <= 1e-5 * whole


def trls_step(folder, images, rollouts):
    """SFTTrainer's own compute_loss on the same rows, on a stub that carries what it reads; its model cannot say the
    placeholders either."""
    from PIL import Image
    from trl.trainer.sft_trainer import SFTTrainer
    from trl.trainer.utils import add_fused_lm_head

    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    processor = AutoProcessor.from_pretrained(folder)
    bias = torch.zeros(model.lm_head.out_features)
    bias[list(banned_ids(model.config))] = -1e9
    model.lm_head.bias = torch.nn.Parameter(bias, requires_grad=False)
    add_fused_lm_head(model, outputs=("log_probs", "entropy", "is_top1"))
    rows = [torch.tensor(one.prompt_ids + one.output_ids) for one in rollouts]
    labels = [torch.tensor((-100,) * len(one.prompt_ids) + one.output_ids) for one in rollouts]
    ids_BT = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=processor.tokenizer.pad_token_id)
    inputs = {
        "input_ids": ids_BT,
        "labels": torch.nn.utils.rnn.pad_sequence(labels, batch_first=True, padding_value=-100),
        "attention_mask": torch.nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in rows], batch_first=True),
        "mm_token_type_ids": (ids_BT == processor.image_token_id).long(),
    }
    pictures = [Image.open(images.path(image)) for one in rollouts for image in one.task.images]
    inputs |= processor.image_processor(images=pictures, return_tensors="pt")
    stub = SimpleNamespace(
        model=SimpleNamespace(training=False),
        aux_loss_enabled=False,
        accelerator=SimpleNamespace(parallelism_config=None, gather_for_metrics=lambda value: value),
        compute_loss_func=None,
        label_smoother=None,
        args=SimpleNamespace(loss_type="nll", average_tokens_across_devices=False, max_length=None),
        _metrics={"eval": defaultdict(list)},
        _total_train_tokens=0,
    )
    loss = SFTTrainer.compute_loss(stub, model, inputs)
    loss.backward()
    found = {name: p.grad for name, p in model.named_parameters() if p.requires_grad and p.grad is not None}
    return float(loss.detach()), found
