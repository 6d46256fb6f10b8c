"""What a scripted coder writes, mechanism by mechanism, and what eyes read from such pictures: a reader knows what a right
picture looks like and nothing of its scene."""

# ruff: noqa: E501 -- a program stands on one line

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from string import Template

import numpy as np
from scipy import ndimage

RGB = {
    "red": (255, 0, 0), "blue": (0, 0, 255), "green": (0, 128, 0), "orange": (255, 165, 0), "purple": (128, 0, 128),
    "black": (0, 0, 0), "gray": (128, 128, 128), "brown": (165, 42, 42), "teal": (0, 128, 128),
}  # fmt: skip


# --- what a solver with eyes sees


def of(image: np.ndarray, colour: str) -> np.ndarray:
    return np.abs(image.astype(int) - RGB[colour]).max(axis=2) < 40


def ink(image: np.ndarray) -> np.ndarray:
    return image.min(axis=2) < 200


def blobs(mask: np.ndarray) -> int:
    return ndimage.label(mask, np.ones((3, 3)))[1]


def middle(mask: np.ndarray) -> tuple[float, float]:
    """x, y"""
    ys, xs = np.nonzero(mask)
    return float(xs.mean()), float(ys.mean())


def asked(question: str) -> list[str]:
    """The colours of a question, in its order."""
    return [word for word in re.findall(r"\w+", question.lower()) if word in RGB]


def count(image, question):
    return str(blobs(of(image, asked(question)[0])))


def count_all(image, question):
    return str(blobs(ink(image)))


def difference(image, question):
    one, two = asked(question)[:2]
    return str(blobs(of(image, one)) - blobs(of(image, two)))


def tallest(image, question):
    return max(asked(question), key=lambda colour: of(image, colour).sum())


def hour(image, question):
    x, y = middle(of(image, asked(question)[0]))
    return str(round(np.degrees(np.arctan2(x - 47.5, 47.5 - y)) / 30) % 12)


