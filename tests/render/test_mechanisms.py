"""What holds is found by doing; a level follows from it, and what is too little is refused in a sentence with a way out."""

from __future__ import annotations

import errno
import os
import platform
import re
import signal
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmzero import doctor
from mmzero.errors import EngineError, UserError
from mmzero.render import RenderPolicy, RenderPool, link, mechanisms, namespaces, seccomp, svg
from mmzero.render.link import Reply, status_of

HOLDS = {"namespaces": "", "landlock": "", "seccomp": ""}


@pytest.mark.parametrize(
    ("missing", "level"),
    [
        ((), "L3"),
        (("landlock",), "L3"),
        (("namespaces",), "L2"),
        (("namespaces", "landlock"), "L1"),
        (("seccomp",), "L0"),
        (("namespaces", "landlock", "seccomp"), "L0"),
    ],
)
def test_the_level_follows_from_what_holds(missing, level):
    assert mechanisms.level_of(HOLDS | dict.fromkeys(missing, "it does not")) == level


def test_too_little_is_refused_in_one_sentence_that_names_the_piece_and_the_ways_out():
    troubles = HOLDS | {"namespaces": "unshare: No space left on device", "landlock": "the kernel has no Landlock"}
    with pytest.raises(UserError) as refused:
        mechanisms.refuse_below("L2", troubles)
    said = str(refused.value)
    for piece in ("confines a drawing to L1", "asks for L2", "unshare: No space", "no Landlock", "nothing was run",
                  "install bubblewrap", "5.13", "min_level to L1", "render.weaker to allow"):  # fmt: skip
        assert piece in said
    assert "seccomp" not in said
    assert mechanisms.refuse_below("L1", troubles) == "L1"
    assert mechanisms.refuse_below("L2", HOLDS) == "L3"


def test_what_is_behind_a_link_is_shown_where_it_lies_too(tmp_path, monkeypatch):
    """matplotlib resolves its own folder, and asks for its fonts there."""
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    monkeypatch.setattr(namespaces, "package_folders", lambda: [str(tmp_path / "link")])
    assert {str(tmp_path / "link"), str(tmp_path / "there")} <= set(namespaces.shown())


def test_a_pool_on_such_a_machine_runs_nothing():
    with pytest.raises(UserError, match="so nothing was run"):
        RenderPool(RenderPolicy(without={"namespaces", "landlock"}))
    with pytest.raises(UserError, match="asks for L3"):
        RenderPool(RenderPolicy(without={"namespaces"}, min_level="L3"))


def test_another_system_is_refused(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(UserError, match="this is darwin, so nothing was run: use a Linux machine"):
        RenderPool()


@pytest.mark.parametrize(
    "trial",
    [
        lambda: mechanisms.landlock_trouble(restrict=lambda rules: None),
        lambda: mechanisms.seccomp_trouble(install=lambda made: None),
        lambda: mechanisms.walls_trouble([], enter=lambda shown: None),
    ],
    ids=["landlock", "seccomp", "namespaces"],
)
def test_what_is_set_and_not_enforced_is_trouble(trial):
    assert re.search("set, and yet|can be seen from inside", mechanisms.in_a_child(trial))


def test_a_trial_that_dies_is_trouble():
    assert mechanisms.in_a_child(lambda: os.kill(os.getpid(), signal.SIGSYS)) == "the trial was ended by SIGSYS"
    assert mechanisms.in_a_child(lambda: 1 / 0) == "division by zero"
    assert mechanisms.in_a_child(lambda: "") == ""


REPLY = Reply(id=1, signal=0, code=0, started=True, late=False, sealed=True, cpu_s=1.0, wall_s=2.0)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "ok"),
        ({"code": 10}, "code_error"),
        ({"code": 1}, "code_error"),
        ({"code": 99}, "code_error"),
        ({"code": 11}, "no_image"),
        ({"code": 12}, "too_big"),
        ({"code": 13}, "memory"),
        ({"signal": 9, "late": True}, "timeout"),
        ({"signal": 9, "cpu_s": 3.0}, "cpu_limit"),
        ({"signal": 24, "cpu_s": 2.9}, "cpu_limit"),
        ({"signal": 9, "cpu_s": 0.5}, "infra_error"),
        ({"signal": 31}, "violation"),
        ({"signal": 11}, "crash"),
        ({"signal": 6}, "crash"),
        ({"started": False, "code": 10}, "infra_error"),
        ({"started": False, "signal": 31}, "infra_error"),
        ({"sealed": False}, "infra_error"),
    ],
)
def test_a_status_is_read_from_how_the_process_ended(changes, status):
    assert status_of(replace(REPLY, **changes), cpu_s=3) == status


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the headers are this machine's")
def test_numbers_of_system_calls_are_the_kernels():
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("no kernel headers here")
    known = {name: int(number) for name, number in re.findall(r"__NR_(\w+) (\d+)", header.read_text())}
    ours = seccomp._numbers(seccomp._ALLOWED + seccomp._HOSTILE + seccomp._JUDGED, 0)
    assert {name: known.get(name, number) for name, number in ours.items()} == ours
    assert len(ours) > 110


