"""What honest programs draw: the same at every level and every time, and as their words say."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from benign import JOBS
from hypothesis import given
from hypothesis import strategies as st
from sandbox_material import LEVELS

from mmzero.render import Job, RenderPolicy, RenderPool, capture


@pytest.fixture(scope="module")
def drawn(pool_at):
    return {level: pool_at(level).map(JOBS) for level in LEVELS}


def test_the_corpus_is_large_and_varied():
    assert len(JOBS) >= 200
    assert len({job.code for job in JOBS}) > 0.95 * len(JOBS)


def test_every_honest_program_draws(drawn):
    failed = {job.code: result.log for job, result in zip(JOBS, drawn[LEVELS[0]], strict=True) if result.status != "ok"}
    assert not failed


def test_all_levels_draw_the_same(drawn):
    """Each level is a zygote of its own, so this is determinism over processes too."""
    first, *others = drawn.values()
    for other in others:
        for job, one, two in zip(JOBS, first, other, strict=True):
            assert (one.status, one.answer, one.scene) == (two.status, two.answer, two.scene), job.code
            assert np.array_equal(one.image, two.image), job.code


def test_the_pictures_differ_from_each_other(drawn):
    pictures = [hashlib.sha256(result.image.tobytes()).hexdigest() for result in drawn[LEVELS[0]]]
    assert len(set(pictures)) > 0.9 * len(pictures), "a stage that shows one thing for all would pass the rest"


CHANCE = """
import random, time, uuid, os, datetime, secrets
import numpy as np
from PIL import Image
numbers = [random.random(), random.Random().random(), np.random.rand(), np.random.default_rng().random(), time.time() % 1,
           np.random.RandomState().rand(), uuid.uuid4().int % 255, os.urandom(1)[0], secrets.randbelow(99), hash('x') % 255,
           datetime.datetime.now().microsecond, random.SystemRandom().random(), time.perf_counter() % 1, os.getpid()]
print(numbers)
Image.fromarray((np.array(numbers) * 1000 % 256).astype('uint8')[None]).save('a.png')
"""


def test_draws_follow_the_seed_and_nothing_else(pool):
    same, again, other = pool.map(
        [Job("python", CHANCE, seed=1), Job("python", CHANCE, seed=1), Job("python", CHANCE, seed=2)]
    )
    assert same.log == again.log
    assert np.array_equal(same.image, again.image)
    first, second = (eval(result.log) for result in (same, other))
    clocks_and_ids = {4, 9, 10, 12, 13}
    assert {i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a == b} == clocks_and_ids


def test_a_negative_and_a_large_seed_are_seeds(pool):
    code = "import numpy as np\nfrom PIL import Image\nImage.fromarray((255 * np.random.rand(2, 2)).astype('uint8')).save('a')"
    one, two = pool.map([Job("python", code, seed=-3), Job("python", code, seed=2**63 + 1)])
    assert (one.status, two.status) == ("ok", "ok")


def test_transparent_is_white(pool):
    (result,) = pool.map(
        [Job("python", "from PIL import Image\nImage.new('RGBA', (2, 1), (255, 0, 0, 51)).save('a.png')")]
    )
    assert result.image[0, 0].tolist() == [255, 204, 204]


def test_a_chart_has_the_size_asked_for(pool):
    code = (
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(4, 3))\nplt.bar([1], [2])\nplt.savefig('a.png', dpi=50)"
    )
    assert pool.map([Job("python", code)])[0].image.shape == (150, 200, 3)


def test_the_turtle_walks_where_it_is_told(pool):
    code = "import turtle as t\nt.setup(100, 80); t.pensize(4); t.pencolor('red'); t.right(90); t.forward(30); t.done()"
    (result,) = pool.map([Job("python", code)])
    red = np.argwhere((result.image == (255, 0, 0)).all(-1))
    assert red.min(0) == pytest.approx([40, 48], abs=2)  # from the middle straight down
    assert red.max(0) == pytest.approx([70, 52], abs=2)


def test_a_file_that_was_written_is_read_again(pool):
    code = """
import os, pathlib
with open('d/x.txt', 'w') as f: f.write('one\\n')
with open('d/x.txt', 'a') as f: f.write('two')
print(open('d/x.txt').read().split(), os.path.exists('d/x.txt'), os.path.getsize('d/x.txt'), os.path.exists('y'))
pathlib.Path('b').write_bytes(b'\\x00\\x01'); print(pathlib.Path('b').read_bytes())
os.remove('b')
for how in (lambda: open('b'), lambda: open('d/x.txt', 'x')):
    try: how()
    except OSError as error: print(type(error).__name__)
