"""What a reward may be shown of one answer, each thing made when it is asked for. Must not know who asks.

Whatever can be written to is made anew for every call, so that nothing a reward does to it reaches another reward or
the campaign.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mmzero.answers import matches
from mmzero.roles import coder, generator, open_proposer, reply, second_look, votes
from mmzero.types import Drawn, Episode, Generator, Idea, Rejection, Rollout, Said, Task

if TYPE_CHECKING:
    from PIL import Image

    from mmzero.ports import Sampler

Size = tuple[int, int]  # width, height
Sizes = tuple[tuple[Size, Size | None], ...]  # of each picture: original, processed


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a campaign keeps what rewards may ask for: pictures, how a model sees them, samplers that can judge."""

    image: Callable[[str], Path] | None = None  # from a picture's hash to its file
    processed: Callable[[Size], Size | None] | None = None  # from a picture's size to the size the policy sees
    sizes: Callable[[Task], Sizes | None] | None = None  # where the data itself says both
    put: Callable[[bytes], str] | None = None  # keeps a PNG and returns its hash
    samplers: Mapping[str, Sampler] = field(default_factory=dict)  # policy -> sampler
    render: Any = None  # a drawing sandbox that runs already; without one, a reward that asks for it starts its own


NOTHING = Surroundings()


@dataclass(frozen=True, slots=True)
class Moment:
    """What every answer of a step shares."""

    step: int
    batch: tuple[Said, ...] = ()
    archive: Mapping[str, int] = field(default_factory=dict)
    posterior: Any = None
    around: Surroundings = NOTHING
    known: Mapping[str, int] = field(default_factory=dict)


class Pictures(Sequence):
    """The task's pictures: `pictures[0]` is opened when it is first looked at. Files are read whole, so none stays
    open, and what travels to another process is where they lie."""

    def __init__(self, paths: Sequence[Path]):
        self.paths = tuple(paths)
        self._open: dict[int, Image.Image] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, at):
        if isinstance(at, slice):
            return Pictures(self.paths[at])
        at = range(len(self.paths))[at]
        if at not in self._open:
            self._open[at] = _open(self.paths[at])
        return self._open[at]


def _open(path: Path) -> Image.Image:
    from PIL import Image

    try:
        return Image.open(io.BytesIO(path.read_bytes()))
    except OSError as error:  # absent, or no picture
        raise ValueError(f"the picture {path.name} cannot be opened: {error.strerror or 'it is no picture'}") from error


@dataclass(frozen=True, slots=True)
class View:
    """One answer and all that can be said of it. `view["scene"]` is what a reward's parameter of that name gets."""

    rollout: Rollout
    answer: str | None
    siblings: tuple[str | None, ...]
    votes: tuple[bool, ...] | None
    drawings: tuple[Drawn, ...] | None
    proposal: Said | None
    group: int  # which of the step's episodes it stands in
    moment: Moment
    instances: tuple[tuple[Task, tuple[bool, ...]], ...] | None = None  # tasks of a program, and who solved them
    ran: float | None = None  # the share of its runs that made one

    def __getitem__(self, name: str) -> Any:
        if name in _OF_THE_TASK:
            return getattr(self.rollout.task, name)
        return _MADE[name](self)

    def content(self, name: str) -> str:
        """The same in words that are equal where the values are."""
        if name in ("scene", "images", "sizes"):
            return repr(self.rollout.task.scene if name == "scene" else self.rollout.task.images)
        return "" if name in ("judge", "render") else repr(self[name])

    @property
    def pictures(self) -> Pictures:
        find = self.moment.around.image
        if find is None and self.rollout.task.images:
            raise ValueError("nothing here knows where the pictures lie")
        return Pictures([find(name) for name in self.rollout.task.images] if find else ())


def _sizes(view: View) -> Sizes:
    around = view.moment.around
    if around.sizes and (told := around.sizes(view.rollout.task)):
        return told
    processed = around.processed
    sizes = map(_size, view.pictures.paths)
    return tuple((size, processed(size) if processed else None) for size in sizes)


@lru_cache(maxsize=8192)  # siblings share a picture, and several rewards ask
def _size(path: Path) -> Size:
    return _open(path).size


