"""Measurements, run by hand and never in the test suite: `make bench` and `make learn`."""
