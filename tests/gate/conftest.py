"""One sandbox for the whole folder: small pictures, two at a time, and time enough on a machine that does other things too."""

from __future__ import annotations

import pytest

from mmzero.render import RenderPolicy, RenderPool


@pytest.fixture(scope="session")
def sandbox():
    with RenderPool(RenderPolicy(max_pixels=2**16, wall_s=120, cpu_s=1), slots=2) as pool:
        yield pool