def test_no_call_is_both_allowed_and_hostile():
    for column in (0, 1):
        lists = [
            set(seccomp._numbers(text, column).values())
            for text in (seccomp._ALLOWED, seccomp._HOSTILE, seccomp._JUDGED)
        ]
        assert sum(map(len, lists)) == len(set.union(*lists))


def decide(code: list[bytes], arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would do: the filter's few instructions, carried out."""
    data = struct.pack("<iIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    at = value = 0
    while True:
        operation, then, otherwise, operand = struct.unpack("<HBBI", code[at])
        at += 1
        if operation == seccomp._RETURN:
            return operand
        if operation == seccomp._LOAD:
            (value,) = struct.unpack_from("<I", data, operand)
        else:
            at += then if (value == operand if operation == seccomp._EQUAL else value >= operand) else otherwise


@pytest.mark.parametrize("opens", [True, False])
@pytest.mark.parametrize("column", [0, 1])
def test_the_filter_decides_as_written_on_both_machines(column, opens):
    code, arch = seccomp._compile(column, opens), seccomp._ARCH[column]
    allowed, hostile, judged = (
        seccomp._numbers(text, column) for text in (seccomp._ALLOWED, seccomp._HOSTILE, seccomp._JUDGED)
    )
    own, refused = seccomp._OWN_PID, seccomp._error(errno.EPERM)
    for name, number in allowed.items():
        plain = name not in ("fcntl", "ioctl", "open", "openat")
        assert decide(code, arch, number) == seccomp._ALLOW or not plain, name
        assert decide(code, seccomp._ARCH[1 - column], number) == seccomp._KILL
    assert decide(code, arch, allowed["openat"]) == (seccomp._ALLOW if opens else seccomp._error(errno.EACCES))
    assert {decide(code, arch, number) for number in hostile.values()} == {seccomp._KILL}
    assert decide(code, arch, allowed["fcntl"], (0, 1030)) == seccomp._ALLOW
    assert decide(code, arch, allowed["fcntl"], (0, 1033)) == refused
    assert decide(code, arch, allowed["ioctl"], (0, 0x5412)) == refused
    assert decide(code, arch, judged["tgkill"], (own, 7, 6)) == seccomp._ALLOW
    for arguments in ((own, 7, 9), (own + 1, 7, 6), (1, 1, 0)):
        assert decide(code, arch, judged["tgkill"], arguments) == refused
    assert decide(code, arch, judged["prlimit64"], (0, 7, 0, 99)) == seccomp._ALLOW
    for arguments in ((1, 7, 0), (0, 7, 5), (0, 7, 5 << 32)):
        assert decide(code, arch, judged["prlimit64"], arguments) == refused
    assert decide(code, arch, judged["clone3"]) == seccomp._error(errno.ENOSYS)
    assert decide(code, arch, 1000) == seccomp._error(errno.ENOSYS)
    assert decide(code, arch, 450) == refused
    if column == 0:
        assert decide(code, arch, allowed["getpid"] | 0x40000000) == seccomp._KILL


def test_what_a_drawing_hands_over_is_judged():
    told = b'{"scene": 1, "answer": [2], "written": ["7"], "more": 3}'
    assert link._facts(told) == {"scene": 1, "answer": [2], "written": ("7",)}
    for bad in (b'{"written": "7"}', b'{"written": [7]}', b'{"written": {"7": 1}}'):
        with pytest.raises(ValueError, match="texts"):
            link._facts(bad)
    for bad in (b"[1]", b"{", b'{"answer": NaN}', b'{"answer": "\\ud800"}', b"[" * 60_000, b'{"question": 1}', b"\xff"):
        with pytest.raises(ValueError, match="answer"):
            link._facts(bad)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ("width='30' height='20px'", (30, 20)),
        ("width='1in' height='25.4mm'", (96, 96)),
        ("viewBox='-5 -5 70 80'", (70, 80)),
        ("width='100%' viewBox='0,0,70,80'", (70, 80)),
        ("", (100, 100)),
        ("width='1e2' height='12pt'", (100, 16)),
    ],
)
def test_the_size_of_an_svg_is_known_before_it_is_drawn(attributes, size):
    root = svg._parsed(f"<svg xmlns='http://www.w3.org/2000/svg' {attributes}/>")
    assert np.allclose(svg._size(root), size)


