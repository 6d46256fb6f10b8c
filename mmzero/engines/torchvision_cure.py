"""Makes the ordinary torchvision wheel importable beside a CPU build of torch; knows nothing else of mmzero.

The wheel's compiled half links CUDA and fails to load, and then `import torchvision` stumbles over two operators that
nobody declared. A processor needs neither: declaring their schemas is the whole cure. The `.pth` beside this file
loads it at the start of every Python process, since vLLM and Ray start processes that import torchvision first.
"""

import importlib.abc
import importlib.machinery
import sys

_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared = []  # a Library takes its declarations with it when it is collected


class _Loader(importlib.abc.Loader):
    def __init__(self, inner):
        self._inner = inner

    def create_module(self, spec):
        return self._inner.create_module(spec)

    def exec_module(self, module):
        import torch

        if not torch.cuda._is_compiled():
            library = torch.library.Library("torchvision", "FRAGMENT")
            for operator in ("nms", "qnms"):
                try:
                    library.define(operator + _SCHEMA)
                except RuntimeError:  # a real CPU torchvision has declared it already
                    continue
            _declared.append(library)
        self._inner.exec_module(module)

    def __getattr__(self, name):
        return getattr(self._inner, name)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != "torchvision":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec and spec.loader:
            spec.loader = _Loader(spec.loader)
        return spec


sys.meta_path.insert(0, _Finder())
