"""Python itself runs the program."""

import contextlib
import io

from printed import stands


def rederive(scene: dict, question: str) -> str:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec("\n".join(scene["lines"]), {})
    return said.getvalue().strip()


def seen(picture, scene: dict, question: str) -> bool:
    """The words stand on their lines, the deeper ones further to the right."""
    top = 0.5 - 0.105 * len(scene["lines"]) / 2
    return all(
        stands(
            picture,
            line.lstrip(),
            (0.13 + 0.035 * (len(line) - len(line.lstrip())), top + 0.105 * (i + 0.5)),
            0.068,
            "lm",
        )
        for i, line in enumerate(scene["lines"])
    )
