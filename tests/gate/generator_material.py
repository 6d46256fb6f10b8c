"""A scripted coder: a hundred right generators and a hundred planted wrong ones; and scripted solvers, one that reads
pixels, though not of every sort, and one that only hears the question."""

# ruff: noqa: E501 -- a program stands on one line

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import mechanism_material as eyes
from mechanism_material import HEAD, MECHANISMS, RGB, SHEET

from mmzero.types import Rollout, Task


@dataclass(frozen=True)
class Planted:
    """`wrong` names what was planted; empty in a right one."""

    code: str
    reads: Callable | None
    wrong: str = ""


def right() -> list[Planted]:
    """A hundred: every mechanism as asked, then some again with another wording of the same on another sheet."""
    first = [Planted(each.filled(ask), each.reads) for each in MECHANISMS for ask in each.asks]
    more = [
        Planted(each.filled(ask | {"q": f"{other} {ask['q']}"}).replace("'white')", f"'{paper}')"), each.reads)
        for each, paper, other in zip(MECHANISMS, PAPERS, OTHERS, strict=False)
        for ask in each.asks[:2]
    ]
    return (first + more)[:100]


PAPERS = (
    "ivory",
    "azure",
    "snow",
    "mintcream",
    "honeydew",
    "seashell",
    "linen",
    "lavender",
    "beige",
    "floralwhite",
) * 2
OTHERS = (
    "Look closely at this sheet, then say:", "A child drew what you see here.", "Consider the sketch and reply:",
    "This was found in an old notebook.", "Please examine everything once more:", "The teacher shows a card and asks:",
    "From the photograph alone decide:", "Our guests puzzled over it all evening:", "Now a riddle for sharp eyes:",
    "Detectives need your help with evidence:",
) * 2  # fmt: skip


# --- planted faults


def contradictions() -> list[Planted]:
    """The picture shows something else: every time one too many or mirrored, or what no scene says."""
    apart = [each for each in MECHANISMS if each.wrong]
    return [
        *(
            Planted(
                each.filled(each.asks[-1] | {"q": f"Say it at once ({i})! {each.asks[-1]['q']}"}, each.wrong),
                each.reads,
                "contradicted",
            )
            for i, each in enumerate(apart[:11])
        ),
        *(
            Planted(
                each.filled(each.asks[0] | {"q": f"Round {i}, quickly: {each.asks[0]['q']}"}, each.unseen),
                each.reads,
                "unseen",
            )
            for i, each in enumerate(apart[8:15])
        ),
    ]


def leaked() -> list[Planted]:
    """In the question, or in the picture beside what is asked."""
    title = "    pen.text((2, 2), $text, fill='black')\n    return image\n"
    found = []
    for i, each in enumerate(
        (eyes.DOTS, eyes.MORE, eyes.RULER, eyes.DICE, eyes.TOWERS, eyes.RINGS, eyes.SPOKES, eyes.CELL)
    ):
        said = ("'n = ' + str(answer(scene))", "f'{answer(scene)}'", "f'Solution: {answer(scene)}!'")[i % 3]
        code = each.filled(each.asks[0] | {"q": f"Variant {i} " + each.asks[0]["q"]})
        found.append(Planted(code.replace("    return image\n", title.replace("$text", said)), each.reads, "leaked"))
    for i, each in enumerate(
        (eyes.DOTS, eyes.MORE, eyes.HAND, eyes.DICE, eyes.TUBE, eyes.RINGS, eyes.BIGGER, eyes.ARROW, eyes.STRIPES)
    ):
        ask = each.asks[1]
        code = each.filled(ask).replace("'" + ask["q"] + "'", (
            f"'(key: ' + told(scene) + ') {ask['q']}'", f"'{ask['q']} Hint: it is ' + told(scene)",
            f"'Not ' + str(len(str(scene))) + ' but ' + told(scene) + '. {ask['q']}'",
        )[i % 3])  # fmt: skip
        told = (
            "def told(scene):\n    said = answer(scene)\n    said = said['value'] if isinstance(said, dict) else said\n"
        )
        told += "    return ', '.join(said) if isinstance(said, list) else str(said)\n"
        found.append(Planted(code + told, each.reads, "leaked"))
    return found


def constants() -> list[Planted]:
    """The same answer to everything, whether or not the scenes differ."""
    found = []
    for i, each in enumerate(MECHANISMS[:16]):
        code = each.filled(each.asks[0] | {"q": f"Puzzle {i}: " + each.asks[0].get("q", "")})
        if i % 2:
            code = re.sub(r"def scene\(seed\):\n", "def scene(seed):\n    seed = 7\n", code)
        else:
            code += "known = answer\ndef answer(scene):\n    return known(KEPT)\nKEPT = scene(3)\n"
        found.append(Planted(code, each.reads, "constant"))
    return found


