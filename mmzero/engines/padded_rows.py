"""Every sibling as a row of its own, the prompt and its images repeated: what any model can run, and the oracle.

Must not know how a model keeps keys and values, nor what becomes of the hidden states.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmzero.engines.rows import Rows, kinds, stack
from mmzero.engines.vision import joined


def states(model: nn.Module, rows: Rows) -> Tensor:
    """The hidden state before each answer token, states_TH."""
    owners = rows.owner_N.tolist()
    prompts = [rows.prompts[owner] for owner in owners]
    ids_NT, seen_NT = stack([torch.cat(pair) for pair in zip(prompts, rows.answers, strict=True)], left=False)
    hidden_NTH = model.base_model(
        input_ids=ids_NT,
        attention_mask=seen_NT,
        use_cache=False,
        **kinds(model, ids_NT),
        **joined(rows.pixels[owner] for owner in owners),
    ).last_hidden_state
    return torch.cat(
        [
            hidden_TH[len(prompt) - 1 : len(prompt) + len(answer) - 1]  # a state predicts the token after it
            for hidden_TH, prompt, answer in zip(hidden_NTH, prompts, rows.answers, strict=True)
        ]
    )
