"""More than 200 honest programs, small and varied: what models write when asked for a picture, the odd habits included.

`{a}`, `{b}` and `{c}` stand for numbers that vary; every program draws something at every level, and the same.
"""

# ruff: noqa: E501 -- a program stands on one line

from __future__ import annotations

from mmzero.render import Job

PLOT = "import numpy as np\nimport matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(3, 2), dpi=60)\n"
SAVE = "\nplt.savefig('out.png')"
PILLOW = (
    "from PIL import Image, ImageDraw, ImageFont\nimg = Image.new('RGB', (120, 90), 'white')\nd = ImageDraw.Draw(img)\n"
)
KEEP = "\nimg.save('out.png')"

CHARTS = [
    "ax.bar(['a', 'b', 'c'], [{a}, {b}, {c}], color='tab:blue'); ax.set_title('Sales'); ax.set_ylabel('units')",
    "ax.barh(['x', 'y'], [{a}, {b}]); ax.invert_yaxis()",
    "ax.plot(range({a}), np.arange({a}) ** 2, 'o-', label='n^2'); ax.legend(); ax.grid(True)",
    "ax.scatter(np.random.rand({b} * 5), np.random.rand({b} * 5), c=np.random.rand({b} * 5), cmap='viridis')",
    "ax.pie([{a}, {b}, {c}], labels=['p', 'q', 'r'], autopct='%1.0f%%')",
    "ax.hist(np.random.default_rng().normal(size=200), bins={a} + 3)",
    "ax.boxplot([np.random.randn(20) + {a}, np.random.randn(20)])",
    "ax.imshow(np.outer(np.arange({a} + 2), np.arange({b} + 2)), cmap='magma'); ax.axis('off')",
    "x = np.linspace(0, 2 * np.pi, 50); ax.fill_between(x, np.sin({a} * x), alpha=0.4); ax.axhline(0, color='k')",
    "ax.text(0.5, 0.5, r'$\\frac{{{a}}}{{{b}}} + \\sqrt{{x_{c}}}$', fontsize=14, ha='center')",
    "ax.errorbar([1, 2, 3], [{a}, {b}, {c}], yerr=0.5, capsize=3)",
    "ax.stackplot([1, 2, 3], [{a}, 1, 2], [1, {b}, 1]); ax.margins(0)",
    "import matplotlib.patches as mp\nax.add_patch(mp.Circle((.5, .5), .{a})); ax.add_patch(mp.Rectangle((0, 0), .3, .{b}, fill=False))",
    "ax.step([0, 1, 2], [{a}, {b}, {c}], where='mid'); ax.set_xticks([0, 1, 2], ['Mon', 'Tue', 'Wed'], rotation=30)",
    "ax.contourf(*np.meshgrid(np.arange(9), np.arange(9)), np.add.outer(np.arange(9), {a} * np.arange(9)))",
    "ax.annotate('peak', (1, {a}), xytext=(2, {b}), arrowprops=dict(arrowstyle='->')); ax.set(xlim=(0, 3), ylim=(0, 12))",
    "ax.quiver([0, 1], [0, 1], [{a}, 1], [1, {b}])",
    "import datetime\nday = datetime.date(2024, 1, {a})\nax.plot([day, day + datetime.timedelta(days={b})], [1, 2]); fig.autofmt_xdate()",
    "ax.semilogy([1, 10, 100], [{a}, {b}, 10 ** {c}])",
    "ax2 = ax.twinx(); ax.plot([1, {a}]); ax2.plot([{b}, 1], 'r--')",
    "words = ['one', 'two']\nt = ax.table([[{a}, {b}], [{c}, 0]], colLabels=words, loc='center'); ax.axis('off')",
    "ax.set_title('缺字 {a}'); ax.plot([{a}, {b}])",
    "ax.violinplot([np.random.randn(30), np.random.randn(30) + {a}])",
    "fig.clf(); p = fig.add_subplot(projection='polar'); p.plot(np.linspace(0, 6, 40), np.linspace(0, {a}, 40))",
    "fig.clf(); q = fig.add_subplot(projection='3d'); q.bar3d([0, 1], [0, 1], 0, .5, .5, [{a}, {b}])",
    "from matplotlib import patheffects\nax.text(.2, .4, 'T{a}', path_effects=[patheffects.withStroke(linewidth=3, foreground='y')], fontsize=20)",
    "fig.clf(); [fig.add_subplot(2, 2, i + 1).plot([i, {a}]) for i in range(4)]; fig.suptitle('four'); fig.tight_layout()",
    "ax.eventplot([{a}, {b}, {c}]); plt.colorbar(plt.cm.ScalarMappable(), ax=ax)",
]  # fmt: skip
DRAWINGS = [
    "d.rectangle((5, 5, 10 * {a}, 60), fill='red', outline='black')",
    "d.ellipse((5, 5, 20 + 5 * {a}, 70), fill=(0, 20 * {b}, 255))",
    "d.line([(0, 0), (10 * {a}, 80), (110, 5 * {b})], fill='green', width={c})",
    "d.polygon([(10, 10), (100, 5 * {a}), (50, 80)], fill='#3{a}8')",
    "d.text((10, 10), 'Item {a}', fill='black')",
    "d.text((10, 10), 'Big {b}', fill='navy', font=ImageFont.truetype('arial.ttf', 18))",
    "d.text((5, 30), 'Sans {a}', fill=0, font=ImageFont.truetype('/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf', 16))",
    "d.text((5, 30), 'Default', fill=0, font=ImageFont.load_default(size=10 + {a}))",
    "d.arc((10, 10, 80, 80), 0, 30 * {a}, fill='purple', width=3)",
    "d.pieslice((10, 10, 80, 80), 0, 40 * {b}, fill='orange')",
    "for i in range({a}): d.rounded_rectangle((i * 9, i * 9, i * 9 + 8, i * 9 + 8), 2, fill='teal')",
    "img = img.rotate(10 * {a}, expand=True, fillcolor='white')",
    "from PIL import ImageFilter\nd.rectangle((30, 30, 60, 60), fill=1); img = img.filter(ImageFilter.GaussianBlur({a}))",
    "import numpy as np\nimg = Image.fromarray((np.add.outer(np.arange(90), np.arange(120)) * {a} % 256).astype('uint8'))",
    "import random\nfor _ in range({a}): d.point((random.randint(0, 119), random.randint(0, 89)), fill='black')",
    "import random\nr = random.Random(); d.ellipse((r.random() * 50, 5, 100, 80), fill='pink')",
    "import math\nfor i in range({a} * 3): d.point((60 + 40 * math.cos(i), 45 + 40 * math.sin(i)), fill='blue')",
    "img = img.convert('RGBA'); img.putalpha(25 * {a})",
    "img = img.convert('L').resize((10 * {a}, 20))",
    "a = Image.new('RGBA', img.size, (255, 0, 0, 20 * {a})); img.paste(a, (5, 5), a)",
    "from collections import Counter\nfor i, (w, n) in enumerate(Counter('mississippi').items()): d.rectangle((9 * i, 80 - 9 * n, 9 * i + 7, 80), fill='maroon')",
]  # fmt: skip
WHOLE = [
    "import turtle\nturtle.setup(150, 120)\nfor _ in range({a} + 2): turtle.forward(40); turtle.left(360 / ({a} + 2))\nturtle.done()",
    "from turtle import *\nsetup(150, 120); color('red', 'yellow'); begin_fill(); circle(4 * {a}); end_fill(); write('t', font=('Arial', 12, 'bold'))",
    "import turtle as t\nscreen = t.Screen(); screen.setup(150, 120); screen.bgcolor('lightblue')\np = t.Turtle(); p.speed(0); p.pensize({a})\np.penup(); p.goto(-20, 10); p.pendown(); p.dot(12, 'green'); p.fd(30)\nscreen.exitonclick()",
    "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(2, 2)); plt.plot([{a}, {b}]); plt.show()",
    "import os, matplotlib.pyplot as plt\nos.makedirs('pictures', exist_ok=True)\nplt.figure(figsize=(2, 2)); plt.plot([{a}, {b}]); plt.savefig(os.path.join('pictures', 'a.png'), dpi=50, bbox_inches='tight')",
    "import io, matplotlib.pyplot as plt\nfrom PIL import Image\nb = io.BytesIO(); plt.figure(figsize=(2, 2)); plt.plot([{a}, {b}]); plt.savefig(b, format='png'); b.seek(0)\nImage.open(b).convert('RGB').save(output_path)",
    "from PIL import Image\nImage.new('RGB', (20, 20), (9 * {a}, 0, 0)).save('first.png')\nagain = Image.open('first.png').resize((40, 10 + {b}))\nagain.save('second.jpg', quality=90)",
    "import matplotlib.pyplot as plt\nplt.figure(figsize=(2, 2)); plt.plot([1, {a}])\nwith open(output_path, 'wb') as f: plt.savefig(f, dpi=40)\nplt.close('all')",
    "import csv\nwith open('d.csv', 'w', newline='') as f: csv.writer(f).writerows([[1, {a}], [2, {b}]])\nrows = [list(map(float, r)) for r in csv.reader(open('d.csv'))]\nimport matplotlib.pyplot as plt\nplt.figure(figsize=(2, 2)); plt.plot(*zip(*rows)); plt.savefig('a.svg')",
    "import matplotlib.pyplot as plt, numpy as np\nplt.imsave('a.png', np.arange(100 * {a}).reshape(10, -1), cmap='gray')",
    "def main():\n    import matplotlib.pyplot as plt\n    plt.style.use('ggplot'); plt.figure(figsize=(2, 2)); plt.bar([1, 2], [{a}, {b}]); plt.savefig('x.pdf')\n\nif __name__ == '__main__':\n    main()\n    import sys; sys.exit()",
    "import time, datetime, uuid, os\nfrom PIL import Image, ImageDraw\nimage = Image.new('RGB', (200, 40), 'white')\nImageDraw.Draw(image).text((2, 2), f'{{time.time():.3f}} {{datetime.datetime.now()}} {{uuid.uuid4()}} {{os.getpid()}} {a}', fill=0)",
    "from PIL import Image, ImageDraw\nimage = Image.new('RGB', (200, 40), 'white')\nImageDraw.Draw(image).text((2, 2), str(list({{'a', 'b', 'c', 'd{a}'}})) + str(hash('x')), fill=0)",
    "import matplotlib.pyplot as plt\nfrom matplotlib.animation import FuncAnimation\nfig, ax = plt.subplots(figsize=(1, 1)); (l,) = ax.plot([0, {a}])\nFuncAnimation(fig, lambda i: l.set_ydata([i, {a}]), frames=2).save('a.gif', writer='pillow')",
    "from pathlib import Path\nfrom PIL import Image\nout = Path('o') / 'p.png'; out.parent.mkdir(exist_ok=True)\nImage.new('RGB', (30, 10 * {a}), 'cyan').save(out)\nprint(out.name * 3000)",
    "import numpy as np\nfrom PIL import Image\nnp.save('a.npy', np.arange({a} * 300).reshape(10, -1, 3).astype('uint8'))\nimg = Image.fromarray(np.load('a.npy'))",
    "import matplotlib.pyplot as plt\nwith plt.xkcd():\n    plt.figure(figsize=(2, 2)); plt.plot([1, {a}, {b}])\nfig = plt.gcf()",
    "import random, matplotlib.pyplot as plt, numpy as np\nnp.random.seed({a}); random.seed({a})\nplt.figure(figsize=(2, 2)); plt.plot(np.random.rand(5)); plt.title(random.choice('abc')); plt.savefig('a', transparent=True)",
]  # fmt: skip
SVGS = [
    "<rect x='5' y='5' width='1{a}' height='2{b}' fill='steelblue'/><circle cx='60' cy='40' r='{a}' fill='none' stroke='red'/>",
    "<text x='5' y='40' font-family='Arial' font-size='1{a}'>Label {b}</text><text x='5' y='70' font-family='monospace'>m</text>",
    "<defs><linearGradient id='g'><stop offset='0' stop-color='red'/><stop offset='1' stop-color='blue'/></linearGradient></defs><rect width='100' height='{a}0' fill='url(#g)'/>",
    "<path d='M 10 10 C 20 {a}0, 40 {b}0, 90 10 Z' fill='gold' stroke='black' stroke-width='{c}'/>",
    "<g transform='rotate({a}0 50 40)'><polygon points='50,5 90,70 10,70' fill='#2a{b}'/></g><a href='https://example.com'><line x1='0' y1='0' x2='99' y2='79' stroke='gray'/></a>",
    "<style>.k {{ fill: tomato; stroke: #000 }}</style><ellipse class='k' cx='50' cy='40' rx='{a}0' ry='2{b}'/><use href='#none'/>",
]  # fmt: skip
GENERATORS = [
    "import random\ndef scene(seed):\n    r = random.Random(seed); return {{'n': r.randint(1, 9), 'm': {a}}}\n"
    "def draw(scene):\n    from PIL import Image, ImageDraw\n    img = Image.new('RGB', (100, 30), 'white'); d = ImageDraw.Draw(img)\n"
    "    for i in range(scene['n']): d.ellipse((10 * i, 5, 10 * i + 8, 13), fill='black')\n    return img\n"
    "def answer(scene): return scene['n'] + scene['m']\n",
    "import numpy as np\ndef scene(seed): return {{'h': np.random.randint(1, 9, 3), 'k': np.float64({b})}}\n"
    "def draw(s):\n    import matplotlib.pyplot as plt\n    fig, ax = plt.subplots(figsize=(2, 2)); ax.bar(['a', 'b', 'c'], s['h'])\n"
    "def answer(s): return ['a', 'b', 'c'][int(np.argmax(s['h']))]\ndef question(s): return 'Which bar is highest?'\n",
]

_NUMBERS = [{"a": 3, "b": 5, "c": 2}, {"a": 7, "b": 2, "c": 4}, {"a": 4, "b": 8, "c": 3}]


def _svg(body: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="80">{body}</svg>'


def _filled(templates: list[str], before: str = "", after: str = "") -> list[str]:
    return [before + template.format(**numbers) + after for template in templates for numbers in _NUMBERS]


PROGRAMS = [
    *_filled(CHARTS, PLOT, SAVE),
    *_filled(DRAWINGS, PILLOW, KEEP),
    *_filled(WHOLE),
]
JOBS = [
    *(Job("python", code, seed=i) for i, code in enumerate(PROGRAMS)),
    *(Job("svg", _svg(body)) for body in _filled(SVGS)),
    *(Job("generator", code, seed=i) for i, code in enumerate(_filled(GENERATORS))),
]