def row(image, question):
    return str(int(middle(of(image, asked(question)[0]))[1] // 16) + 1)


def long(image, question):
    return str(round(np.ptp(np.nonzero(of(image, asked(question)[0]))[1]) / 8))


def arrow(image, question):
    """The head is where the ink is widest."""
    mask = of(image, asked(question)[0])
    across, down = mask.sum(axis=0), mask.sum(axis=1)
    if np.count_nonzero(across) > np.count_nonzero(down):
        return "left" if across.argmax() < middle(mask)[0] else "right"
    return "up" if down.argmax() < middle(mask)[1] else "down"


def place(image, question):
    x, y = middle(of(image, asked(question)[0]))
    return f"{x / 96 * 1000:.0f}, {y / 96 * 1000:.0f}"


def box(image, question):
    ys, xs = np.nonzero(of(image, asked(question)[0]))
    return ", ".join(f"{edge / 96 * 1000:.0f}" for edge in (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))


def stripes(image, question):
    found = (next(name for name in RGB if of(image[48:49, x : x + 1], name).all()) for x in range(8, 96, 16))
    return ", ".join(found)


def left_of(image, question):
    one, two = asked(question)[:2]
    return "yes" if middle(of(image, one))[0] < middle(of(image, two))[0] else "no"


def bigger(image, question):
    one, two = asked(question)[:2]
    return one if of(image, one).sum() > of(image, two).sum() else two


def rings(image, question):
    mask = of(image, asked(question)[0])
    x, y = (round(at) for at in middle(mask))
    line = mask[y, x:]
    return str(int((np.diff(line.astype(int)) == 1).sum()))


def spokes(image, question):
    angles = np.radians(np.arange(0, 360, 0.5))
    around = of(image, asked(question)[0])[
        (48 + 30 * np.sin(angles)).astype(int), (48 + 30 * np.cos(angles)).astype(int)
    ]
    return str(int((np.diff(around.astype(int), prepend=around[-1:].astype(int)) == 1).sum()))


def level(image, question):
    return str(round(of(image, asked(question)[0]).sum(axis=0).max() / 8))


def plotted(image, question):
    """Bars of a chart that reach above its dashed line."""
    line = int(np.median(np.nonzero(of(image, "red"))[0]))
    return str(blobs(of(image, "blue")[: line - 2]))


READS = None  # letters: read by whoever can read

# --- what a coder writes

HEAD = "import random\nfrom PIL import Image, ImageDraw\n"
SHEET = "    image = Image.new('RGB', (96, 96), 'white')\n    pen = ImageDraw.Draw(image)\n"
CELLS = "[[x, y] for x in range(6) for y in range(6)]"


@dataclass(frozen=True)
class Mechanism:
    """`code` with $-names to fill in. `shown` stands where the picture takes its data from: the scene, or in `wrong`
    something that contradicts it. `unseen` does not look at the scene at all."""

    code: str
    reads: Callable | None
    asks: tuple[dict[str, str], ...]
    shown: str = "scene"
    wrong: str = ""
    unseen: str = ""

    def filled(self, ask: dict[str, str], shown: str | None = None) -> str:
        """Whoever asks something else draws other scenes from the same seeds."""
        code = Template(self.code).substitute({"shown": shown or self.shown, **ask})
        return code.replace("random.Random(seed", f"random.Random({zlib.crc32(ask['q'].encode())} + seed")


def colours(wording: str, *names: str, **more: str) -> tuple[dict[str, str], ...]:
    return tuple({"c": name, "q": wording.replace("COLOUR", name), **more} for name in names)


DOTS = Mechanism(
    HEAD + f"def scene(seed):\n    r = random.Random(seed)\n    return {{'places': r.sample({CELLS}, r.randint(2, 12))}}\n"
    "def draw(scene):\n" + SHEET + "    for x, y in $shown:\n"
    "        pen.$shape((16 * x + 3, 16 * y + 3, 16 * x + 12, 16 * y + 12), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return len(scene['places'])\n",
    count,
    (
        *colours("How many COLOUR discs lie on the sheet?", "red", "blue", shape="ellipse"),
        *colours("Count the COLOUR tiles.", "green", "orange", shape="rectangle"),
        *colours("What is the number of COLOUR counters that you see?", "purple", "teal", shape="ellipse"),
        *colours("Tell how many boxes of COLOUR paint there are.", "brown", shape="rectangle"),
    ),
    "scene['places']", "scene['places'][1:]", "[[1, 1], [3, 2], [4, 4]]",
)  # fmt: skip

BARS = Mechanism(
    HEAD + "NAMES = $names\ndef scene(seed):\n    r = random.Random(seed)\n    return {'heights': r.sample(range(10, 90, 8), 4)}\n"
    "def draw(scene):\n" + SHEET + "    for i, high in enumerate($shown):\n"
    "        pen.rectangle((24 * i + 4, 95 - high, 24 * i + 19, 95), fill=NAMES[i])\n    return image\n"
    "def question(scene):\n    return '$q ' + ', '.join(NAMES[:3]) + ' or ' + NAMES[3] + '?'\n"
    "def answer(scene):\n    return {'kind': 'choice', 'value': NAMES[scene['heights'].index(max(scene['heights']))], 'choices': NAMES}\n",
    tallest,
    (
        {"names": "['red', 'blue', 'green', 'black']", "q": "Which bar is the tallest,"},
        {"names": "['orange', 'gray', 'purple', 'teal']", "q": "Name the highest column:"},
        {"names": "['brown', 'teal', 'red', 'gray']", "q": "What has grown most,"},
        {"names": "['purple', 'black', 'orange', 'blue']", "q": "The longest of the posts is"},
        {"names": "['gray', 'green', 'brown', 'red']", "q": "Whose pile reaches up furthest,"},
    ),
    "scene['heights']", "scene['heights'][::-1]", "[20, 80, 50, 30]",
)  # fmt: skip

HAND = Mechanism(
    HEAD + "import math\ndef scene(seed):\n    r = random.Random(seed)\n    return {'hour': r.randint(0, 11), 'long': r.randint(20, 44), 'wide': r.randint(2, 7)}\n"
    "def draw(scene):\n" + SHEET + "    turn = math.radians(30 * ($shown))\n"
    "    pen.line((48, 48, 48 + scene['long'] * math.sin(turn), 48 - scene['long'] * math.cos(turn)), fill='$c', width=scene['wide'])\n"
    "    pen.$frame((2, 2, 93, 93), outline='gray', width=2)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['hour']\n",
    hour,
    (
        *colours("To which hour, 0 to 11, does the COLOUR hand point?", "black", frame="ellipse"),
        *colours("Read the dial: what hour from 0 to 11 does COLOUR show?", "red", frame="rectangle"),
        *colours("A clock has only a short COLOUR pointer. What is the hour, where twelve is 0?", "blue", frame="ellipse"),
        *colours("The COLOUR needle turns clockwise in twelve steps from 0. Where does it stand?", "purple", frame="rectangle"),
    ),
    "scene['hour']", "11 - scene['hour']", "4",
)  # fmt: skip

CELL = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'row': r.randint(1, 6), 'column': r.randint(1, 6), 'others': r.sample(range(36), 5)}\n"
    "def draw(scene):\n" + SHEET + "    for i in range(0, 97, 16):\n        pen.line((i, 0, i, 96), fill='$grid')\n        pen.line((0, i, 96, i), fill='$grid')\n"
    "    for k in scene['others']:\n        pen.rectangle((16 * (k % 6) + 4, 16 * (k // 6) + 4, 16 * (k % 6) + 11, 16 * (k // 6) + 11), fill='black')\n    x, y = 16 * scene['column'] - 16, 16 * ($shown) - 16\n    pen.$shape((x + 2, y + 2, x + 13, y + 13), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['row']\n",
    row,
    (
        *colours("In which row from the top is the COLOUR field?", "red", "green", grid="lightgray", shape="rectangle"),
        *colours("Counted downwards from 1, which line holds the COLOUR piece?", "blue", "brown", grid="silver", shape="ellipse"),
        *colours("Give the shelf, numbered from above, where the COLOUR ball lies.", "purple", grid="white", shape="ellipse"),
    ),
    "scene['row']", "7 - scene['row']", "3",
)  # fmt: skip