_OF_THE_TASK = frozenset({"question", "family", "kind", "level"})
_MADE: Mapping[str, Callable[[View], Any]] = {
    "answer": lambda view: view.answer,
    "response": lambda view: view.rollout.text,
    "truth": lambda view: view.rollout.task.answer,
    "scene": lambda view: json.loads(view.rollout.task.scene),
    "tokens": lambda view: view.rollout.output_ids,
    "length": lambda view: len(view.rollout.output_ids),
    "finish": lambda view: view.rollout.finish,
    "siblings": lambda view: view.siblings,
    "role": lambda view: view.rollout.role,
    "policy": lambda view: view.rollout.policy,
    "images": lambda view: view.pictures,
    "sizes": _sizes,
    "votes": lambda view: view.votes,
    "proposal": lambda view: None if isinstance(view.proposal, Rejection) else view.proposal,
    "rejection": lambda view: view.proposal if isinstance(view.proposal, Rejection) else None,
    "idea": lambda view: _idea(view),
    "drawings": lambda view: view.drawings,
    "instances": lambda view: view.instances,
    "ran": lambda view: view.ran,
    "step": lambda view: view.moment.step,
    "batch": lambda view: view.moment.batch,
    "archive": lambda view: MappingProxyType(view.moment.archive),
    "known": lambda view: MappingProxyType(view.moment.known),
    "posterior": lambda view: view.moment.posterior,
}


def views(episodes: Sequence[Episode], moment: Moment) -> list[View]:
    """Every answer that can be scored, in order: those of an episode that did not fail, but for one of which all that
    others made of it was lost to an engine: nothing can be said of it."""
    return [
        view for group, episode in enumerate(episodes) if not episode.failure for view in _of(episode, group, moment)
    ]


def _of(episode: Episode, group: int, moment: Moment) -> Iterator[View]:
    answers = tuple(reply.said(rollout) for rollout in episode.rollouts)
    children: dict[str | None, list[Episode]] = {}
    for child in second_look.with_picture(episode.children):
        children.setdefault(child.task.parent, []).append(child)
    proposals = episode.proposals or (None,) * len(episode.rollouts)
    for rollout, answer, proposal in zip(episode.rollouts, answers, proposals, strict=True):
        mine = children.get(rollout.id, ())
        made, ran = _made_of(rollout, proposal, mine), episode.facts.get(generator.ran(rollout.sibling))
        instances = _instances([*mine, *(one for child in mine for one in child.children)])
        if made is not None:
            yield View(rollout, answer, answers, *made, proposal, group, moment, instances, ran)


Made = tuple[tuple[bool, ...] | None, tuple[Drawn, ...] | None]  # votes on a minted task, drawings of an idea


def _made_of(rollout: Rollout, said: Said | None, children: Sequence[Episode]) -> Made | None:
    """What others made of a rollout; None where all of it was lost. Of several drawings those that were lost are left
    out, as if fewer had been made."""
    if isinstance(said, Generator):
        return (None, None) if _instances(children) else None
    if rollout.task.family == coder.FAMILY:
        drawn = _drawn(said, children)
        return None if drawn is None else (None, (drawn,))
    if drawings := [child for child in children if child.task.family == coder.FAMILY]:
        found = tuple(drawn for child in drawings for drawn in _each_drawn(child))
        return (None, found) if found else None
    if any(child.failure for child in children):
        return None
    return next((tuple(map(solved, child.rollouts)) for child in children), None), None


def _instances(children: Sequence[Episode]) -> tuple[tuple[Task, tuple[bool, ...]], ...] | None:
    """Those that were lost are left out, and those of which nothing is learned, as if fewer had been drawn."""
    drawn = [child for child in children if child.task.family == generator.FAMILY]
    asked = [child for child in drawn if not child.failure and not second_look.refused(child)]
    return tuple((child.task, tuple(map(solved, child.rollouts))) for child in asked) or None


def _each_drawn(episode: Episode) -> Iterator[Drawn]:
    for rollout, said in zip(episode.rollouts, episode.proposals, strict=True):
        asked = second_look.with_picture(episode.children)
        drawn = _drawn(said, [child for child in asked if child.task.parent == rollout.id])
        if drawn is not None:
            yield drawn


def _drawn(said: Said | None, asked: Sequence[Episode]) -> Drawn | None:
    """A picture and what was answered about it, or why there is none; None where it or a vote was lost."""
    if isinstance(said, Rejection):
        return Drawn(status=said.reason)
    if not asked or any(child.failure for child in asked):
        return None
    if asked[0].task.family == generator.FAMILY:
        return Drawn(status="ok")
    answers = {child.task.kind: votes.answers(child.rollouts) for child in asked}
    return Drawn(status="ok", easy=answers[coder.EASY], hard=answers[coder.HARD])


def _idea(view: View) -> Idea | None:
    if isinstance(view.proposal, Idea):
        return view.proposal
    drawn = view.rollout.task.family == coder.FAMILY
    return open_proposer.from_scene(view.rollout.task.scene) if drawn else None


def solved(rollout: Rollout) -> bool:
    """Whether a rollout's answer is its task's truth; what votes and evaluations count."""
    truth = rollout.task.answer
    return truth is not None and matches(reply.said(rollout), truth)
