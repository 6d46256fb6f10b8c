"""Where the rewards, recipes and small models that come with mmzero lie; must not know what is in them."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
MODELS = ("tiny", "maker")  # one that reads, and one that also invents pictures and draws them


def root() -> Path:
    """The folder that holds `rewards/` and `recipes/`: inside an installed package, else beside it in a checkout."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else _PACKAGE.parent


def recipes() -> dict[str, Path]:
    """The shipped recipes by name."""
    return {path.stem: path for path in sorted((root() / "recipes").glob("*.yaml"))}


def model(name: str) -> Path | None:
    """The folder of a shipped model; None where `name` is none of them."""
    return _PACKAGE / "zoo" / name if name in MODELS else None
