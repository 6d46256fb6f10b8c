"""Four answers, a reward in a line, and pictures that are there or not, for the tests of how rewards are called."""

from PIL import Image
from play_material import answers, task

from mmzero.recipe.tree import Plugin
from mmzero.scoring import Surroundings, load, reward, score
from mmzero.types import Cursor, Episode

CURSOR = Cursor(5, 0, 1, 3)
FOUR = tuple(answers(text, sibling=i) for i, text in enumerate("4153"))
PAIRS = tuple(
    Episode(task=one, rollouts=tuple(answers(text, one, sibling=i) for i, text in enumerate(said)))
    for one, said in ((task("a"), "41"), (task("b"), "53"))
)


def scored(one, episodes=None, **more):
    return score(episodes or [Episode(task=FOUR[0].task, rollouts=FOUR)], [one], CURSOR, {}, 1.0, **more)


def paid(one, episodes=None, **more):
    return [found.missing or found.reward for found in scored(one, episodes, **more)]


def own(function, **how):
    return reward("own.py:own", function, **how)


def from_file(folder, text, **how):
    path = folder / "own.py"
    path.write_text(text)
    return load(Plugin(use="own.py:own", **how), path)


def pictured(folder, *names):
    """Two answers about these pictures, of which `good` is one and `bad` is none; and where they lie."""
    Image.new("RGB", (30, 20), "red").save(folder / "good", "PNG")
    (folder / "bad").write_bytes(b"\x89PNG\r\n\x1a\n no picture")
    plain = task()
    one = type(plain)(**{name: getattr(plain, name) for name in plain.__slots__} | {"images": names})
    around = Surroundings(image=lambda name: folder / name, processed=lambda size: (size[0] * 2, size[1]))
    return Episode(task=one, rollouts=(answers("4", one), answers("1", one, sibling=1))), around
