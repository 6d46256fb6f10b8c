"""MM-Zero's own rewards of its three roles, each constant a keyword whose default is the published run's.

What that run did by accident is left out: an answer that no server gave is here no zero but missing, and a coder is not
judged by itself (a recipe can have that back by votes.policy)."""

from functools import lru_cache

from mmzero.answers import ballots, bleu, form
from mmzero.types import Answer, Drawing, Drawn, Idea, Rejection

_NO_SVG = ("no_code", "no_svg", "truncated", "too_long")
_FLAGGED = ("empty", "code_error", "no_image")


def proposer(
    idea: Idea | None,
    drawings: tuple[Drawn, ...] | None,
    batch: tuple[Idea, ...],
    malformed: float = -1.0,
    easy_cap: float = 0.5,
    flat_below: float = 0.15,
    flat_costs: float = 0.3,
    content_above: float = 0.5,
    content_costs: float = 0.15,
    alike_costs: float = 0.5,
    alike_most: float = 0.5,
    alike_within: float = 0.25,
    alike_weights: tuple[float, float, float] = (0.45, 0.20, 0.35),
) -> tuple[float, dict[str, float]]:
    """Of each drawing how often its easy question is answered as proposed, up to a cap, and how evenly the hard one
    splits its solvers; less where all are sure, where a content type fills the batch, and where texts repeat. One of four
    drawings rendered, easy 3 of 5 as proposed and hard [6, 6, 6, 7, 8], alone in its batch: (0.5 + 0.4) / 4 = 0.225."""
    if idea is None or drawings is None:
        return malformed, {}
    seen = [one for one in drawings if one.status == "ok"]
    easy = [min(_as_proposed(one, idea), easy_cap) for one in seen]
    hard = [_split(one) for one in seen]
    parts = {
        "easy": sum(easy) / len(drawings),
        "hard": sum(hard) / len(drawings),
        "flat": -flat_costs if seen and sum(hard) / len(hard) < flat_below else 0.0,
        "content": -content_costs * _crowded(idea, batch, content_above),
        "alike": -min(max(_alike(idea, batch, alike_costs, alike_within, tuple(alike_weights)), 0.0), alike_most),
    }
    return sum(parts.values()), parts


def coder(
    idea: Idea,
    proposal: Drawing | None,
    rejection: Rejection | None,
    drawings: tuple[Drawn, ...] | None,
    rendered: float = 1.0,
    failed: float = -0.10,
    flagged: float = -0.05,
    no_svg: float = -0.50,
    least: float = -0.5,
) -> tuple[float, dict[str, float]]:
    """A picture earns 1, how often its easy question is answered as proposed, and how evenly the hard one splits its
    solvers; what is no picture costs, and more where it is empty or broken or no SVG at all."""
    if proposal is not None and drawings:
        parts = {"rendered": rendered, "easy": _as_proposed(drawings[0], idea), "hard": _split(drawings[0])}
    else:
        why = rejection.reason if rejection else ""
        parts = {"failed": failed, "flagged": flagged * (why in _FLAGGED), "no_svg": no_svg * (why in _NO_SVG)}
    return max(sum(parts.values()), least), parts


def solver(
    response: str, answer: str | None, truth: Answer, right: float = 0.9, formed: float = 0.1, boxed: bool = True
) -> tuple[float, dict[str, float]]:
    """The answer says what most said, and the response keeps the form: thoughts, then a box or, where `boxed` is false,
    answer marks."""
    keeps = form.think_boxed(response) if boxed else form.think_answer(response)
    parts = {"right": right * ballots.alike(answer, truth.text), "form": formed * keeps}
    return sum(parts.values()), parts


def _as_proposed(drawn: Drawn, idea: Idea) -> float:
    return sum(ballots.alike(answer, idea.easy_answer) for answer in drawn.easy) / len(drawn.easy)


def _split(drawn: Drawn) -> float:
    """min(c, 1 - c) of the share c that says what most say: 0.4 of [6, 6, 6, 7, 8]."""
    most = ballots.share(drawn.hard)
    return min(most, 1 - most)


def _crowded(idea: Idea, batch: tuple[Idea, ...], above: float) -> float:
    """How far the idea's content type exceeds its share of the batch, from 0 to 1; 0 where there is one type only."""
    if above >= 1 or len({one.content for one in batch}) < 2:
        return 0.0
    share = sum(one.content == idea.content for one in batch) / len(batch)
    return max(share - above, 0.0) / (1 - above)


def _alike(idea: Idea, batch: tuple[Idea, ...], costs: float, within: float, weights: tuple[float, ...]) -> float:
    """What it costs that others of the batch stand in the clusters of its caption and of its two questions."""
    n, sizes = len(batch), _sizes(batch, within)[batch.index(idea)]
    return costs * n * sum(weight * (size - 1) / n for weight, size in zip(weights, sizes, strict=True))


@lru_cache(maxsize=4)  # one batch is asked about as often as it has ideas
def _sizes(batch: tuple[Idea, ...], within: float) -> list[tuple[int, int, int]]:
    captions = bleu.clusters([one.caption for one in batch], within)
    easy = bleu.clusters([one.easy_question for one in batch], within)
    hard = bleu.clusters([one.hard_question for one in batch], within)
    return list(zip(captions, easy, hard, strict=True))