"""
    (result,) = pool.map([Job("python", code)])
    said = result.log.splitlines()
    assert said[:4] == ["['one', 'two'] True 7 False", "b'\\x00\\x01'", "FileNotFoundError", "FileExistsError"]


ANY_TITLE = (
    "import matplotlib.pyplot as plt\nfrom matplotlib.font_manager import FontProperties\nplt.figure(figsize=(1, 1))\n"
)


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("plt.rcParams['font.family'] = 'Comic Sans MS'\nplt.plot([1, 2])", "at line 4: Key font.family: the font Comic Sans MS"),
        ("plt.plot([1, 2])\nplt.title('x', fontname='Papyrus')", "at line 5: the font Papyrus is not here; there are DejaVu"),
        ("plt.title('x', fontproperties='Impact:bold')", "at line 4: the font Impact"),
        ("plt.title('x', family=['Papyrus', 'Impact'])", "at line 4: the font Papyrus, Impact"),
        ("plt.title('x', fontproperties=FontProperties(fname='/no/such.ttf'))", "FileNotFoundError at line 4: "),
    ],
)  # fmt: skip
def test_a_font_that_is_not_there_is_an_error_with_its_line(asks, said, pool):
    (result,) = pool.map([Job("python", ANY_TITLE + asks)])
    assert result.status == "code_error" and said in result.log


@pytest.mark.parametrize(
    "asks",
    [
        "plt.title('x', family=['Papyrus', 'DejaVu Serif'])",
        "plt.rc('font', family='serif')\nplt.title('x', family='monospace')",
        "plt.title('x', fontname='Times New Roman')",
        "plt.title('x', fontproperties='DejaVu Sans-14:bold')",
        "with plt.xkcd():\n    plt.title('x')",
        "plt.rcParams['mathtext.fontset'] = 'stix'\nplt.title(r'$x^2 \\mathbf{B}$')",
        "try:\n    plt.rcParams['font.family'] = 'Impact'\nexcept ValueError:\n    plt.title('x')",
    ],
)
def test_ours_a_stand_in_a_generic_family_or_a_list_with_one_of_them_is_fine(asks, pool):
    (result,) = pool.map([Job("python", ANY_TITLE + asks)])
    assert result.status == "ok", result.log


# --- SVG


NAMES = "http://www.w3.org/2000/svg"


def svg(body: str) -> Job:
    return Job("svg", f'<svg xmlns="{NAMES}" width="60" height="40">{body}</svg>')


def test_svg_is_drawn_on_white_with_letters(pool):
    plain, red, text = pool.map(
        [svg(""), svg("<rect width='30' height='40' fill='red'/>"), svg("<text y='30' font-family='Arial'>Wide</text>")]
    )
    assert plain.image.shape == (40, 60, 3)
    assert (plain.image == 255).all()
    assert red.image[20, 10].tolist() == [255, 0, 0]
    assert red.image[20, 50].tolist() == [255, 255, 255]
    assert (text.image < 128).sum() > 100


@pytest.mark.parametrize(
    ("wide", "high", "shape"),
    [(1024, 1024, (1024, 1024)), (16384, 16384, (1023, 1023)), (5000, 3000, (792, 1321)), (16384, 65, (64, 16131))],
)
def test_svg_with_too_many_pixels_is_drawn_smaller(wide, high, shape, pool):
    """5000 x 3000 becomes 1321 x 792 of the same shape, 1,046,232 of at most 1,048,576 pixels."""
    body = "<rect width='50%' height='100%' fill='red'/>"
    (result,) = pool.map([Job("svg", f"<svg xmlns='{NAMES}' width='{wide}' height='{high}'>{body}</svg>")])
    assert (result.status, result.image.shape) == ("ok", (*shape, 3))
    middle = shape[1] // 2
    assert result.image[:, [2, middle - 2]].tolist() == [[[255, 0, 0]] * 2] * shape[0]
    assert (result.image[:, [middle + 2, -2]] == 255).all()


@given(st.floats(1, 16384), st.floats(1, 16384), st.integers(1000, 2**24))
def test_what_is_drawn_smaller_fits_however_its_sides_are_rounded(wide, high, most):
    capture.begin(most)
    smaller = capture.fitting(wide, high)
    fits = wide * high <= most
    assert (smaller == 1) is fits
    assert fits or (wide * smaller + 1) * (high * smaller + 1) == pytest.approx(most)


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("<svg", "code_error", "not well-formed XML at line 1"),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='0' height='5'/>", "no_image", "0 x 5"),
        ("<svg xmlns='http://www.w3.org/2000/svg' width='9in' height='1e6'/>", "too_big", "864 x 1000000"),
        (f"<svg xmlns='{NAMES}' width='16385' height='16384'/>", "too_big", "16385 x 16384"),
        ("<svg xmlns='http://www.w3.org/2000/svg'><image href='/a.png'/></svg>", "code_error", "refer to itself"),
        ("<!DOCTYPE svg><svg/>", "code_error", "document type"),
    ],
)
def test_svg_that_is_refused_says_why(text, status, said, pool):
    (result,) = pool.map([Job("svg", text)])
    assert result.status == status
    assert said in result.log


# --- generators

DOTS = """
import random
def scene(seed):
    return {'n': random.randint(1, 9), 'seed': seed, 'pair': (1, 2)}
