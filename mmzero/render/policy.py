"""What a drawing is asked for, allowed and answered with; knows nothing of how it is confined.

A level says what stands between a program and this machine, and is part of a campaign's meaning:

    L3  namespaces (bubblewrap or our own), seccomp, and Landlock where the kernel has it
    L2  Landlock and seccomp: nothing can be read or reached, but the size and age of files can be seen (`stat`)
    L1  seccomp alone, with no file opened at all: late imports fail, so a program may draw at L2 and not here
    L0  a process with limits: no protection
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from mmzero.errors import UserError

if TYPE_CHECKING:
    import numpy as np

Status = Literal[
    "ok",  # there is a picture
    "code_error",  # the program is wrong: the log says what and where
    "no_image",  # it ran and drew nothing
    "too_big",
    "timeout",  # the wall clock's limit, with CPU time to spare: it slept, or the machine was overloaded
    "cpu_limit",
    "memory",
    "crash",  # a signal: segmentation fault, abort
    "violation",  # it called what only an attack calls
    "infra_error",  # ours, not the program's: tried twice, never a reward
]
STATUSES: tuple[Status, ...] = get_args(Status)

Kind = Literal["python", "svg", "generator"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Level = Literal["L0", "L1", "L2", "L3"]
LEVELS: tuple[Level, ...] = get_args(Level)  # weakest first, so that they compare as text

Layer = Literal["namespaces", "landlock", "seccomp"]
LAYERS: tuple[Layer, ...] = get_args(Layer)


@dataclass(frozen=True, slots=True)
class Job:
    """One drawing: a program and the seed of its draws.

    `generator` is a program with `scene(seed)`, `draw(scene)`, `answer(scene)` and perhaps `question(scene)`; one job
    is one instance of it. A job that gives `scene_json` skips `scene` and draws that one: a counterfactual.
    """

    kind: Kind
    code: str
    seed: int = 0
    scene_json: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UserError(f"no drawing is of kind {self.kind!r}; the kinds are {', '.join(KINDS)}")
        if self.scene_json is not None and self.kind != "generator":
            raise UserError(f"a job of kind {self.kind!r} has no scene; only a generator draws a given one")


@dataclass(frozen=True, slots=True)
class RenderPolicy:
    """What every drawing of a pool may use. CPU time is counted in whole seconds, as the kernel does."""

    wall_s: float = 10.0
    cpu_s: int = 8
    memory: int = 2 * 2**30  # address space of one drawing, the 300 MiB of a started Python included
    max_pixels: int = 4 * 2**20
    log_bytes: int = 16 * 2**10
    json_bytes: int = 64 * 2**10  # scene, question, answer; and a picture's texts where they fit
    code_bytes: int = 2**20
    packages: tuple[str, ...] = ()  # importable besides the standard library, matplotlib, numpy and Pillow
    kinds: tuple[Kind, ...] = KINDS
    min_level: Level = "L2"  # what the machine must offer before anything is run
    without: frozenset[Layer] = field(default_factory=frozenset)  # layers left out though the machine has them

    def __post_init__(self) -> None:
        object.__setattr__(self, "without", frozenset(self.without))
        object.__setattr__(self, "kinds", tuple(self.kinds))
        object.__setattr__(self, "packages", tuple(self.packages))
        for name, least in _LEAST.items():
            if not getattr(self, name) >= least:  # a NaN is refused too
                raise UserError(f"a render policy's {name} is {getattr(self, name)}; it must be at least {least}")
        _refuse_unknown("min_level", (self.min_level,), LEVELS)
        _refuse_unknown("without", self.without, LAYERS)
        _refuse_unknown("kinds", self.kinds, KINDS)
        if bad := [name for name in self.packages if not name.isidentifier()]:
            raise UserError(f"a render policy's packages hold {bad[0]!r}; they are names to import, such as scipy")


_LEAST = {
    "wall_s": 0.1, "cpu_s": 1, "memory": 512 * 2**20, "max_pixels": 1, "log_bytes": 1024, "json_bytes": 2, "code_bytes": 1
}  # fmt: skip


def _refuse_unknown(name: str, said: Iterable[str], known: tuple[str, ...]) -> None:
    if bad := sorted(set(said) - set(known)):
        raise UserError(f"a render policy's {name} is {bad[0]!r}; it knows {', '.join(known)}")


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What came of a job: `image` is 8-bit RGB, height by width by 3. Text here and in the log is a model's: escape it."""

    status: Status
    level: Level
    image: np.ndarray | None = None
    log: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    scene: Any = None  # a generator's, as plain JSON
    question: str | None = None
    answer: Any = None
    written: tuple[str, ...] = ()  # with a font into the picture, each text once; a program can do so behind our back
