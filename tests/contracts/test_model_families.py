"""Every family that the learner is said to train, as a tiny model of random weights: its processor's image tokens are the
model's, both forms of rows say what the model itself says, a step moves it, and what is exported says the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from learner_material import vlm
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from mmzero.engines import padded_rows, policy_model, prefix_rows, rows, vision
from mmzero.engines.deepspeed_learner import DeepSpeedLearner
from mmzero.engines.prompts import Prompts
from mmzero.engines.transformers_sampler import TransformersSampler
from mmzero.engines.vision import Vision, banned_ids, grids_of, image_token, load_processor
from mmzero.errors import EngineError, UserError
from mmzero.model_files import read_model
from mmzero.recipe.tree import Learner, Learning, Optimizer, Policy
from mmzero.types import Ask, Batch, Segment, Task
from mmzero.zoo import random_families

pytestmark = pytest.mark.engines

SIDES = {"a": (64, 64), "b": (96, 40), "c": (30, 70)}  # one square, and two that tiles fit badly
PROMPTS = {"one": ("a",), "two": ("b", "c"), "wide": ("b",), "none": ()}
LENGTHS = {"one": [5, 1, 9], "two": [4, 2], "wide": [3], "none": [2, 6]}
FAMILIES = ["qwen2_vl", *random_families.FAMILIES]


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request, tmp_path_factory):
    where = tmp_path_factory.mktemp(request.param)
    if request.param in random_families.FAMILIES:
        random_families.build(request.param, where, seed=3)
    else:
        vlm(request.param, where)
    draws = np.random.default_rng(5)
    for name, (wide, high) in SIDES.items():
        Image.fromarray(draws.integers(0, 256, (high, wide, 3), dtype=np.uint8)).save(where / f"{name}.png")
    return where


def place(folder):
    return lambda name: folder / f"{name}.png"


def ask(name, seeds=(1, 2)):
    task = Task(
        id=name, family="f", kind="k", level=0, question="What is it?", images=PROMPTS[name], answer=None, scene="{}",
        source="bank", seed=0,
    )  # fmt: skip
    return Ask(
        task=task, role="solver", policy="main", system="Be brief.", text=f"{task.question} {name}", images=task.images,
        max_tokens=6, temperature=1.0, seeds_G=seeds,
    )  # fmt: skip


def segments(folder):
    prompts, found = Prompts(folder, place(folder)), {}
    for at, (name, lengths) in enumerate(LENGTHS.items()):
        draws = np.random.default_rng(at)
        found[name] = Segment(
            images=PROMPTS[name],
            prompt_ids=np.array(prompts.ids(ask(name)), dtype=np.int64),
            lengths_G=np.array(lengths, dtype=np.int64),
            ids_T=draws.integers(0, 256, sum(lengths)),
            logprobs_T=draws.uniform(-7, -4, sum(lengths)).astype(np.float32),
            mask_T=np.ones(sum(lengths), dtype=bool),
            advantages_G=draws.standard_normal(len(lengths)).astype(np.float32),
            temperature=1.0,
        )
    return found


def whole_inputs(folder, name):
    """What the family's own processor makes of the conversation, pictures and all."""
    processor = AutoProcessor.from_pretrained(folder)
    turns = [
        {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
        {
            "role": "user",
            "content": [{"type": "image"}] * len(PROMPTS[name]) + [{"type": "text", "text": f"What is it? {name}"}],
        },
    ]
    text = processor.apply_chat_template(turns, add_generation_prompt=True)
    pictures = [[Image.open(folder / f"{image}.png") for image in PROMPTS[name]]] if PROMPTS[name] else None
    return processor(text=[text], images=pictures, add_special_tokens=False, return_tensors="pt")


@torch.no_grad()
def said_by_the_model(model, folder, name, one):
    """One answer at a time through the model's own forward, on its own processor's inputs."""
    found, banned = [], torch.tensor(banned_ids(model.config))
    for answer in np.split(one.ids_T, one.lengths_G.cumsum()[:-1]):
        inputs, said = dict(whole_inputs(folder, name)), torch.from_numpy(answer)[None]
        start = inputs["input_ids"].shape[1]
        for key in inputs.keys() & {"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"}:
            fill = {"input_ids": said, "attention_mask": torch.ones_like(said)}.get(key, torch.zeros_like(said))
            inputs[key] = torch.cat([inputs[key], fill], dim=1)
        logits = model(**inputs).logits[0].index_fill(-1, banned, -torch.inf)
        at = torch.arange(start - 1, start + len(answer) - 1)
        found.append(logits.log_softmax(-1)[at, said[0]])
    return torch.cat(found)


def loaded(folder):
    return AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize("name", PROMPTS)
def test_prompts_are_the_processors_and_their_image_tokens_the_models(folder, name):
    prompts, wanted = Prompts(folder, place(folder)), ask(name)
    ids = prompts.ids(wanted)
    assert ids == whole_inputs(folder, name)["input_ids"][0].tolist()
    config = loaded(folder).config
    placed = ids.count(config.image_token_id)
    assert (placed > 0) == bool(PROMPTS[name]) and config.image_token_id in banned_ids(config)
    prompts.pixels(wanted, ids)
    if placed:
        ids.remove(config.image_token_id)
        with pytest.raises(EngineError, match=f"holds {placed - 1} image tokens but the processor makes {placed}"):
            prompts.pixels(wanted, ids)


@torch.no_grad()
def test_both_forms_of_rows_say_what_the_model_says(folder):
    """Pictures of unlike tiles, prompts of unlike length and one without a picture, all in one pass."""
    model, cut = loaded(folder), segments(folder)
    policy, eyes = rows.Policy(model, banned_ids(model.config)), Vision(load_processor(folder), place(folder))
    expected = torch.cat([said_by_the_model(model, folder, name, one) for name, one in cut.items()])
    together = rows.rows_of(list(cut.values()), eyes, banned_ids(model.config), torch.device("cpu"))
    assert (policy(together, padded_rows.states)[0] - expected).abs().max() <= 1e-4
    assert prefix_rows.fits(model)
    assert (policy(together, prefix_rows.states)[0] - expected).abs().max() <= 1e-4
    upside_down = eyes.through(lambda _, picture: picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    others = rows.rows_of(list(cut.values()), upside_down, banned_ids(model.config), torch.device("cpu"))
    changed_T = (policy(others, padded_rows.states)[0] - expected).abs() > 1e-3
    lengths = [sum(lengths) for lengths in LENGTHS.values()]
    assert [bool(part.any()) for part in changed_T.split(lengths)] == [bool(images) for images in PROMPTS.values()]


def test_a_step_moves_both_towers_and_what_is_exported_says_the_same(folder, tmp_path):
    cut = list(segments(folder).values())
    batch = Batch(microbatches=(tuple(cut),), tokens=sum(len(one.ids_T) for one in cut), sequences=8, max_tokens=16)
    updates = {}
    for form in ("prefix", "padded"):
        learner = DeepSpeedLearner(folder, Policy(), Learner(rows=form), Optimizer(), place(folder), seed=0, threads=1)
        before = {name: tensor.clone() for name, tensor in learner.weights()}
        figures = learner.learn(batch, Learning(optimizer=Optimizer(lr=1e-3, max_grad_norm=1e9)))
        assert figures["rows_prefix"] == (form == "prefix") and np.isfinite(figures["loss"])
        updates[form] = {name: moment.clone() for name, moment in learner._engine.moments("exp_avg")}
        moved = "".join(name for name, tensor in learner.weights() if not torch.equal(tensor, before[name]))
        assert "vis" in moved and ("text_model" in moved or "language_model" in moved)
    far = sum((updates["prefix"][name] - one).square().sum() for name, one in updates["padded"].items()).sqrt()
    assert far <= 1e-4 * sum(one.square().sum() for one in updates["padded"].values()).sqrt()
    learner.save_model(tmp_path)
    model = loaded(tmp_path)
    expected = torch.cat([said_by_the_model(model, folder, name, one) for name, one in segments(folder).items()])
    again = DeepSpeedLearner(tmp_path, Policy(), Learner(rows="padded"), Optimizer(), place(folder), seed=0, threads=1)
    microbatch = rows.rows_of(cut, again._vision, again._banned, torch.device("cpu"))
    with torch.no_grad():
        assert (again._engine(microbatch, padded_rows.states)[0] - expected).abs().max() <= 1e-4


@pytest.mark.parametrize("train", ["full", "lora"])
def test_with_vision_frozen_the_text_alone_trains_and_a_plan_counts_as_much(folder, train):
    trains = policy_model.trained(policy_model.load_model(folder, Policy(train=train, rank=2, vision="frozen"), 0))
    assert all(any(part in name for part in ("language_model", "text_model", "lm_head")) for name in trains)
    planned = read_model(folder).trained(2 if train == "lora" else None, vision=False)
    assert sum(one.numel() for one in trains.values()) == planned > 0


def test_the_sampler_speaks_what_the_learner_would_say(folder):
    sampler = TransformersSampler(folder, place(folder), rows=8)
    groups = list(sampler.play([ask(name, (1, 2, 3)) for name in PROMPTS]))
    learner = DeepSpeedLearner(folder, Policy(), Learner(), Optimizer(), place(folder), seed=0, threads=1)
    rollouts = [one for group in groups for one in group]
    for one, logp in zip(rollouts, learner.logprobs(rollouts), strict=True):
        assert np.abs(np.array(one.logprobs) - logp).max() < 1e-4


def test_pixels_are_set_only_where_pictures_keep_their_shape(folder):
    if grids_of(load_processor(folder)):
        assert load_processor(folder, (1024, 4096)).image_processor.size["longest_edge"] == 4096
    else:
        with pytest.raises(UserError, match=r"cuts every image into squares of one size; leave model\.pixels out"):
            load_processor(folder, (1024, 4096))


@pytest.mark.parametrize("name", ["one", "none"])
def test_the_mark_of_a_picture_in_a_question_is_nothing(folder, name):
    """A model may have written it, and whatever it writes must not end a campaign or look for a picture."""
    prompts = Prompts(folder, place(folder))
    mark, inner = (
        prompts.processor.image_token,
        prompts.processor.tokenizer.convert_ids_to_tokens(image_token(prompts.processor)),
    )
    marked = replace(ask(name), text=f"What is {mark[:3]}{mark}{mark[3:]} {inner}?", system=mark)
    plain = replace(ask(name), text=f"What is {mark[:3]} {mark[3:]}  ?", system=" ")
    assert prompts.ids(marked) == prompts.ids(plain) and prompts.short_ids(marked) == prompts.short_ids(plain)
    prompts.pixels(marked, prompts.ids(marked))


def test_a_processor_that_lacks_a_package_says_which(monkeypatch, tmp_path):
    def lacks(path):
        raise ImportError(
            "Package `num2words` is required to run SmolVLM processor.\nInstall it with `pip install num2words`."
        )

    monkeypatch.setattr(vision.AutoProcessor, "from_pretrained", lacks)
    with pytest.raises(UserError, match="needs what is not installed: Package `num2words` is required to run"):
        load_processor(tmp_path)