MORE = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'many': r.randint(6, 11), 'few': r.randint(1, 5), 'gap': r.randint(0, 5), 'drop': r.randint(0, 8)}\n"
    "def draw(scene):\n" + SHEET + "    for k, (colour, n) in enumerate([('$c', scene['many']), ('$d', $shown)]):\n        for i in range(n):\n"
    "            x, y = 16 * ((i + scene['gap']) % 6) + 2, 48 * k + 18 * (i // 6) + scene['drop']\n            pen.$shape((x, y, x + 11, y + 11), fill=colour)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['many'] - scene['few']\n",
    difference,
    (
        {"c": "red", "d": "blue", "shape": "ellipse", "q": "How many more red than blue dots are there?"},
        {"c": "green", "d": "black", "shape": "rectangle", "q": "By what number do green squares exceed black ones?"},
        {"c": "orange", "d": "purple", "shape": "ellipse", "q": "Take orange marbles minus purple marbles; what is left?"},
        {"c": "teal", "d": "brown", "shape": "rectangle", "q": "What is the lead of teal over brown in blocks?"},
        {"c": "gray", "d": "red", "shape": "ellipse", "q": "Gray pearls outnumber red pearls; by how much?"},
        {"c": "blue", "d": "orange", "shape": "rectangle", "q": "How much is left of the blue stamps once as many as the orange ones are gone?"},
    ),
    "scene['few']", "scene['few'] + 1", "2",
)  # fmt: skip

RULER = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'start': r.randint(0, 2), 'length': r.randint(2, 9)}\n"
    "def draw(scene):\n" + SHEET + "    x, y = 4 + 8 * scene['start'], $y\n    pen.line((x, y, x + 8 * ($shown), y), fill='$c', width=3)\n"
    "    for i in range(12):\n        pen.line((4 + 8 * i, 88 - $tick, 4 + 8 * i, 88), fill='gray')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['length']\n",
    long,
    (
        *colours("How many marks long is the COLOUR line?", "red", y="30", tick="6"),
        *colours("Measure the COLOUR rod in units of the scale.", "blue", y="50", tick="10"),
        *colours("A COLOUR worm lies over a ruler. How many ticks does it cover?", "purple", y="70", tick="3"),
        *colours("The scale shows centimetres. What length has the COLOUR stick?", "brown", y="15", tick="14"),
        *colours("State the extent of the COLOUR beam in gaps between the strokes below.", "teal", y="60", tick="18"),
    ),
    "scene['length']", "(scene['length'] + 1)", "5",
)  # fmt: skip

