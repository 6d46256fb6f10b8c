"""What a model's folder says about itself, read without loading a weight; must not import torch or transformers.

Of a few well-known models the same is known without their folder, so that a campaign can be planned before anything is
fetched: zoo/shapes.json.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmzero import shipped
from mmzero.machine import exists
from mmzero.recipe.sentences import mistake, show

if TYPE_CHECKING:
    from mmzero.recipe import Recipe

_MOST_HEADER = 100_000_000  # what the safetensors library itself allows
_SHAPES = Path(__file__).with_name("zoo") / "shapes.json"
_SAYING = ("config.json", "generation_config.json", "model.safetensors.index.json")  # what decides what a model says
_SAYING += ("preprocessor_config.json", "processor_config.json", "chat_template.jinja", "chat_template.json")
_SAYING += (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
)
_SAYING += ("vocab.json", "vocab.txt", "merges.txt")
_PIECES, _PIECE = 64, 4096  # of a file of weights: how many bytes are read at how many places
_TOWERS = ("visual", "vision_tower", "vision_model", "multi_modal_projector", "connector", "image_newline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tower:
    """The layers of one encoder or decoder; 0 where the configuration does not say."""

    layers: int = 0
    hidden: int = 0
    intermediate: int = 0
    heads: int = 0
    kv_heads: int = 0
    head_width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """Counts from the files' headers. An adapter of rank r adds r * (in + out) weights to a matrix; the `adapter_width`
    fields hold that sum over the matrices an adapter would sit on. 0 where the configuration does not say."""

    parameters: int
    vision_parameters: int
    adapter_width: int
    vision_adapter_width: int
    text: Tower
    vision: Tower
    vocabulary: int
    pixels_per_token: int
    pixels_per_patch: int
    most_pixels: int
    family: str = ""  # the model_type of its configuration

    @property
    def cache_per_token(self) -> int:
        """Numbers kept per token of context: keys and values of every layer."""
        return 2 * self.text.layers * self.text.head_width * self.text.kv_heads

    def trained(self, rank: int | None, vision: bool) -> int:
        """How many weights train: all, or an adapter of this rank."""
        if rank is None:
            return self.parameters - (0 if vision else self.vision_parameters)
        return rank * (self.adapter_width + (self.vision_adapter_width if vision else 0))


def find_model(path: str, recipe_folder: Path) -> Path | None:
    """The folder of a model: shipped, beside the recipe, in the working folder, or fetched from the hub earlier.
    None for a hub name that is not on this machine."""
    if known := shipped.model(path):
        return known
    if folder := _local(path, recipe_folder):
        return folder
    owner, slash, name = path.partition("/")
    is_local = exists(recipe_folder / owner) or exists(Path(owner)) or not owner.strip(".~")
    if not slash or "/" in name or is_local:
        raise mistake(f"the model folder {show(path)} does not exist; correct model.path, or name a model on the hub")
    return _fetched(path)


def sound_model(path: str, recipe_folder: Path) -> Path | str:
    """The folder of a model, refused in one sentence where it lacks something, before an engine stumbles over it; the name of
    one that is still on the hub."""
    folder = find_model(path, recipe_folder)
    if folder:
        read_model(folder)
    return folder or path


def settled(recipe: Recipe, recipe_folder: Path) -> Recipe:
    """As a campaign keeps it, which is gone on with from any working folder: a model's folder by its whole path."""
    path = recipe.model.path
    folder = None if shipped.model(path) else _local(path, recipe_folder)
    if not folder:
        return recipe
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"path": str(folder.resolve())})})


def _local(path: str, recipe_folder: Path) -> Path | None:
    return next((folder for folder in (recipe_folder / path, Path(path)) if exists(folder)), None)


def read_model(folder: Path) -> ModelFacts:
    """The facts, or one sentence about what the folder lacks."""
    config = _json(folder / "config.json", f"the model folder {folder} has no config.json; is it a saved model?")
    if not any((folder / name).is_file() for name in ("preprocessor_config.json", "processor_config.json")):
        raise mistake(
            f"the model folder {folder} has no processor (preprocessor_config.json or processor_config.json), so its"
            " images cannot be prepared; copy it from the model's base"
        )
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")):
        raise mistake(f"the model folder {folder} has no tokenizer (tokenizer.json); copy it from the model's base")
    shapes = {name: shape for file in _weight_files(folder) for name, shape in _header(file).items()}
    counts = {
        "parameters": sum(map(math.prod, shapes.values())),
        "vision_parameters": sum(math.prod(shape) for name, shape in shapes.items() if _is_vision(name)),
        "adapter_width": sum(sum(shape) for name, shape in shapes.items() if _adapts(name, shape, vision=False)),
        "vision_adapter_width": sum(sum(shape) for name, shape in shapes.items() if _adapts(name, shape, vision=True)),
    }
    return _facts(config, _image_config(folder), counts)


