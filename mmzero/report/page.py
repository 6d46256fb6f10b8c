"""report.md, a document for a person: what was gained, how sure that is, and what the model wrote. Pure text; all that
models and tasks wrote is escaped. Must not compute what report.json does not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmzero import telemetry
from mmzero.report.evidence import Evidence, Pair, Row
from mmzero.report.examples import WORDS, choose, one_line
from mmzero.report.figures import by_iteration
from mmzero.report.inventions import Invention
from mmzero.report.markdown import block, duration, percent, percent_of, points, quoted, table


def page(evidence: Evidence, figures: Mapping[str, Any], pictures: Sequence[str]) -> str:
    parts = [f"# {quoted(figures['name'])}", _headline(figures), _state(figures)]
    if figures["heldout"]:
        parts += ["## Held-out accuracy", *_accuracy(figures["heldout"])]
    if figures["final"]:
        parts += ["## The final suite", _final(figures["final"])]
    if figures["heldout"] and len(figures["heldout"]["course"]) > 2:
        parts += ["## Between start and end", _course(figures["heldout"]["course"])]
    if figures["heldout"] and figures["heldout"]["places"]["before"]:
        parts += ["## Where boxes were placed", _places(figures["heldout"]["places"])]
    if figures["heldout"] and figures["heldout"]["masks"]["before"]:
        parts += ["## How masks were drawn", _masks(figures["heldout"]["masks"])]
    heads, rows = telemetry.table(by_iteration(evidence))
    if rows:
        parts += [
            "## Iteration by iteration",
            table(heads, [tuple(map(quoted, row)) for row in rows]),
            telemetry.MEANING,
        ]
    if "families.png" in pictures:
        parts += ["## By family", "![before and after by family](report/families.png)"]
        parts += [_groups("family", figures["heldout"]["families"])]
        parts += ["## By level", _groups("level", figures["heldout"]["levels"])]
        parts += ["## When it thinks", _thinking(figures["heldout"]["thinking"])]
    if "curves.png" in pictures:
        parts += ["## The course of it", "![curves](report/curves.png)"]
        parts += ["Thick lines are running means; thin ones are each step as measured."]
    parts += ["## Where the time went", _times(figures), "## What was counted", _counts(figures)]
    if evidence.changes:
        parts += ["## What was changed on the way", *_changes(evidence)]
    if evidence.inventions:
        parts += ["## Pictures that were invented", *_inventions(evidence, evidence.inventions, CHOSEN)]
    if evidence.contested:
        parts += ["## Answers that votes contradict", *_inventions(evidence, evidence.contested, CONTESTED)]
    if evidence.pairs:
        parts += ["## Tasks, and what was answered", *_examples(evidence, figures["heldout"]["fates"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(figures: Mapping[str, Any]) -> str:
    heldout = figures["heldout"]
    if not heldout:
        return "**Nothing was measured on held-out tasks, so this report claims no gain.**"
    before = heldout["before"]
    if not heldout["gain"]:
        return (
            f"**The base model answers {before['accuracy']:.1%} of {before['n']:,} held-out tasks right; no later model"
            " has been evaluated yet, so no gain is claimed.**"
        )
    gain = heldout["gain"]
    sure = gain["low"] > 0 or gain["high"] < 0
    verdict = "" if sure else " The interval holds zero: this is no evidence of a change."
    return (
        f"**Held-out accuracy went from {before['accuracy']:.1%} to {heldout['after']['accuracy']:.1%}:"
        f" {points(gain['mean'])} points (95 % interval {points(gain['low'])} to {points(gain['high'])}, paired over"
        f" {before['n']:,} tasks never trained on).**{verdict}{_beside_majority(heldout)}"
    )


def _beside_majority(heldout: Mapping[str, Any]) -> str:
    majority = heldout["majority"]
    if not majority:
        return ""
    above = heldout["after"]["accuracy"] - majority["accuracy"]
    return (
        f" The base model's own majority of {majority['votes']} reaches {majority['accuracy']:.1%}, so one"
        f" answer of the trained model is {abs(above) * 100:.1f} points {'above' if above >= 0 else 'below'} it."
    )


def _state(figures: Mapping[str, Any]) -> str:
    ran = f"{duration(figures['wall_s'])}, at most {figures['peak_rss_gb']:.1f} GB of memory"
    if figures["finished"]:
        return f"{figures['steps']} steps; {ran}."
    return f"**Unfinished: {figures['steps']} of {figures['planned']} steps are learned.** {ran[0].upper()}{ran[1:]}."


def _accuracy(heldout: Mapping[str, Any]) -> Iterator[str]:
    majority, passed, form = heldout["majority"], heldout["pass_at_k"], heldout["form"]
    how = "greedy" if heldout["samples"] == 1 else f"mean of {heldout['samples']} samples"
    rows = [(f"base model, {how}", heldout["before"])]
    if majority:
        rows.append((f"base model, majority of {majority['votes']}", majority))
    if heldout["after"]:
        rows.append((f"after step {heldout['version']}, {how}", heldout["after"]))
    yield table(
        ("model", "right", "95 % interval"),
        [(name, f"{one['accuracy']:.1%}", f"{one['low']:.1%} to {one['high']:.1%}") for name, one in rows],
    )
    sentences = [f"Suite `{one_line(heldout['suite']).replace('`', '')}`, {heldout['before']['n']:,} tasks."]
    if passed:
        sentences.append(
            f"At least one of {passed['k']} samples of the base model is right on {passed['accuracy']:.1%}."
        )
    after = "" if form["after"] is None else f" and {form['after']:.1%} after"
    sentences.append(f"Answers in the asked form: {form['before']:.1%} before{after}.")
    none = heldout["unanswered"]
    after = "" if none["after"] is None else f" and in {none['after']:,} after"
    sentences.append(f"No answer could be found in {none['before']:,} responses before{after}.")
    if heldout["families"]:
        sentences.append(
            f"{heldout['families_up']} of {len(heldout['families'])} families rise by more than their interval."
        )
    yield " ".join(sentences)


def _final(found: Mapping[str, Any]) -> str:
    gain = found["gain"]
    verdict = (
        "" if gain["low"] > 0 or gain["high"] < 0 else " The interval holds zero: this is no evidence of a change."
    )
    return (
        f"Suite `{one_line(found['suite']).replace('`', '')}`, by which nothing was chosen, kept or undone: from"
        f" {found['before']['accuracy']:.1%} to {found['after']['accuracy']:.1%}, {points(gain['mean'])} points (95 % interval"
        f" {points(gain['low'])} to {points(gain['high'])}, paired over {found['n']:,} tasks).{verdict}"
    )


def _course(entries: Sequence[Mapping[str, Any]]) -> str:
    """Where a phase has made things worse than the one before, its change says so."""
    boxes = any(one["miou"] is not None for one in entries)
    return table(
        ("after step", "what ended there", "right", "change in points", "95 % interval", "tokens an answer", "thinks",
         *(["mean IoU"] if boxes else [])),
        [
            (str(one["version"]), one["after"] or "(within a phase)", f"{one['accuracy']:.1%}", *_changed(one["change"]),
             f"{one['tokens']:.0f}", f"{one['thinks']:.0%}", *([f"{one['miou']:.3f}"] if boxes else []))
            for one in entries
        ],
    )  # fmt: skip


def _changed(change: Mapping[str, float] | None) -> tuple[str, str]:
    if not change:
        return "", ""
    return points(change["mean"]), f"{points(change['low'])} to {points(change['high'])}"


def _places(found: Mapping[str, Any]) -> str:
    rows = [(when, one) for when, one in found.items() if one]
    return table(
        ("model", "mean IoU", "ground shared, mean", "ground shared, in all", "mAP", "AP at .50", "unreadable", "answers"),
        [(when, *(f"{one[name]:.3f}" for name in ("miou", "giou", "ciou", "map", "map50")), f"{one['unreadable']:,}",
          f"{one['n']:,}") for when, one in rows],
    )  # fmt: skip


def _masks(found: Mapping[str, Any]) -> str:
    rows = [(when, one) for when, one in found.items() if one]
    return table(
        ("model", "gIoU", "cIoU", "unreadable", "answers"),
        [
            (when, f"{one['giou']:.3f}", f"{one['ciou']:.3f}", f"{one['unreadable']:,}", f"{one['n']:,}")
            for when, one in rows
        ],
    )


def _thinking(found: Mapping[str, Any]) -> str:
    return table(
        ("level", "thinks before", "thinks after", "right before", "right after"),
        [(level, *(percent(one[name]) for name in ("before", "after", "right_before", "right_after")))
         for level, one in found["levels"].items()],
    )  # fmt: skip


def _groups(name: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    return table(
        (name, "before", "after", "gain in points", "95 % interval", "tasks"),
        [
            (quoted(key), f"{one['before']:.1%}", f"{one['after']:.1%}", points(one["gain"]),
             f"{points(one['low'])} to {points(one['high'])}", f"{one['n']:,}")
            for key, one in groups.items()
        ],
    )  # fmt: skip


def _times(figures: Mapping[str, Any]) -> str:
    seconds = figures["seconds"]
    if not seconds:
        return "No step has been learned."
    total = sum(seconds.values()) or 1.0
    ranked = sorted(seconds.items(), key=lambda entry: -entry[1])
    return table(
        ("stage", "time", "share of the steps"),
        [(quoted(name), duration(value), f"{value / total:.0%}") for name, value in ranked],
    )


def _counts(figures: Mapping[str, Any]) -> str:
    counts = figures["counts"]
    answers, proposals = counts["answers"], counts["proposals"]
    rows = [
        ("answers sampled in training", answers, ""),
        ("tokens generated in training", figures["tokens"], ""),
        ("answers cut off at their token limit", counts["truncated"], percent_of(counts["truncated"], answers)),
        ("answers not in the asked form", counts["malformed"], percent_of(counts["malformed"], answers)),
        ("rewards missing (masked, never zero)", counts["missing"], ""),
        ("failures of the machinery (never a reward)", counts["failures"], ""),
    ]
    if counts["too_long"]:
        rows.append(("prompts too long to be asked (never cut)", counts["too_long"], ""))
    if counts["written"]:
        rows.append(("written answers imitated", counts["written"], ""))
    if proposals:
        rows.append(("proposals", proposals, ""))
    rows += [(f"rejected: {quoted(why)}", n, percent_of(n, proposals)) for why, n in counts["rejected"].items()]
    return table(("what", "count", "share"), [(name, f"{count:,}", share) for name, count, share in rows])


def _changes(evidence: Evidence) -> Iterator[str]:
    yield table(
        ("from step", "the recipe's"),
        [(str(step), quoted(change.sentence(), 300)) for step, change in evidence.changes],
    )


def _examples(evidence: Evidence, fates: Mapping[str, int]) -> Iterator[str]:
    total = sum(fates.values())
    there = ", ".join(f"{fates[fate]:,} {words}" for fate, words in WORDS.items() if fate in fates)
    yield f"Of {total:,} tasks: {there}. Those below were picked to show each kind; their mix is not that of the suite."
    yield "![tasks with answers before and after](report/tasks.png)"
    for place, pair in enumerate(choose(evidence.pairs), start=1):
        yield from _example(evidence, place, pair)


CHOSEN = "chosen by chance. What a proposer believes is no truth, and neither is what most solvers say."
CONTESTED = (
    "the newest with any. Either a program draws something else than it computes, or solvers err together; nothing is"
    " learned from these."
)


def _inventions(evidence: Evidence, inventions: Sequence[Invention], how: str) -> Iterator[str]:
    yield f"Of step {inventions[0].step + 1}, {how}"
    for one in inventions:
        yield f"### {quoted(one.idea.content)}"
        if one.picture:
            yield f'<img src="{_where(evidence, one.picture)}" width="320" alt="the picture that was drawn">'
        yield f"To be drawn: {quoted(one.idea.caption, 600)}"
        yield table(
            ("question", "its author's answer", "most solvers'", "agree", "refused"),
            [
                (f"{asked.kind}: {quoted(asked.question, 300)}", quoted(asked.believed), quoted(asked.said) or "nothing",
                 f"{asked.agreed} of {asked.votes}", asked.refused)
                for asked in one.asked
            ],
        )  # fmt: skip


def _where(evidence: Evidence, picture: Path) -> str:
    return picture.relative_to(evidence.folder).as_posix()


def _example(evidence: Evidence, place: int, pair: Pair) -> Iterator[str]:
    yield f"### {place}. {quoted(pair.before['family'])}, level {pair.before['level']}: {WORDS[pair.fate]}"
    if pair.picture:
        yield f'<img src="{_where(evidence, pair.picture)}" width="192" alt="the picture asked about">'
    yield f"Question: {quoted(pair.before['question'], 600)}"
    yield f"Truth: **{quoted(pair.before['answer']) or 'none'}**"
    yield from _said("Before", pair.before)
    yield from _said("After", pair.after)


def _said(when: str, row: Row) -> Iterator[str]:
    answer = f"**{quoted(row['said'])}**" if one_line(row["said"]) else "no answer"
    ending = " (cut off at the token limit)" if row.get("finish") == "length" else ""
    yield f"{when}: {'✓ right' if row['correct'] else '✗ wrong'}, {answer}{ending}"
    yield block(row["response"])