ARROW = Mechanism(
    HEAD + "WAYS = {'left': (-1, 0), 'right': (1, 0), 'up': (0, -1), 'down': (0, 1)}\n"
    "def scene(seed):\n    r = random.Random(seed)\n    return {'way': r.choice(sorted(WAYS)), 'x': r.randint(34, 62), 'y': r.randint(34, 62)}\n"
    "def draw(scene):\n" + SHEET + "    a, b = WAYS[scene['way']]\n    a, b = $shown\n    far = $far\n"
    "    x, y = scene['x'], scene['y']\n    pen.line((x - far * a, y - far * b, x + far * a, y + far * b), fill='$c', width=$w)\n    x, y = x + far * a, y + far * b\n"
    "    pen.polygon([(x + 10 * a, y + 10 * b), (x - 9 * b, y + 9 * a), (x + 9 * b, y - 9 * a)], fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\n"
    "def answer(scene):\n    return {'kind': 'choice', 'value': scene['way'], 'choices': sorted(WAYS)}\n",
    arrow,
    (
        *colours("Where does the COLOUR arrow point: left, right, up or down?", "red", "blue", far="22", w="4"),
        *colours("A COLOUR dart flies. Say whether up, down, left or right.", "black", far="19", w="3"),
        *colours("Which way, of right, left, down and up, must COLOUR traffic go?", "green", far="20", w="6"),
        *colours("Down, up, right or left: what does COLOUR indicate?", "orange", far="18", w="2"),
    ),
    "(a, b)", "(-a, -b)", "(1, 0)",
)  # fmt: skip

POINT = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'x': r.randint(10, 86), 'y': r.randint(10, 86)}\n"
    "def draw(scene):\n" + SHEET + "    x, y = $shown\n    pen.$shape((x - $r, y - $r, x + $r, y + $r), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return [[round(scene['x'] / 96 * 1000), round(scene['y'] / 96 * 1000)]]\n",
    place,
    (
        *colours("Point at the centre of the COLOUR disc, in thousandths.", "red", shape="ellipse", r="8"),
        *colours("Give the place of the COLOUR pin as x, y from 0 to 1000.", "blue", shape="rectangle", r="5"),
        *colours("Where, in thousandths of the width and the height, is the COLOUR spot?", "purple", shape="ellipse", r="6"),
        *colours("Touch the COLOUR button; answer with its coordinates.", "teal", shape="rectangle", r="9"),
    ),
    "(scene['x'], scene['y'])", "(scene['y'], scene['x'])", "(40, 60)",
)  # fmt: skip

BOX = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'x': r.randint(2, 60), 'y': r.randint(2, 60), 'wide': r.randint(12, 34), 'high': r.randint(12, 34)}\n"
    "def draw(scene):\n" + SHEET + "    x, y = $shown\n    pen.rectangle((x, y, x + scene['wide'] - 1, y + scene['high'] - 1), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    x, y = scene['x'], scene['y']\n"
    "    return [[round(edge / 96 * 1000) for edge in (x, y, x + scene['wide'], y + scene['high'])]]\n",
    box,
    (
        *colours("Draw a box around the COLOUR area as x1, y1, x2, y2 in thousandths.", "red"),
        *colours("Where is the COLOUR window? Give its left, top, right and bottom edge.", "green"),
        *colours("Bound the COLOUR plate.", "orange"),
        *colours("Frame what is COLOUR, corners in thousandths.", "purple"),
    ),
    "(scene['x'], scene['y'])", "(95 - scene['x'] - scene['wide'], 95 - scene['y'] - scene['high'])", "(10, 20)",
)  # fmt: skip

STRIPES = Mechanism(
    HEAD + "def scene(seed):\n    return {'stripes': [random.Random(seed + i).choice($names) for i in range(6)]}\n"
    "def draw(scene):\n" + SHEET + "    for i, colour in enumerate($shown):\n        pen.rectangle((16 * i, $top, 16 * i + 15, 90), fill=colour)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['stripes']\n",
    stripes,
    (
        {"names": "['red', 'blue', 'green']", "top": "5", "q": "List the colours of the stripes from left to right."},
        {"names": "['black', 'orange', 'teal']", "top": "25", "q": "Which colours do the six flags have, in order?"},
        {"names": "['gray', 'purple', 'red', 'brown']", "top": "40", "q": "Read the code of coloured bands, beginning at the left."},
        {"names": "['green', 'orange', 'black']", "top": "15", "q": "Name each tile in its turn."},
    ),
    "scene['stripes']", "scene['stripes'][1:] + scene['stripes'][:1]", "['red', 'blue', 'green', 'red', 'blue', 'green']",
)  # fmt: skip