def fingerprint(folder: Path) -> dict[str, str]:
    """A hash of each small file by its name, and one of all weights there: of their names, sizes, headers and some pieces
    spread evenly over each. Training moves nearly every weight, and nobody reads gigabytes to find that out."""
    there = [name for name in _SAYING if (folder / name).is_file()]
    files = sorted(folder.glob("*.safetensors"))
    try:
        found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in there}
        if files:
            pieces = "".join(f"{file.name} {_sampled(file)}\n" for file in files)
            found["weights"] = hashlib.sha256(pieces.encode()).hexdigest()
    except OSError as error:
        raise mistake(f"{error.filename} cannot be read ({error.strerror}); fetch or save the model again") from error
    return found


def _sampled(file: Path) -> str:
    size = file.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with file.open("rb") as stream:
        header = min(int.from_bytes(stream.read(8), "little"), _MOST_HEADER, size)
        found.update(stream.read(header))
        begins = min(8 + header, size)
        for piece in range(_PIECES):
            stream.seek(begins + max(0, size - begins - _PIECE) * piece // (_PIECES - 1))
            found.update(stream.read(_PIECE))
    return found.hexdigest()


def known_model(name: str) -> ModelFacts | None:
    """The facts of a well-known model that need not be on this machine."""
    known = json.loads(_SHAPES.read_bytes()).get(name)
    return _facts(**known) if known else None


def _facts(config: Mapping[str, Any], image: Mapping[str, Any], counts: Mapping[str, int]) -> ModelFacts:
    text = config.get("text_config") if isinstance(config.get("text_config"), dict) else config
    vision = config.get("vision_config") if isinstance(config.get("vision_config"), dict) else {}
    patch, merge = _count(image, "patch_size"), _count(image, "merge_size") or 1
    size = image.get("size") if isinstance(image.get("size"), dict) else {}
    return ModelFacts(
        **counts,
        text=_tower(text),
        vision=_tower(vision),
        vocabulary=_count(text, "vocab_size"),
        pixels_per_token=(patch * merge) ** 2,
        pixels_per_patch=patch**2,
        most_pixels=_count(image, "max_pixels") or _count(size, "longest_edge") or _count(size, "max_pixels"),
        family=str(config.get("model_type", "")),
    )


def _tower(config: Mapping[str, Any]) -> Tower:
    """Text towers say num_hidden_layers and num_attention_heads, vision towers often depth and num_heads."""
    heads = _count(config, "num_attention_heads") or _count(config, "num_heads")
    hidden = _count(config, "hidden_size")
    return Tower(
        layers=_count(config, "num_hidden_layers") or _count(config, "depth"),
        hidden=hidden,
        intermediate=_count(config, "intermediate_size"),
        heads=heads,
        kv_heads=_count(config, "num_key_value_heads") or heads,
        head_width=_count(config, "head_dim") or (hidden // heads if heads else 0),
    )


def _fetched(name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json")
    except HFValidationError as error:
        raise mistake(f"model.path {show(name)} is neither a folder nor a name for a hub; correct it") from error
    return Path(found).parent if isinstance(found, str) else None


def _is_vision(name: str) -> bool:
    return any(part in _TOWERS for part in name.split("."))


def _adapts(name: str, shape: tuple[int, ...], vision: bool) -> bool:
    plain_matrix = len(shape) == 2 and name.endswith(".weight") and "embed" not in name and "lm_head" not in name
    return plain_matrix and _is_vision(name) == vision


def _count(config: Mapping[str, Any], key: str) -> int:
    value = config.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _image_config(folder: Path) -> Mapping[str, Any]:
    """How the processor cuts an image; empty where it has other words for it."""
    for name, within in (("preprocessor_config.json", None), ("processor_config.json", "image_processor")):
        if not (folder / name).is_file():
            continue
        config = _json(folder / name, "")
        config = config.get(within) if within else config
        if isinstance(config, dict) and _count(config, "patch_size"):
            return config
    return {}


def _json(path: Path, absent: str) -> dict[str, Any]:
    if not path.is_file():
        raise mistake(absent)
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise mistake(f"{path} cannot be read as JSON ({error}); restore it") from error
    if not isinstance(found, dict):
        raise mistake(f"{path} holds no JSON object; restore it")
    return found


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        names = _json(index, "").get("weight_map")
        if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
            raise mistake(f"{index} has no weight_map of file names; restore it")
        files = [folder / Path(name).name for name in sorted(set(names.values()))]
    else:
        files = sorted(folder.glob("*.safetensors"))
    missing = [file for file in files if not file.is_file()]
    if missing or not files:
        named = missing[0].name if missing else "weights in safetensors form"
        raise mistake(f"the model folder {folder} lacks {named}; fetch or save the model again")
    return files


def _header(file: Path) -> dict[str, tuple[int, ...]]:
    """Name -> shape: eight bytes of length, then that much JSON, then the data it speaks of."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= _MOST_HEADER:
                raise ValueError(f"its header would be {length} bytes long")
            entries = json.loads(stream.read(length))
        entries.pop("__metadata__", None)
        ends = [int(entry["data_offsets"][1]) for entry in entries.values()]
        if 8 + length + max(ends, default=0) > file.stat().st_size:
            raise ValueError("it is cut short")
        return {name: tuple(map(abs, map(int, entry["shape"]))) for name, entry in entries.items()}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise mistake(f"{file} cannot be read as safetensors ({error}); fetch or save the model again") from error
