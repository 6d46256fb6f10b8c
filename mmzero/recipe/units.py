"""Written units to plain numbers: 7d, 16GiB, 4Mi. Pure."""

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FACTORS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_WRITTEN = re.compile(r"\s*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([A-Za-z]*)\s*")


def _read(value: object, units: dict[str, int], example: str) -> object:
    if not isinstance(value, str):
        return value  # pydantic judges plain numbers
    match = _WRITTEN.fullmatch(value)
    if not match or match[2] not in units:
        raise ValueError(
            f"'{value}' cannot be read; write a number with one of {', '.join(filter(None, units))}, such as {example}"
        )
    number = float(match[1]) * units[match[2]]
    return int(number) if number == int(number) else number


def read_duration(value: object) -> object:
    return _read(value, {"": 1, **_SECONDS}, "90s or 7d")


def read_size(value: object) -> object:
    return _read(value, {unit + "B": factor for unit, factor in _FACTORS.items()} | {"": 1}, "16GiB")


def read_count(value: object) -> object:
    return _read(value, _FACTORS, "4Mi or 16384")
