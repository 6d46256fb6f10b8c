"""What the contracts of samplers share within a module: a folder of pictures, and a cluster of their own."""

import pytest

from mmzero.engines.cluster import Cluster
from mmzero.journal.images import ImageStore

TIMEOUT = 300.0


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return ImageStore(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster("local", TIMEOUT)
    yield cluster
    cluster.close()
