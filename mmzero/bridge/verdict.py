"""What becomes of an answer that was reasoned from a description: the response that is learned for the picture, or why it is
left out. Pure; must not know who was asked.

A reasoner knows that it read and did not see. Phrases that say so are put right where that takes no thought, and what still
says so is left out: a model that is shown the picture would learn to speak of a text that is not there.
"""

from __future__ import annotations

import re

from mmzero.answers import form, matches
from mmzero.recipe.tree import Bridge
from mmzero.roles import reply, text
from mmzero.types import Answer, Rejection

REASONS = {
    "unanswered": "a model did not answer, or nothing that can be read",
    "marks": "what was said holds marks that a chat template would take for its own",
    "told": "the description gives the answer away, so nothing was reasoned",
    "no answer": "the reasoner gave no answer that can be found",
    "wrong": "its answer is not the right one",
    "short": "there is hardly a thought",
    "long": "the thought is longer than is wanted",
    "repeats": "the thought says the same things again and again",
    "inconsistent": "the thought concludes something else than the answer says",
    "blind": "the thought says that it read a text and saw no picture",
}
_RUN = 6  # words
_CONCLUDES = re.compile(
    r"\banswer(?: must| should)?(?: is| be|:)(?: therefore| thus| then| indeed| clearly| simply)?:?"
    r" *([^\n.;!?]{1,80}(?:\.\d+)?)",
    re.I,
)
_TEXT = r"(?:detailed |given |provided |above |image |picture )*(?:description|caption)(?: of the (?:image|picture))?"
_PUT_RIGHT = (
    (rf"\b(?:according to|based on|judging by|going by|from|in|per) (?:the|this|your) {_TEXT}", "in the picture"),
    (
        rf"\b(?:the|this|your) {_TEXT}(?: clearly)? (?:says|states|mentions|tells us|notes|describes|indicates|lists)",
        "the picture shows",
    ),
    (r"\bas (?:it is |was )?(?:described|mentioned|stated)\b", "as seen"),
    (rf"\b(?:the|this|your) {_TEXT}", "the picture"),
)
_BLIND = re.compile(
    r"\bdescri(?:ption|bed)|\bcaption|\b(?:can(?:no|')?t|could ?n[o']t|unable to) (?:actually )?(?:see|view|look at)\b"
    r"|\b(?:no|without (?:the|an?|any)) (?:image|picture)\b|\b(?:text|user) (?:says|mentions|tells|states|described)",
    re.I,
)  # fmt: skip


def heard(said: str) -> str | Rejection:
    """What the one who sees said in its own words: an answer's form and a reasoner's thoughts before it are taken off."""
    read = reply.read(said)
    words = read.thought if read.formed else said.rpartition("</think>")[2]
    if found := text.marks(words):
        return Rejection("marks", f"it holds {found!r}")
    return text.tidy(words) or Rejection("unanswered", "who sees said nothing")  # a guess would pass for reasoning


def written(said: str, description: str, truth: Answer, settings: Bridge) -> str | Rejection:
    """The whole response to be learned for the picture."""
    read = reply.read(said)
    thought = read.thought if read.formed else said.partition("</think>")[0].rpartition("<think>")[2]
    if not read.formed and "</think>" not in said:
        thought = ""
    thought = _of_a_picture(thought.strip())
    why = _why_not(thought, read.answer, description, truth, settings)
    return why or reply.write(thought, truth.text)


def _why_not(thought: str, answer: str | None, description: str, truth: Answer, settings: Bridge) -> Rejection | None:
    """The first of REASONS that holds, the cheapest and plainest first."""
    if answer is None:
        return Rejection("no answer", thought[-200:])
    if not matches(answer, truth):
        return Rejection("wrong", f"it says {answer[:100]!r} and the truth is {truth.text[:100]!r}")
    if any(_is(one, truth) for one in _conclusions(description)):
        return Rejection("told", description[-200:])
    words = thought.split()
    if len(words) < settings.words[0]:
        return Rejection("short", f"{len(words)} words")
    if len(words) > settings.words[1]:
        return Rejection("long", f"{len(words)} words")
    if (again := repeated(words)) > settings.repeats:
        return Rejection("repeats", f"{again:.0%} of its runs of {_RUN} words came before")
    if (ends := _conclusions(thought)) and not _is(ends[-1], truth):
        return Rejection("inconsistent", f"it concludes {ends[-1]!r} and answers {answer[:100]!r}")
    if blind := _BLIND.search(thought):
        return Rejection("blind", f"it says {blind[0]!r}")
    if found := text.marks(thought):
        return Rejection("marks", f"it holds {found!r}")
    return None


def repeated(words: list[str]) -> float:
    """The share of runs of six words that came before; 0 of fewer words than that."""
    runs = [tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def _conclusions(said: str) -> list[str]:
    """What a text says that the answer is, in order."""
    found = [one[1].strip(" *:\"'`$") for one in _CONCLUDES.finditer(said)]
    boxed = form.boxed(said)
    return [*found, *([boxed] if boxed is not None else [])]


def _is(conclusion: str, truth: Answer) -> bool:
    """Whether it begins with the truth: "4, as there are two more" says 4."""
    words = conclusion.split()
    return any(matches(" ".join(words[:n]).rstrip(",)*'\"`$"), truth) for n in range(1, len(words) + 1))


def _of_a_picture(thought: str) -> str:
    for phrase, better in _PUT_RIGHT:
        thought = re.sub(phrase, lambda found, better=better: _like(found[0], better), thought, flags=re.I)
    return thought


def _like(found: str, better: str) -> str:
    return better[0].upper() + better[1:] if found[0].isupper() else better
