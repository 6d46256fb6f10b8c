"""What makes a program draw the same picture every time: its draws, its clocks and its ids follow from the job's seed.

Known to differ still: `id` of an object and what follows from it, `np.datetime64("now")`, and what `ctypes` asks.
"""

from __future__ import annotations

import datetime
import os
import platform
import random
import time
import uuid
from types import SimpleNamespace

_EPOCH = 1_750_000_000.0  # a day in June 2025
_TICK = 1e-3  # each look at the clock, so that a loop which waits for it ends
_STARTED_AT = 1000.0  # what clocks without a date show at first

_state = SimpleNamespace(entropy=random.Random(0), now=0.0)
_new_random = random.Random.seed


def install() -> None:
    """Once, in the zygote."""
    _calm_chance()
    _calm_clocks()
    os.getpid = lambda: 2
    os.cpu_count = lambda: 1
    os.uname = lambda: os.uname_result(("Linux", "sandbox", "0", "0", "x86_64"))
    platform._uname_cache = platform.uname_result("Linux", "sandbox", "0", "0", "x86_64")
    uuid.getnode = lambda: 2


def begin(seed: int) -> None:
    """In each child, before its program."""
    import numpy as np

    _new_random(_state.entropy, seed ^ 0x5BD1E995)
    _state.now = 0.0
    random.seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)


def _calm_chance() -> None:
    import secrets

    import numpy.random.bit_generator as bit_generator

    def seed(self: random.Random, a: object = None, version: int = 2) -> None:
        _new_random(self, _state.entropy.getrandbits(64) if a is None else a, version)

    def urandom(size: int) -> bytes:
        return _state.entropy.randbytes(size)

    random.Random.seed = seed
    random.seed = random._inst.seed
    os.urandom = random._urandom = urandom
    bit_generator.randbits = secrets.randbits = lambda bits: _state.entropy.getrandbits(bits)


def _look() -> float:
    _state.now += _TICK
    return _state.now


def _calm_clocks() -> None:
    sleep, gmtime, strftime = time.sleep, time.gmtime, time.strftime

    def slept(seconds: float) -> None:
        sleep(seconds)
        _state.now += seconds

    def dated(seconds: float | None = None) -> time.struct_time:
        return gmtime(_EPOCH + _look() if seconds is None else seconds)

    time.sleep = slept
    time.time = lambda: _EPOCH + _look()
    time.time_ns = lambda: int(1e9 * time.time())
    for name in ("monotonic", "perf_counter", "process_time", "thread_time"):
        setattr(time, name, lambda: _STARTED_AT + _look())
        setattr(time, name + "_ns", lambda: int(1e9 * (_STARTED_AT + _look())))
    time.gmtime = time.localtime = dated  # the zone is UTC
    time.ctime = lambda seconds=None: time.asctime(dated(seconds))
    time.strftime = lambda form, moment=None: strftime(form, dated() if moment is None else moment)
    real_asctime = time.asctime
    time.asctime = lambda moment=None: real_asctime(dated() if moment is None else moment)
    datetime.datetime, datetime.date = _calm_datetime(datetime.datetime), _calm_date(datetime.date)


class _AsReal(type):
    """An instance of the real class, which C code still makes, is one of ours."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.__mro__[1])

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.__mro__[1])


def _calm_datetime(real: type) -> type:
    class Moment(real, metaclass=_AsReal):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls):
            return cls.now()

        @classmethod
        def utcnow(cls):
            return cls.now()

    return _named(Moment, real)


def _calm_date(real: type) -> type:
    class Day(real, metaclass=_AsReal):
        @classmethod
        def today(cls):
            return cls.fromtimestamp(time.time())

    return _named(Day, real)


def _named(made: type, real: type) -> type:
    made.__name__ = made.__qualname__ = real.__name__
    made.__module__ = real.__module__
    return made