def unstable() -> list[Planted]:
    """Chance after the scene was chosen: in what is drawn, in what is asked or in what is right."""
    found = []
    chances = ("random.random()", "__import__('numpy').random.default_rng().random()",
               "int.from_bytes(__import__('os').urandom(4), 'big') / 2**32", "(__import__('uuid').uuid4().int % 997) / 997")  # fmt: skip
    counts = (eyes.DOTS, eyes.MORE, eyes.RULER, eyes.DICE, eyes.TOWERS, eyes.RINGS, eyes.SPOKES, eyes.CELL)
    for i, each in enumerate(counts):
        code = each.filled(each.asks[-1] | {"q": f"Case {i}: " + each.asks[-1]["q"]})
        wobble = f"wanted = answer\ndef answer(scene):\n    return wanted(scene) + int(4 * {chances[i % 4]})\n"
        found.append(Planted(code + wobble, each.reads, "unstable"))
        spot = f"plain = draw\ndef draw(scene):\n    image = plain(scene)\n    x = int(80 * {chances[(i + 1) % 4]})\n"
        spot += "    ImageDraw.Draw(image).ellipse((x, 84, x + 9, 93), fill='pink')\n    return image\n"
        code = each.filled(each.asks[0] | {"q": f"Trial {i}: " + each.asks[0]["q"]})
        found.append(Planted(code + spot, each.reads, "unstable"))
    return found


STORIES = (
    "f\"A garden has {a} rows of {b} trees. How many trees?\"", "f\"{a} red and {b} blue {X} lie here. How many altogether?\"",
    "f\"There were {t} {X} and {b} were sold. How many are left?\"",
)  # fmt: skip
THINGS = ("cars", "cups", "kites", "books", "ships", "pens")


def blind() -> list[Planted]:
    """All that is asked stands in the question; the picture shows it too, and follows."""
    found = []
    for i in range(17):
        story, thing = STORIES[i % 3].replace("{X}", THINGS[i // 3]), THINGS[i // 3]
        rule = ("a * b", "a + b", "t - b")[i % 3]
        story = story.replace("trees", f"{thing} trees").replace("garden", f"garden {i}")
        code = (
            HEAD
            + "def scene(seed):\n    r = random.Random(seed)\n    return {'a': r.randint(2, 6), 'b': r.randint(2, 6)}\n"
        )
        code += "def parts(scene):\n    a, b = scene['a'], scene['b']\n    return a, b, a + b\n"
        code += (
            "def draw(scene):\n"
            + SHEET
            + "    a, b, t = parts(scene)\n    for y in range(a):\n        for x in range(b):\n"
        )
        code += f"            pen.ellipse((15 * x + 2, 15 * y + {i % 5}, 15 * x + 9, 15 * y + {i % 5 + 7}), fill='{list(RGB)[i % 9]}')\n    return image\n"
        code += f"def question(scene):\n    a, b, t = parts(scene)\n    return {story}\ndef answer(scene):\n    a, b, t = parts(scene)\n    return {rule}\n"
        found.append(Planted(code, None, "blind"))
    return found


def copies() -> list[Planted]:
    """What a right one makes: to the letter, with other names, on a slightly other sheet, or asked in other words."""
    found = []
    for i, each in enumerate(MECHANISMS[:16]):
        code = each.filled(each.asks[0])
        if i % 4 == 1:
            code = "# A fresh idea.\n" + re.sub(r"\bimage\b", "canvas", code)
        if i % 4 == 2:
            code = code.replace("'white')", "'whitesmoke')")
        if i % 4 == 3:
            code = code.replace(
                each.asks[0]["q"],
                "Answer this about the drawing. " + each.asks[0]["q"].replace("How many", "What number of"),
            )
        found.append(Planted(code, each.reads, "duplicate"))
    return found


def wrong() -> list[Planted]:
    return [*contradictions(), *leaked(), *constants(), *unstable(), *blind(), *copies()]


# --- the solvers


def without_the_picture(question: str, vote: int) -> str:
    """What can be done with words alone: sums of a story, whatever is said to be the answer, else a guess."""
    numbers = [int(one) for one in re.findall(r"\b\d+\b", question)][-2:]
    if len(numbers) == 2 and "rows of" in question:
        return str(numbers[0] * numbers[1])
    if len(numbers) == 2 and "altogether" in question:
        return str(sum(numbers))
    if len(numbers) == 2 and "left?" in question:
        return str(numbers[0] - numbers[1])
    words = re.findall(r"\b(?:left|right|up|down|" + "|".join(RGB) + r")\b", question)
    if re.match(r"(Is|Does|Would|Reading)\b", question):
        return ("yes", "no")[vote % 2]
    return words[vote % len(words)] if words else str(3 + vote)


def with_the_picture(planted: Planted, instance, vote: int) -> str | None:
    """Reads what is drawn; every fourth answer is beside the point, as a model's are. Of some things it has no idea: it
    says now this and now that, or to every picture the same."""
    if vote % 4 == 3:
        return "7"
    if planted.reads is eyes.bigger:
        return ("red", "blue", "green")[vote % 3]
    if planted.reads is eyes.box:
        return "10, 10, 50, 50"
    if planted.reads is None:
        numbers = re.findall(r"\d+", " ".join(instance.written))
        return numbers[-1] if numbers else None
    return planted.reads(instance.image_HWC, instance.question)


def says(text: str, finish: str = "stop") -> Rollout:
    """A coder's rollout that said exactly this."""
    task = Task(
        id="request", family="request", kind="diagram", level=0, question="Write.", images=(), answer=None, scene="{}",
        source="coder", seed=4,
    )  # fmt: skip
    return Rollout(
        task=task, role="coder", policy="main", version=0, sibling=0, prompt_ids=(1,), output_ids=(5, 6), logprobs=(0.0, 0.0),
        mask=(True, True), text=text, finish=finish, temperature=1.0, seed=9,
    )  # fmt: skip
