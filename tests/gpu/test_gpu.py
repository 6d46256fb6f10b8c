"""What only a GPU can show, with torch and transformers alone: both forms of rows agree there, in fp32 and in bf16."""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "contracts"))
import learner_material as material

from mmzero.engines import padded_rows, policy_model, prefix_rows, rows
from mmzero.engines.vision import Vision, banned_ids, load_processor
from mmzero.recipe.tree import Policy

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-3), (torch.bfloat16, 0.25)])
def test_prefix_rows_agree_with_padded_rows(tmp_path, dtype, bound):
    folder = material.vlm("qwen3_vl", tmp_path / "model")
    pictures = material.pictures(tmp_path)
    model = policy_model.load_model(folder, Policy(), 0).to("cuda", dtype)
    banned = banned_ids(model.config)
    vision = Vision(load_processor(folder), lambda name: pictures / f"{name}.png")
    batch = (material.segment(1, "a", 20, [5, 9, 3]), material.segment(2, "b", 31, [7, 2]))
    made = rows.rows_of(batch, vision, banned, torch.device("cuda"))
    policy = rows.Policy(model, banned).to("cuda")
    with torch.autocast("cuda", dtype, enabled=dtype is torch.bfloat16):
        assert rows.gap(policy, made, prefix_rows.states, padded_rows.states) < bound
