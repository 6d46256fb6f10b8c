"""Nothing gets out at any level this machine offers, whatever is tried; and with a layer off the same tries are seen to."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from attacks import ATTACKS, PRELUDE, Attack
from sandbox_material import LEVELS, POLICY, TOKEN, family, zygote_of

from mmzero.render import Job, RenderPolicy, RenderPool, Result

HONEST = Job("python", "from PIL import Image\nImage.new('RGB', (9, 7), (1, 2, 3)).save('a.png')")


@dataclass
class Fought:
    """What came of all attacks at one level, each followed by an honest drawing."""

    results: dict[str, Result]
    honest: dict[str, Result]
    guests: list[str]
    before: dict
    after: dict
    left: set[int]


@pytest.fixture(scope="session")
def fought(den, pool_at):
    done: dict[str, Fought] = {}

    def at(level: str) -> Fought:
        if level not in done:
            done[level] = _fight(pool_at(level), den)
        return done[level]

    return at


def _fight(pool: RenderPool, den) -> Fought:
    before, guests = den.state(), len(den.guests)
    jobs = [job for attack in ATTACKS for job in (Job(attack.kind, den.fill(attack.code)), HONEST)]
    results = pool.map(jobs)
    left = family(zygote_of(pool))
    names = [attack.name for attack in ATTACKS]
    return Fought(
        dict(zip(names, results[::2], strict=True)),
        dict(zip(names, results[1::2], strict=True)),
        den.guests[guests:],
        before,
        den.state(),
        left,
    )


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_nothing(level, attack: Attack, fought):
    result = fought(level).results[attack.name]
    assert "ESCAPED" not in result.log
    assert TOKEN not in result.log
    assert result.status in attack.ends, f"{result.status}: {result.log[-300:]}"
    assert (result.image is not None) == (result.status == "ok")


@pytest.mark.parametrize("level", LEVELS)
def test_an_honest_drawing_after_each_attack_is_unharmed(level, fought):
    expected = np.full((7, 9, 3), (1, 2, 3), dtype=np.uint8)
    harmed = {
        name: result.status
        for name, result in fought(level).honest.items()
        if result.status != "ok" or not np.array_equal(result.image, expected)
    }
    assert not harmed


@pytest.mark.parametrize("level", LEVELS)
def test_attacks_leave_nothing_behind(level, fought):
    found = fought(level)
    assert found.after == found.before
    assert found.guests == []
    assert len(found.left) <= 2, "the zygote, and what waits outside its namespaces"


@pytest.mark.parametrize("level", LEVELS)
def test_what_an_attack_says_is_short_and_harmless_to_a_terminal(level, fought):
    for name, result in fought(level).results.items():
        assert len(result.log.encode()) <= 16 * 2**10 + 3 * 1024, name
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", result.log), name


@pytest.mark.parametrize("level", LEVELS)
def test_only_namespaces_hide_the_size_of_a_file(level, den, pool_at):
    code = den.fill("import os\nprint('size', os.stat('SECRET').st_size)")
    (result,) = pool_at(level).map([Job("python", code)])
    assert (f"size {len(TOKEN)}" in result.log) == (level == "L2"), "the one documented exception"


# --- the suite bites: with a layer off, the same kind of try succeeds

PROBES = {
    "read": "open('SECRET').read()",
    "write": "os.write(os.open('DEN/canary', os.O_CREAT | os.O_WRONLY), b'x')",
    "udp": "__import__('socket').socket(2, 2).sendto(b'x', ('127.0.0.1', UDP))",
    "pair": "__import__('socket').socketpair()",
    "pipe": "os.pipe()",
    "unshare": "call(272, 0)",
    "kill": "call(62, os.getppid(), 0)",
    "chmod": "os.chmod('DEN/empty', 0o755)",
    "memfd": "os.memfd_create('x')",
}
STOPPED_BY = {"read": "landlock", "write": "landlock"} | dict.fromkeys(
    ("udp", "pair", "pipe", "unshare", "chmod", "memfd"), "seccomp"
)


def escapes(pool: RenderPool, den) -> set[str]:
    """Which probes succeed."""
    results = pool.map([Job("python", den.fill(f"{PRELUDE}\nattempt(lambda: {probe})")) for probe in PROBES.values()])
    (den.folder / "canary").unlink(missing_ok=True)
    return {name for name, result in zip(PROBES, results, strict=True) if "ESCAPED" in result.log}


def escapes_without(den, *layers: str) -> set[str]:
    with RenderPool(RenderPolicy(min_level="L0", without={"namespaces", *layers}, **POLICY), slots=2) as pool:
        return escapes(pool, den)


def test_without_seccomp_the_suite_sees_escapes(den):
    found = escapes_without(den, "seccomp")
    assert found >= {name for name, layer in STOPPED_BY.items() if layer == "seccomp"}
    assert not found & {name for name, layer in STOPPED_BY.items() if layer == "landlock"}


def test_without_landlock_the_suite_sees_escapes(den):
    assert escapes_without(den, "seccomp", "landlock") >= set(STOPPED_BY)


def test_without_landlock_seccomp_seals(den):
    """L1: no file is opened at all."""
    assert escapes_without(den, "landlock") == set()


@pytest.mark.parametrize("level", LEVELS)
def test_with_all_layers_of_a_level_nothing_escapes(level, den, pool_at):
    assert escapes(pool_at(level), den) == set()
