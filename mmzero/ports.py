"""The Protocols where rooms meet engines. Whoever implements one, real or fake, passes tests/contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mmzero.types import Answer, Ask, Batch, Rollout

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from mmzero.families.skin import Skin
    from mmzero.recipe import Learning
    from mmzero.render import Job, Result


class Family(Protocol):
    """A mechanism, not a template. Any module under families/<domain>/ that defines these is one: its name is the
    file's and its domain the folder's. Everything is a pure function of the scene, and the scene of (level, seed). One that
    asks for boxes may also have `absent(scene)`: the same scene, asked for what is not in it."""

    KNOBS: Mapping[str, range | tuple[str, ...]]  # what a proposer may fix, with the values it may take
    SMALLEST: int  # pixels a side below which its pictures can no longer be read

    def sample(self, level: int, seed: int, **knobs: int | str) -> Any: ...  # a frozen dataclass, the Scene
    def draw(self, scene: Any, skin: Skin) -> Image.Image: ...
    def ask(self, scene: Any) -> tuple[str, str, Answer]: ...  # kind, question, answer
    def explain(self, scene: Any) -> tuple[str, ...]: ...  # a worked solution, step by step, ending before the answer
    def caption(self, scene: Any) -> str: ...  # the question can be answered from this without the picture


class Sampler(Protocol):
    """Answers with one policy's weights."""

    version: int

    def play(self, asks: Iterable[Ask]) -> Iterator[tuple[Rollout, ...]]:
        """The siblings of each ask, group by group as they finish; siblings in the order of their seeds."""
        ...

    def receive(self, weights: Iterable[tuple[str, Any]], version: int) -> None:
        """Take these named weights whole, drop every cache, and answer as `version` from now on."""
        ...


class Renderer(Protocol):
    """Draws what models wrote, out of harm's way."""

    def map(self, jobs: Iterable[Job]) -> list[Result]:
        """One result for each job, in order, whatever its program did. An `infra_error` was tried twice."""
        ...


class Learner(Protocol):
    """Owns one policy: its weights, its optimizer and its anchor."""

    version: int  # what its weights are once they have learned what they are given next; said by whoever gives it

    def learn(self, batch: Batch, learning: Learning) -> Mapping[str, float]:
        """Make `learning.updates` optimizer updates; the figures of the step come back."""
        ...

    def logprobs(self, rollouts: Sequence[Rollout]) -> list[np.ndarray]:
        """The log-probs the current weights give each rollout's tokens, as the sampler would say them."""
        ...

    def publish(self, samplers: Iterable[Sampler], version: int) -> None: ...
    def anchor(self) -> None:
        """Remember the current weights as this phase's start (the KL anchor `phase_start`)."""
        ...

    def forget(self) -> None:
        """Begin with an optimizer that has made no update; the weights stay."""
        ...

    def save(self, folder: Path) -> None:
        """Everything that decides the future, in the world-size-free format: name -> fp32 master, moments, step."""
        ...

    def load(self, folder: Path) -> None: ...

    def save_model(self, folder: Path) -> None:
        """The weights alone, adapters merged, with the processor: a folder that others load."""
        ...

    def alive(self) -> bool:
        """Whether all of it answers, asked while nothing else is asked of it."""
        ...

    def restart(self) -> None:
        """Begin anew, whatever of it died or hung: as it was before it learned anything."""
        ...
