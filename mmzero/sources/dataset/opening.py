"""A dataset's file, folder or hub name as rows with columns, as `datasets` reads them. Must not know what is asked of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmzero.recipe.sentences import mistake
from mmzero.recipe.tree import Coco, Dataset
from mmzero.sources.dataset import coco

if TYPE_CHECKING:
    import datasets

_BUILDERS = {".parquet": "parquet", ".jsonl": "json", ".json": "json", ".csv": "csv"}


def loaded(source: Dataset) -> datasets.Dataset:
    import datasets

    if isinstance(source, Coco):
        return datasets.Dataset.from_list(coco.rows(source))
    datasets.disable_progress_bars()
    path = Path(source.path)
    if path.suffix in _BUILDERS and not path.is_file():
        raise mistake(f"there is no dataset {source.path}; check the path, which starts in the working folder")
    try:
        if path.is_file():
            if path.suffix not in _BUILDERS:
                raise mistake(f"{path} is no dataset; it must end in one of {', '.join(_BUILDERS)}, or be a folder")
            return datasets.load_dataset(_BUILDERS[path.suffix], data_files=str(path), split=source.split)
        if any((path / name).is_file() for name in ("state.json", "dataset_dict.json")):
            saved = datasets.load_from_disk(str(path))
            return saved[source.split] if isinstance(saved, datasets.DatasetDict) else saved
        return datasets.load_dataset(source.path, source.subset, split=source.split)
    except (OSError, ValueError, KeyError, datasets.exceptions.DatasetsError) as error:
        where = f"the dataset {source.path} (split {source.split})"
        raise mistake(f"{where} cannot be opened: {_cause(error)}; check its path, subset and split") from error


def _cause(error: BaseException) -> str:
    """What the reader of the file said, rather than who passed it on."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)[:300] or type(error).__name__


def folder(source: Dataset) -> Path:
    path = Path(source.path)
    return Path(source.folder or (path if path.is_dir() else path.parent)).resolve()


def labels(features: Mapping[str, Any], column: str) -> tuple[str, ...]:
    """The names behind a column of class numbers."""
    return tuple(getattr(features.get(column), "names", None) or ())


def holds_pictures(feature: Any) -> bool:
    """Whether datasets itself says that these are pictures, so that their paths are its own."""
    import datasets

    return isinstance(getattr(feature, "feature", feature), datasets.Image)


def as_written(value: Any, feature: Any) -> Any:
    """Where cells of one column are of several types, datasets keeps each as JSON, which is not what anybody wrote there."""
    import datasets

    if value is None:
        return None
    if isinstance(feature, datasets.Json):
        return json.loads(value)
    if isinstance(feature, Mapping) and isinstance(value, Mapping):
        return {name: as_written(part, feature.get(name)) for name, part in value.items()}
    if isinstance(feature, datasets.List | datasets.LargeList) and isinstance(value, list):
        return [as_written(part, feature.feature) for part in value]
    return value
