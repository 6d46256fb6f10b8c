"""A learner's state that does not fit the disk: what is raised is an error of the disk, in the disk's words."""

import errno
import resource

import pytest
import torch

from mmzero.engines.learner_files import State, write


@pytest.fixture
def short_of_room():
    """No file of this process may grow beyond a kilobyte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_checkpoint_that_does_not_fit_is_the_disks_error(tmp_path, short_of_room):
    tensors = {"weight": torch.zeros(4096)}
    state = State(
        masters=tensors, first_moments=tensors, second_moments=tensors, steps={"weight": 1}, updates=1, phase_start=None
    )
    with pytest.raises(OSError, match="File too large") as raised:
        write(state, tmp_path / "checkpoint")
    assert raised.value.errno == errno.EFBIG and raised.value.filename.endswith("master.safetensors")