# --- the doctor


def found_by_doctor(monkeypatch, survey):
    monkeypatch.setattr(doctor, "_trial_drawings", lambda: iter(()))
    monkeypatch.setattr(link, "survey", survey)
    return {finding.name: finding for finding in doctor._sandbox()}


def test_the_doctor_tries_every_layer_here():
    found = {finding.name: finding for finding in doctor._sandbox()}
    about = (*HOLDS, "bubblewrap", "python", "svg", "generator", "identity")
    assert {f"drawings: {one}" for one in about} | {"drawings"} == set(found)
    assert all(found[f"drawings: {kind}"].found.startswith("drawn in ") for kind in ("python", "svg", "generator"))
    assert found["drawings: identity"].found in ("a private uid", "this user's uid, with no capabilities")
    assert found["drawings"].found in ("confined to L2", "confined to L3")


def test_the_doctor_names_what_is_missing_and_the_remedy(monkeypatch):
    troubles = HOLDS | {"namespaces": "unshare: Operation not permitted"}
    found = found_by_doctor(monkeypatch, lambda: troubles)
    assert (found["drawings"].state, found["drawings"].found) == ("ok", "confined to L2")
    layer = found["drawings: namespaces"]
    assert (layer.state, layer.found) == ("note", "unshare: Operation not permitted")
    assert "install bubblewrap" in layer.remedy
    found = found_by_doctor(monkeypatch, lambda: troubles | {"landlock": "none"})
    assert found["drawings"].state == "note"
    assert "5.13" in found["drawings"].remedy


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("svg", "<svg", "code_error: "),
        ("python", "1 / 0", "ZeroDivisionError at line 1"),
        ("generator", "", "scene is missing"),
    ],
)
def test_a_trial_drawing_that_fails_is_broken_with_what_it_says(kind, code, said, monkeypatch):
    monkeypatch.setattr(doctor, "_TRIALS", {kind: code})
    (finding,) = doctor._trial_drawings()
    assert (finding.name, finding.state) == (f"drawings: {kind}", "broken") and said in finding.found and finding.remedy


def test_the_doctor_notes_a_bubblewrap_that_is_not_there_or_does_not_work(tmp_path):
    (absent,), (mute,) = doctor._bubblewrap(None), doctor._bubblewrap(str(tmp_path / "bwrap"))
    assert (
        absent.state == mute.state == "note" and "install bubblewrap" in absent.remedy and "namespaces" in mute.remedy
    )
    assert absent.found.startswith("not there; mmzero makes its own") and "No such file" in mute.found
    works = tmp_path / "works"
    works.write_text("#!/bin/sh\nexit 0\n")
    works.chmod(0o755)
    (fine,) = doctor._bubblewrap(str(works))
    assert (fine.state, fine.found, fine.remedy) == ("ok", str(works), "")


def test_the_doctor_survives_a_zygote_that_does_not_start(monkeypatch):
    def survey():
        raise EngineError("the drawing process did not start: no numpy")

    assert found_by_doctor(monkeypatch, survey)["drawings"].state == "broken"


def test_a_zygote_that_dies_while_it_loads_is_reported_with_what_it_said(monkeypatch):
    says_what_holds = f"zygote.recv(1 << 17); zygote.sendall(json.dumps({{'troubles': {HOLDS}}}).encode())"
    ends = "raise SystemExit('no fonts here')"
    boot = f"import json, socket, sys; zygote = socket.socket(fileno=int(sys.argv[1])); {says_what_holds}; {ends}"
    monkeypatch.setattr(link, "_BOOT", boot)
    with pytest.raises(EngineError, match="the drawing process did not start: no fonts here"):
        RenderPool(RenderPolicy())
