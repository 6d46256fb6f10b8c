"""Buckets hold every byte once and in order, and their hash sees what may go wrong on the way; an adapter's does too."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmzero.engines import adapters, buckets
from mmzero.errors import EngineError

tensors = st.lists(
    st.tuples(st.sampled_from([torch.float32, torch.bfloat16]), st.lists(st.integers(0, 5), max_size=3)), max_size=8
)


def made(shapes):
    torch.manual_seed(0)
    return [(f"layer.{i}.weight", torch.randn(shape).to(dtype)) for i, (dtype, shape) in enumerate(shapes)]


@given(tensors, st.integers(1, 200))
def test_what_is_packed_comes_out_again(shapes, most):
    weights = made(shapes)
    parts = list(buckets.cut(weights, most=most))
    back = [pair for manifest, flat in parts for pair in buckets.unpacked(manifest, flat)]
    assert [name for name, _ in back] == [name for name, _ in weights]
    for (_, one), (_, other) in zip(back, weights, strict=True):
        assert one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)
    assert all(len(flat) <= most or len(manifest.names) == 1 for manifest, flat in parts)
    assert all(manifest.bytes == len(flat) for manifest, flat in parts)


def test_weights_travel_in_the_dtype_the_samplers_keep():
    ((manifest, flat),) = buckets.cut([("a", torch.ones(3))], torch.bfloat16)
    assert manifest.dtypes == ("bfloat16",) and len(flat) == 6


@given(st.binary(min_size=1, max_size=100), st.integers(0, 99), st.integers(1, 255))
def test_a_changed_byte_changes_the_hash(data, at, by):
    flat = torch.tensor(list(data), dtype=torch.uint8)
    bent = flat.clone()
    bent[at % len(flat)] ^= by
    assert buckets.digest(flat) != buckets.digest(bent)


def test_the_hash_sees_exchanged_words_and_lost_weights_and_knows_itself():
    torch.manual_seed(1)
    flat = torch.randint(0, 256, (4096,), dtype=torch.uint8)
    swapped = torch.cat([flat[8:16], flat[:8], flat[16:]])
    assert buckets.digest(flat) == buckets.digest(flat.clone())
    assert len({buckets.digest(one) for one in (flat, swapped, flat[:-8], torch.zeros(4096, dtype=torch.uint8))}) == 4
    assert buckets.digest(torch.arange(16, dtype=torch.uint8)) == buckets.digest(torch.arange(16, dtype=torch.uint8))


def test_an_adapter_that_arrives_other_than_it_was_sent_is_not_worn():
    packed = adapters.save({"a.lora_A.weight": torch.ones(2, 2)})
    bent = adapters.Adapter(packed[:-1] + b"\x01", {}, adapters._digest(packed))
    with pytest.raises(EngineError, match="the adapter of version 3 arrived other than it was sent"):
        adapters.load(None, bent, 3, None)