LEFT = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    x, other = r.sample([12, 28, 44, 60, 76], 2)\n    return {'x': x, 'other': other, 'y': r.randint(12, 80), 'low': r.randint(12, 80)}\n"
    "def draw(scene):\n" + SHEET + "    for (x, y), colour in zip($shown, ['$c', '$d']):\n"
    "        pen.$shape((x - 6, y - 6, x + 6, y + 6), fill=colour)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['x'] < scene['other']\n",
    left_of,
    (
        {"c": "red", "d": "blue", "shape": "ellipse", "q": "Is the red disc to the left of the blue disc?"},
        {"c": "green", "d": "black", "shape": "rectangle", "q": "Does green stand further left than black?"},
        {"c": "orange", "d": "teal", "shape": "ellipse", "q": "Reading from the left, does orange come before teal?"},
        {"c": "purple", "d": "brown", "shape": "rectangle", "q": "Would a walker to the right meet purple before brown?"},
    ),
    "[(scene['x'], scene['y']), (scene['other'], scene['low'])]", "[(scene['other'], scene['y']), (scene['x'], scene['low'])]",
    "[(20, 20), (70, 70)]",
)  # fmt: skip

BIGGER = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    one, two = r.sample(range(8, 44, 5), 2)\n    return {'one': one, 'two': two}\n"
    "def draw(scene):\n" + SHEET + "    for x, (side, colour) in zip((2, 50), zip($shown, ['$c', '$d'])):\n"
    "        pen.$shape((x, 50 - side // 2, x + side, 50 + side // 2), fill=colour)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return {'kind': 'choice', 'value': '$c' if scene['one'] > scene['two'] else '$d', 'choices': ['$c', '$d']}\n",
    bigger,
    (
        {"c": "red", "d": "blue", "shape": "rectangle", "q": "Which square is bigger, the red or the blue one?"},
        {"c": "green", "d": "orange", "shape": "ellipse", "q": "Of two balls, green and orange, which has more area?"},
        {"c": "black", "d": "gray", "shape": "rectangle", "q": "Which country is the larger: black or gray?"},
        {"c": "teal", "d": "purple", "shape": "ellipse", "q": "Whose pond needs more water, teal or purple?"},
    ),
    "(scene['one'], scene['two'])", "(scene['two'], scene['one'])", "(30, 20)",
)  # fmt: skip

DICE = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'first': r.randint(1, 6), 'second': r.randint(1, 6)}\n"
    "def draw(scene):\n" + SHEET + "    for k, n in enumerate((scene['first'], $shown)):\n        for i in range(n):\n"
    "            x, y = 48 * k + 12 * (i % 3) + $dx, 30 + 20 * (i // 3)\n            pen.$shape((x, y, x + 6, y + 6), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['first'] + scene['second']\n",
    count,
    (
        *colours("What do the COLOUR pips of both dice add up to?", "black", dx="6", shape="ellipse"),
        *colours("Two dominoes with COLOUR marks: what is the sum?", "red", dx="3", shape="rectangle"),
        *colours("Add the left COLOUR group to the right COLOUR group.", "blue", dx="8", shape="ellipse"),
        *colours("How far may a player move who throws these COLOUR points?", "green", dx="1", shape="rectangle"),
    ),
    "scene['second']", "scene['second'] + 1", "3",
)  # fmt: skip

TOWERS = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'towers': [r.randint(1, 6) for _ in range($n)]}\n"
    "def draw(scene):\n" + SHEET + "    for i, high in enumerate($shown):\n        for k in range(high):\n"
    "            pen.rectangle((18 * i + 4, 84 - 14 * k, 18 * i + 15, 94 - 14 * k), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return sum(scene['towers'])\n",
    count,
    (
        *colours("How many COLOUR bricks are in all the towers together?", "brown", n="4"),
        *colours("Sum the COLOUR storeys of the houses.", "gray", n="3"),
        *colours("What total of COLOUR crates has been stacked in these heaps?", "orange", n="5"),
        *colours("Were all COLOUR coins put on a single column, how high would it be?", "teal", n="4"),
    ),
    "scene['towers']", "[*scene['towers'][:-1], scene['towers'][-1] + 1]", "[2, 3, 4]",
)  # fmt: skip

RINGS = Mechanism(
    HEAD + "def scene(seed):\n    r = random.Random(seed)\n    return {'rings': r.randint(1, 6), 'x': r.randint(40, 54), 'y': r.randint(40, 54)}\n"
    "def draw(scene):\n" + SHEET + "    x, y = scene['x'], scene['y']\n    for i in range($shown):\n        far = 6 + 6 * i\n        pen.$shape((x - far, y - far, x + far, y + far), outline='$c', width=2)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['rings']\n",
    rings,
    (
        *colours("How many COLOUR rings does the target have?", "red", shape="ellipse"),
        *colours("Count the nested COLOUR frames.", "blue", shape="rectangle"),
        *colours("A stone made COLOUR waves; how many circles spread?", "teal", shape="ellipse"),
        *colours("Through how many COLOUR walls must one break to reach the middle?", "black", shape="rectangle"),
    ),
    "scene['rings']", "scene['rings'] + 1", "3",
)  # fmt: skip

