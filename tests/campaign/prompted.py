"""The `mmzero` command, with words put into a sampler's mouth: its tokens, weights and log-probs are its own, and what it
says of a picture is what the fake engine would, for a tiny model draws nothing that could be rendered."""

import dataclasses
import sys
from types import SimpleNamespace

from ray import cloudpickle

from mmzero import cli
from mmzero.engines import vllm_sampler
from mmzero.engines.fake import FakeSampler
from mmzero.engines.vllm_sampler import VllmSampler
from mmzero.roles import coder, open_proposer


class Prompted(VllmSampler):
    def play(self, asks):
        for group in super().play(asks):
            yield tuple(map(self._prompted, group))

    @staticmethod
    def _prompted(one):
        if one.task.family not in (open_proposer.FAMILY, coder.FAMILY, coder.PICTURE):
            return one
        words = FakeSampler()._said(SimpleNamespace(task=one.task, role=one.role), one.seed % 4 > 0, one.seed)
        return dataclasses.replace(one, text=words, finish="stop")


if __name__ == "__main__":
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # hosts cannot import a test
    vllm_sampler.VllmSampler = Prompted
    cli.main()
