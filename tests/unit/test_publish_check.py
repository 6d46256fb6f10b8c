"""At a rate of a twentieth, every twentieth publish is looked at."""

from mmzero.engines.publish_check import PublishCheck


def test_checks_are_spread_evenly_over_versions():
    assert [version for version in range(1, 61) if PublishCheck(0.05, "float32").due(version)] == [20, 40, 60]
    assert all(PublishCheck(1.0, "float32").due(version) for version in range(1, 9))
    assert not any(PublishCheck(0.0, "float32").due(version) for version in range(1, 99))