SPOKES = Mechanism(
    HEAD + "import math\ndef scene(seed):\n    return {'spokes': random.Random(seed).randint(3, 10)}\n"
    "def draw(scene):\n" + SHEET + "    n = $shown\n    for i in range(n):\n        turn = 2 * math.pi * i / n + 0.2\n"
    "        pen.line((48, 48, 48 + $far * math.cos(turn), 48 + $far * math.sin(turn)), fill='$c', width=3)\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['spokes']\n",
    spokes,
    (
        *colours("How many COLOUR spokes has the wheel?", "black", far="44"),
        *colours("What is the degree of the hub, counting COLOUR edges?", "red", far="38"),
        *colours("A COLOUR star: number its rays.", "orange", far="41"),
        *colours("From the square, how many COLOUR roads lead away?", "blue", far="47"),
    ),
    "scene['spokes']", "scene['spokes'] + 1", "6",
)  # fmt: skip

TUBE = Mechanism(
    HEAD + "def scene(seed):\n    return {'full': random.Random(seed).randint(1, 10), 'place': seed % 50}\n"
    "def draw(scene):\n" + SHEET + "    x = scene['place']\n    pen.rectangle((x + 2, 4, x + $wide, 91), outline='gray')\n"
    "    pen.rectangle((x + 5, 90 - 8 * ($shown) + 1, x + $wide - 3, 90), fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['full']\n",
    level,
    (
        *colours("To how many of ten parts is the tube filled with COLOUR?", "red", wide="20"),
        *colours("At which mark from 1 to 10 does the COLOUR liquid stand?", "blue", wide="34"),
        *colours("The COLOUR battery has ten bars. How many remain?", "green", wide="42"),
        *colours("Rain gauge: read the COLOUR level, 8 pixels a unit.", "teal", wide="14"),
    ),
    "scene['full']", "(11 - scene['full'])", "5",
)  # fmt: skip

CHART = Mechanism(
    "import random\nimport matplotlib.pyplot as plt\ndef scene(seed):\n    r = random.Random(seed)\n    return {'sales': [r.randint(1, 20) for _ in range(6)], 'limit': r.randint(5, 15) + 0.5}\n"
    "def draw(scene):\n    figure, axes = plt.subplots(figsize=(2, 2), dpi=48)\n    axes.bar(range(6), $shown, color='#0000ff', width=0.6)\n"
    "    axes.axhline(scene['limit'], color='#ff0000', lw=2, ls='$dash')\n    axes.set_ylim(0, 21)\n    axes.axis('off')\n    return figure\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return sum(one > scene['limit'] for one in scene['sales'])\n",
    plotted,
    (
        {"q": "How many bars reach above the red line?", "dash": "-"},
        {"q": "In how many months were sales over the limit?", "dash": "--"},
    ),
    "scene['sales']", "[one + (one > scene['limit']) * -20 for one in scene['sales']]", "[10] * 6",
)  # fmt: skip

SIGN = Mechanism(
    HEAD + "READS = True\ndef scene(seed):\n    return {'sign': random.Random(seed).randint($low, $high)}\n"
    "def draw(scene):\n" + SHEET + "    pen.text((20, 40), $text, fill='$c')\n    return image\n"
    "def question(scene):\n    return '$q'\ndef answer(scene):\n    return scene['sign']\n",
    READS,
    (
        {"low": "100", "high": "999", "c": "black", "text": "'Bus ' + str(scene['sign'])", "q": "What is the number of the bus?"},
        {"low": "10", "high": "99", "c": "red", "text": "str(scene['sign']) + ' km'", "q": "How many kilometres does the signpost say?"},
        {"low": "1000", "high": "9999", "c": "blue", "text": "'Built ' + str(scene['sign'])", "q": "When was this house built?"},
    ),
)  # fmt: skip

MECHANISMS = (
    DOTS, BARS, HAND, CELL, MORE, RULER, ARROW, POINT, BOX, STRIPES, LEFT, BIGGER, DICE, TOWERS, RINGS, SPOKES, TUBE, CHART,
    SIGN,
)  # fmt: skip
