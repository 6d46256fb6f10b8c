"""A learner's state that does not fit the disk: what is raised is an error of the disk, in the disk's words."""

import errno
import resource
from contextlib import contextmanager

import pytest
import torch

from mmzero.engines.learner_files import State, write


@contextmanager
def short_of_room():
    """No file of this process may grow beyond a kilobyte, the one that a test's own outcome is written to among them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_checkpoint_that_does_not_fit_is_the_disks_error(tmp_path):
    tensors = {"weight": torch.zeros(4096)}
    state = State(
        masters=tensors, first_moments=tensors, second_moments=tensors, steps={"weight": 1}, updates=1, phase_start=None
    )
    with short_of_room(), pytest.raises(OSError, match="File too large") as raised:
        write(state, tmp_path / "checkpoint")
    assert raised.value.errno == errno.EFBIG and raised.value.filename.endswith("master.safetensors")
