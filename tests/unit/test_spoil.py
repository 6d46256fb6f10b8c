"""Pictures made worse on purpose: how much of them is left, that a seed decides it, and that nothing at all is done to
them where nothing is asked."""

import numpy as np
import pytest
from PIL import Image

from mmzero.spoil import STEPS, blacken, diffuse

DRAWS = np.random.default_rng(3)
PICTURE = Image.fromarray(DRAWS.integers(1, 256, (70, 100, 3), dtype=np.uint8))  # no pixel is black


def array(picture):
    return np.asarray(picture)


def test_patches_are_black_whole_or_untouched():
    spoilt, before = array(blacken(PICTURE, 0.6, 14, seed=5)), array(PICTURE)
    assert spoilt.shape == before.shape
    black = 0
    for top in range(0, 70, 14):
        for left in range(0, 100, 14):  # the last column of patches is 2 pixels wide
            patch, was = (one[top : top + 14, left : left + 14] for one in (spoilt, before))
            assert (patch == 0).all() or (patch == was).all()
            black += int((patch == 0).all())
    assert 0 < black < 40


def test_six_patches_in_ten_are_black_and_a_seed_says_which():
    shares = [float((array(blacken(PICTURE, 0.6, 5, seed)) == 0).mean()) for seed in range(40)]
    assert np.mean(shares) == pytest.approx(0.6, abs=0.02) and len(set(shares)) > 20
    assert (array(blacken(PICTURE, 0.6, 5, 7)) == array(blacken(PICTURE, 0.6, 5, 7))).all()
    assert (array(blacken(PICTURE, 0.6, 5, 7)) != array(blacken(PICTURE, 0.6, 5, 8))).any()
    assert not array(blacken(PICTURE, 1.0, 14, 0)).any()


def test_no_step_of_noise_is_the_picture():
    assert (array(diffuse(PICTURE, 0, seed=5)) == array(PICTURE)).all()


def test_noise_mixes_as_the_schedule_says():
    """By hand: betas on a sigmoid from 1e-5 to 5e-3, kept = prod(1 - beta); a grey picture becomes
    sqrt(kept) / 2 + sqrt(1 - kept) noise, which at 300 steps is clipped nowhere near its mean."""
    grey = Image.new("RGB", (256, 256), (128, 128, 128))
    kept = 1.0
    for at in range(300):
        kept *= 1 - (1e-5 + (5e-3 - 1e-5) / (1 + np.exp(6 - 12 * at / (STEPS - 1))))
    noisy = array(diffuse(grey, 300, seed=1)) / 255
    assert noisy.mean() == pytest.approx(kept**0.5 * 128 / 255, abs=2e-3)
    assert noisy.std() == pytest.approx((1 - kept) ** 0.5, rel=0.02)
    assert (noisy != array(diffuse(grey, 300, seed=2)) / 255).any()


def test_more_steps_leave_less_of_the_picture():
    likeness = []
    for steps in (100, 500, 1000):
        noisy = array(diffuse(PICTURE, steps, seed=1))
        likeness.append(np.corrcoef(noisy.ravel(), array(PICTURE).ravel())[0, 1])
    assert likeness[0] > 0.9 > likeness[1] > likeness[2] > 0