def draw(scene):
    from PIL import Image
    image = Image.new('RGB', (10 * scene['n'], 10), 'white')
    scene['n'] = 0
    return image
def answer(scene):
    scene['pair'].append(scene['n'])
    return scene['n']
def question(scene):
    return f"How wide is {len(scene['pair'])}?"
"""


def test_a_generator_gives_a_scene_a_picture_and_an_answer(pool):
    results = pool.map([Job("generator", DOTS, seed=seed) for seed in range(8)])
    for seed, result in enumerate(results):
        assert result.status == "ok", result.log
        assert result.scene == {"n": result.answer, "seed": seed, "pair": [1, 2]}
        assert result.image.shape == (10, 10 * result.answer, 3)
        assert result.question == "How wide is 2?"
    assert len({result.answer for result in results}) > 2


def test_a_given_scene_is_drawn_instead(pool):
    (result,) = pool.map([Job("generator", DOTS, scene_json='{"n": 3, "pair": []}')])
    assert (result.answer, result.image.shape, result.scene) == (3, (10, 30, 3), {"n": 3, "pair": []})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("def answer", "def solve"), "NameError: a generator defines"),
        (("return f\"", "return 3, f\""), "question(scene) gives text"),
        (("'n': random", "'x': random"), "KeyError at line"),
        (("return image", "return 7"), "without a picture"),
        (("'seed': seed", "'seed': float('inf')"), "ValueError"),
    ],
)  # fmt: skip
def test_a_generator_that_is_wrong_says_where(change, said, pool):
    (result,) = pool.map([Job("generator", DOTS.replace(*change))])
    assert result.status in ("code_error", "no_image")
    assert said in result.log


def test_a_python_job_has_no_answer(pool):
    (result,) = pool.map([Job("python", DOTS + "\ndraw(scene(1)).save('a.png')")])
    assert (result.status, result.scene, result.answer, result.question) == ("ok", None, None, None)


# --- texts


@pytest.mark.parametrize(
    ("kind", "code", "written"),
    [
        ("python", "pen.text((2, 2), 'A: 7'); pen.text((2, 20), 'b\\nc'); pen.text((9, 9), 'A: 7'); im=image", ("A: 7", "b\nc")),
        ("python", "pen.text((2, 2), 'lone \\ud800'); im = image", ("lone ?",)),
        ("python", "import turtle; turtle.write('walked', font=('Arial', 9, 'normal'))", ("walked",)),
        ("svg", "<svg xmlns='http://www.w3.org/2000/svg' width='50' height='50'><text>no font of ours</text></svg>", ()),
    ],
)  # fmt: skip
def test_what_is_written_into_a_picture_is_told(kind, code, written, pool):
    head = (
        "from PIL import Image, ImageDraw\nimage = Image.new('RGB', (60, 60), 'white')\npen = ImageDraw.Draw(image)\n"
    )
    (result,) = pool.map([Job(kind, head + code if kind == "python" else code)])
    assert (result.status, result.written) == ("ok", written), result.log


def test_a_chart_tells_its_title_and_its_numbers_and_not_what_is_hidden(pool):
    code = (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(3, 2))\nax.plot([0, 4])\nax.set_title('Rain')\n"
        "ax.text(0, 0, 'hidden').set_visible(False)\nplt.savefig('a.png', bbox_inches='tight')"
    )
    (result,) = pool.map([Job("python", code)])
    assert result.status == "ok", result.log
    assert {"Rain", "0", "4"} <= set(result.written) and "hidden" not in result.written


def test_a_generator_tells_what_its_drawing_writes_and_not_what_was_written_before(pool):
    code = DOTS.replace("    scene['n'] = 0", "    ImageDraw.Draw(image).text((0, 0), 'n')").replace(
        "import random",
        "import random\nfrom PIL import Image, ImageDraw\nImageDraw.Draw(Image.new('L', (9, 9))).text((0, 0), 'early')",
    )
    (result,) = pool.map([Job("generator", code)])
    assert (result.status, result.written) == ("ok", ("n",)), result.log


def test_texts_that_do_not_fit_beside_the_answer_are_left_out():
    room = RenderPolicy(json_bytes=110)
    code = DOTS.replace(
        "    scene['n'] = 0", "    from PIL import ImageDraw\n    ImageDraw.Draw(image).text((0, 0), 'x' * 40)"
    )
    with RenderPool(room, slots=1) as small:
        (result,) = small.map(
            [Job("generator", code.replace("'pair': (1, 2)", "'pair': []").replace("How wide is", ""))]
        )
    assert (result.status, result.written) == ("ok", ()), result.log


@pytest.mark.parametrize("forged", ["[1]", "'text'", "{}", "[['a']]"])
def test_texts_of_another_form_are_no_picture(forged, pool):
    code = DOTS + f"\nimport sys\nsys.modules['mmzero.render.capture'].texts = lambda: {forged}\n"
    (result,) = pool.map([Job("generator", code)])
    assert (result.status, result.image, result.written) == ("no_image", None, ())
    assert "texts in no known form" in result.log
