"""Pools shared by the whole session, one per level this machine offers, and the den."""

from __future__ import annotations

import os

import pytest
from sandbox_material import LEVELS, POLICY, SLOTS, TOKEN, WITHOUT, furnish

from mmzero.render import RenderPolicy, RenderPool


@pytest.fixture(scope="session")
def pool_at():
    """A pool at a level, made once."""
    made: dict[str, RenderPool] = {}
    os.environ["MMZERO_TEST_TOKEN"] = TOKEN  # what no drawing may see

    def at(level: str) -> RenderPool:
        if level not in made:
            made[level] = RenderPool(RenderPolicy(without=WITHOUT[level], **POLICY), slots=SLOTS)
            assert made[level].level == level
        return made[level]

    yield at
    del os.environ["MMZERO_TEST_TOKEN"]
    for pool in made.values():
        pool.close()


@pytest.fixture(scope="session")
def pool(pool_at):
    return pool_at(LEVELS[0])


@pytest.fixture(scope="session")
def den(tmp_path_factory):
    made, listeners = furnish(tmp_path_factory.mktemp("den"))
    yield made
    for listener in listeners:
        listener.close()
