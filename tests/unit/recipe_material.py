"""A small recipe, its reward and a model folder that has everything but sense, for the tests that read them."""

import json

import yaml

REWARD = """
def right(answer, truth, *, scale=1.0):
    return scale * float(answer == truth)
"""


def plain():
    """A valid recipe as plain values, fresh each time."""
    return {
        "name": "small",
        "seed": 7,
        "model": {"path": "model", "dtype": "float32"},
        "roles": {
            "proposer": {"policy": "main", "mode": "spec", "rewards": [{"use": "rewards/own.py:right"}]},
            "solver": {"policy": "main", "rewards": [{"use": "rewards/own.py:right", "with": {"scale": 2}}]},
        },
        "sources": {"bank": {"kind": "bank"}, "proposed": {"kind": "proposer"}},
        "schedule": {
            "iterations": 3,
            "phases": [
                {"train": "proposer", "steps": 2, "prompts": 4, "group": 2, "votes": {"of": "solver", "n": 8}},
                {"train": "solver", "steps": 5, "prompts": 16, "group": 8, "tasks": {"proposed": 0.5, "bank": 0.5}},
            ],
        },
        "learning": {"loss": "dapo", "optimizer": {"lr": 1e-4}},
    }


def write(folder, values=None, name="own.yaml"):
    """The recipe as a file, its reward beside it."""
    (folder / "rewards").mkdir(exist_ok=True)
    (folder / "rewards" / "own.py").write_text(REWARD)
    path = folder / name
    path.write_text(yaml.safe_dump(plain() if values is None else values, sort_keys=False))
    return path


def safetensors(shapes):
    """The bytes of a file of zeros: eight bytes of length, the header, the data."""
    header, at = {}, 0
    for tensor, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        header[tensor] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    return len(text).to_bytes(8, "little") + text + bytes(at)


SHAPES = {
    "model.visual.blocks.0.attn.qkv.weight": (24, 8),  # 192, in + out 32
    "model.language_model.embed_tokens.weight": (100, 16),  # 1600
    "model.language_model.layers.0.self_attn.q_proj.weight": (32, 16),  # 512, in + out 48
    "model.language_model.layers.0.input_layernorm.weight": (16,),  # 16
    "lm_head.weight": (100, 16),  # 1600
}


def write_model(folder):
    folder.mkdir(parents=True)
    text = {
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
    }
    (folder / "config.json").write_text(json.dumps({"text_config": text, "vision_config": {}}))
    image = {"patch_size": 16, "merge_size": 2, "size": {"shortest_edge": 4096, "longest_edge": 65536}}
    (folder / "preprocessor_config.json").write_text(json.dumps(image))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(safetensors(SHAPES))
    return folder
