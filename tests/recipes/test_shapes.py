"""Well-known models by shape: what shapes.json counts is what transformers would build, and what the plan takes a layer to
keep is what autograd keeps of one."""

import math

import pytest
import torch
from transformers import AutoConfig, AutoModelForImageTextToText

from mmzero.engines import recompute
from mmzero.model_files import _adapts, _is_vision, known_model
from mmzero.plan import memory
from mmzero.zoo import shapes

# Public figures: the sizes of the weights that were published, in billions.
PUBLISHED = {
    "Qwen/Qwen2.5-VL-3B-Instruct": 3.75,
    "Qwen/Qwen2.5-VL-7B-Instruct": 8.29,
    "Qwen/Qwen3-VL-4B-Instruct": 4.44,
    "Qwen/Qwen3-VL-8B-Instruct": 8.77,
    "XiaomiMiMo/MiMo-VL-7B-SFT": 8.31,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_are_those_of_the_model_that_transformers_builds(name):
    facts = known_model(name)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(shapes.config(name))
    held = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    assert facts.parameters == sum(map(math.prod, held.values()))
    assert facts.vision_parameters == sum(math.prod(shape) for name, shape in held.items() if _is_vision(name))
    assert facts.adapter_width == sum(sum(shape) for name, shape in held.items() if _adapts(name, shape, vision=False))
    assert facts.vision_adapter_width == sum(
        sum(shape) for name, shape in held.items() if _adapts(name, shape, vision=True)
    )
    assert round(facts.parameters / 1e9, 2) == PUBLISHED[name]
    text, vision = model.config.get_text_config(), model.config.vision_config
    assert (facts.text.layers, facts.text.hidden, facts.vocabulary) == (
        text.num_hidden_layers, text.hidden_size, text.vocab_size,
    )  # fmt: skip
    assert (facts.vision.layers, facts.vision.heads) == (vision.depth, vision.num_heads)
    patch = vision.patch_size
    assert (facts.pixels_per_patch, facts.pixels_per_token) == (patch**2, (patch * vision.spatial_merge_size) ** 2)


def test_every_model_is_known_and_no_other():
    assert set(shapes.names()) == set(PUBLISHED)
    assert known_model("Qwen/Nothing-Like-It-8B") is None


# --- what autograd keeps

HIDDEN, FEED = 256, 768


def small(family, layers, recomputes):
    known = shapes.config(next(name for name in PUBLISHED if shapes.config(name).model_type == family)).to_dict()
    text = {
        "hidden_size": HIDDEN, "intermediate_size": FEED, "num_hidden_layers": layers, "num_attention_heads": 4,
        "num_key_value_heads": 1, "vocab_size": 128,
        "rope_parameters": known["text_config"]["rope_parameters"] | {"mrope_section": [12, 10, 10]},
    }  # fmt: skip
    if family == "qwen3_vl":
        text["head_dim"] = HIDDEN // 4
    vision = known["vision_config"] | {
        "depth": layers, "hidden_size": HIDDEN, "intermediate_size": FEED, "num_heads": 4, "out_hidden_size": HIDDEN,
        "deepstack_visual_indexes": [], "fullatt_block_indexes": [0],
    }  # fmt: skip
    config = AutoConfig.for_model(family, text_config=text, vision_config=vision, tie_word_embeddings=True)
    model = AutoModelForImageTextToText.from_config(config)
    if recomputes:
        recompute.layers(model)
    return model


def kept(run, dtype):
    """Bytes that a forward pass keeps for its backward."""
    held = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes(), tensor
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"),
    ):
        out = run()
    size = sum(size for size, _ in held.values())
    del out
    return size


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("again", [False, True])
def test_a_layer_keeps_what_the_plan_takes_it_to_keep(family, dtype, again):
    """Of one token and one layer: whatever does not grow with both, such as weights and embeddings, falls out. The larger
    of two families is planned for, so the other may keep less."""
    thin, deep = small(family, 1, again), small(family, 3, again)

    def read(model, tokens):
        hidden = torch.zeros(1, tokens, HIDDEN, requires_grad=True)
        place = torch.arange(tokens).expand(3, 1, tokens)
        return kept(
            lambda: model.model.language_model(inputs_embeds=hidden, position_ids=place, use_cache=False)[0], dtype
        )

    def look(model, side):
        patches = torch.zeros(side * side, 6 * model.config.vision_config.patch_size**2)
        return kept(lambda: model.model.visual(patches, grid_thw=torch.tensor([[1, side, side]])), dtype)

    for run, few, many, tokens, per in ((read, 128, 256, 128, memory._TEXT), (look, 8, 16, 192, memory._VISION)):
        found = [run(model, many) - run(model, few) for model in (thin, deep)]
        expected = 4 * HIDDEN if again else per[dtype][0] * HIDDEN + per[dtype][1] * FEED
        share = (found[1] - found[0]) / 2 / tokens / expected
        assert 0.49 < share < 1.02, f"{run.__name__} {share}"
