"""Each family's second opinion, a module of its own: `rederive(scene, question)` finds the right answer's text from the
scene's JSON and the words of the question, by another method; `seen(picture, scene, question)` looks at the pixels of
the plain picture alone and says whether they show this scene. Edges that a family's rules run off on purpose are its
`OPEN_EDGES`; marks and letters are never cut. Imports no family."""

import importlib.util
from pathlib import Path


def _module(path: Path):
    spec = importlib.util.spec_from_file_location(f"second_opinion_of_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


OPINIONS = {path.stem: _module(path) for path in sorted(Path(__file__).parent.glob("opinions/*/*.py"))}
