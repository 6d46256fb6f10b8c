"""Detection annotations as COCO and LVIS write them, as rows of a picture, a category and the boxes of its things there.
Must not open a picture.

A pair of picture and category whose annotations are known not to be complete (a crowd, LVIS's not_exhaustive) is no row:
its truth would punish whoever sees more.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from mmzero.recipe.sentences import mistake, suggest
from mmzero.recipe.tree import Coco
from mmzero.types import seed_of

Row = dict[str, Any]


def rows(source: Coco) -> list[Row]:
    """In the order of pictures and categories; `boxes` are x, y, width and height in pixels, as they stand in the file."""
    held = _read(source)
    names = _categories(held, source)
    pictures = {picture["id"]: picture for picture in held["images"]}
    boxes: dict[tuple[int, int], list[list[float]]] = defaultdict(list)
    unsure = {(id, one) for id, picture in pictures.items() for one in picture.get("not_exhaustive_category_ids", ())}
    for one in held["annotations"]:
        pair = one["image_id"], one["category_id"]
        boxes[pair].append(list(map(float, one["bbox"])))
        if one.get("iscrowd"):
            unsure.add(pair)
    there = [pair for pair in sorted(boxes) if pair not in unsure and pair[1] in names and pair[0] in pictures]
    chosen = _few(there, source)
    absent = _absent(chosen, boxes, pictures, names, source)
    return [
        {"image": _file(pictures[image]), "category": names[category], "boxes": boxes.get((image, category), [])}
        for image, category in sorted((*chosen, *absent))
    ]


def _read(source: Coco) -> Mapping[str, Any]:
    try:
        held = json.loads(Path(source.path).read_bytes())
        for name, keys in (("images", ("id",)), ("annotations", ("image_id", "category_id", "bbox"))):
            for one in held[name]:
                if not all(key in one for key in keys):
                    raise KeyError(f"an entry of {name} lacks one of {', '.join(keys)}")
        return held
    except OSError as error:
        raise mistake(f"the annotations {source.path} cannot be read ({error.strerror}); check the path") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise mistake(
            f"{source.path} holds no detection annotations of COCO's kind ({error}); it needs images, annotations and"
            " categories"
        ) from error


def _categories(held: Mapping[str, Any], source: Coco) -> dict[int, str]:
    """Those that are asked for, by number. LVIS writes names_with_underscores."""
    names = {one["id"]: str(one["name"]).replace("_", " ") for one in held.get("categories", ())}
    for name in source.categories:
        if name not in names.values():
            raise mistake(f"{source.path} has no category '{name}'; {suggest(name, names.values())}")
    return {id: name for id, name in names.items() if not source.categories or name in source.categories}


def _few(pairs: list[tuple[int, int]], source: Coco) -> list[tuple[int, int]]:
    """At most so many pictures of each category, the same in every run."""
    if source.shots is None:
        return pairs
    by_category: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pair in pairs:
        by_category[pair[1]].append(pair)
    chosen = []
    for category, all_there in by_category.items():
        chosen += Random(seed_of("shots", category)).sample(all_there, min(source.shots, len(all_there)))
    return chosen


def _absent(
    chosen: list[tuple[int, int]],
    boxes: Mapping[tuple[int, int], list],
    pictures: Mapping[int, Mapping[str, Any]],
    names: Mapping[int, str],
    source: Coco,
) -> Iterator[tuple[int, int]]:
    """Pairs of which nothing is there to be found, as the given share of all rows: in the pictures that are asked about."""
    wanted = round(len(chosen) * source.absent / (1 - source.absent))
    asked = sorted({image for image, _ in chosen})
    missing = [
        (image, category)
        for image in asked
        for category in sorted(pictures[image].get("neg_category_ids", names))
        if category in names and (image, category) not in boxes
    ]
    return iter(Random(seed_of("absent")).sample(missing, min(wanted, len(missing))))


def _file(picture: Mapping[str, Any]) -> str:
    """LVIS names a file by the end of its address, below the folder that holds COCO's pictures."""
    if name := picture.get("file_name"):
        return str(name)
    return "/".join(str(picture.get("coco_url", "")).split("/")[-2:])
