"""Answers from one policy's weights with vLLM: one engine, stepped here, whose groups come back as they finish.

Runs in a process of its own kind (an actor): vLLM reads its settings from the environment when it is imported, and on a CPU
it takes the process over. Must not know tasks' truths, rewards, or who learns; weights arrive through weight_sync.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from mmzero.errors import EngineError, UserError
from mmzero.types import Ask, Rollout

if TYPE_CHECKING:
    from vllm.lora.request import LoRARequest

    from mmzero.engines.adapters import Adapter
    from mmzero.engines.buckets import Manifest
    from mmzero.recipe.tree import Policy

# Read by vLLM at import. In one process with its worker an engine starts in seconds, and no port is opened.
_ENVIRONMENT = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_LOGGING_LEVEL": "ERROR", "VLLM_NO_USAGE_STATS": "1"}
_ON_A_CPU = {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "TORCH_COMPILE_DISABLE": "1"}
PICTURE_BYTES = 512 * 2**20  # of pictures in the hands of the engine at one time, as pixels
_ENGINE_ON_A_CPU = {
    "enforce_eager": True,
    "kv_cache_memory_bytes": 2**30,
    "enable_chunked_prefill": False,  # a prompt cut in two rewinds its seeded generator, which a CPU's cannot
}


class VllmSampler:
    def __init__(
        self,
        model_path: Path | str,
        image_path: Callable[[str], Path],
        *,
        rows: int = 128,
        dtype: str = "float32",
        pixels: tuple[int, int] | None = None,
        context: int | None = None,
        memory: float = 0.85,
        tensor_parallel: int = 1,
        threads: int | None = None,
        beside: int = 0,
        shared: bool = False,
        lora: Policy | None = None,
    ):
        """`shared`: its GPUs are also a learner's, so it sleeps while that learns. `lora`: the policy, where that is
        published as an adapter."""
        import torch

        from mmzero.engines.threads import take_threads

        on_a_cpu = not torch.cuda.is_available()
        os.environ.update(_ENVIRONMENT | (_ON_A_CPU if on_a_cpu else {}))
        take_threads(threads, beside)
        from vllm.engine.arg_utils import EngineArgs
        from vllm.v1.engine.llm_engine import LLMEngine

        from mmzero.engines import adapters, weight_sync
        from mmzero.engines.prompts import Prompts
        from mmzero.engines.vision import banned_ids

        self.version = 0
        self._sleeps = shared and not on_a_cpu  # main memory is shared as it is
        self._rows, self._image_path = rows, image_path
        self._picture_bound = PICTURE_BYTES
        self._sizes: dict[str, int] = {}  # of pictures, in bytes, by hash
        self._taken: list[str] | None = None  # names in the publish that is under way
        self._adapter: LoRARequest | None = None
        self._prompts = Prompts(model_path, image_path, pixels)
        settings = EngineArgs(
            model=str(model_path),
            dtype=dtype,
            max_num_seqs=rows,
            max_model_len=context,
            tensor_parallel_size=tensor_parallel,
            limit_mm_per_prompt={"image": 8, "video": 0},
            mm_processor_kwargs=_processor_size(pixels),
            logprobs_mode="processed_logprobs",  # after temperature and bans: the distribution that was drawn from
            enable_prefix_caching=True,  # a prompt runs once for its siblings
            weight_transfer_config={"backend": weight_sync.BACKEND},
            worker_extension_cls="mmzero.engines.weight_sync.WorkerExtension",
            enable_sleep_mode=self._sleeps,
            **(adapters.settings(lora) if lora else {}),
            disable_log_stats=True,
            **(_ENGINE_ON_A_CPU if on_a_cpu else {"gpu_memory_utilization": memory}),
        )
        try:
            _refuse_one_way(settings.create_model_config(), on_a_cpu)
            self._engine = LLMEngine.from_engine_args(settings)
        except (ValueError, NotImplementedError) as error:
            raise UserError(f"vLLM cannot serve the model {model_path}: {_first_line(error)}") from error
        config = self._engine.vllm_config.model_config.hf_config
        self._bans = dict.fromkeys(banned_ids(config), -100.0)
        self._stop = self._prompts.processor.tokenizer.eos_token_id
        self._names = _weight_names(config)

    def play(self, asks: Iterable[Ask]) -> Iterator[tuple[Rollout, ...]]:
        """Groups as they finish. Asks are taken one by one while there is room for their answers and their pictures."""
        waiting, running, finished = iter(asks), {}, {}
        try:
            while True:
                while self._room(running) and (ask := next(waiting, None)) is not None:
                    if ask.written is not None:
                        yield self._prompts.written(ask, self.version)
                        continue
                    running.update(self._begin(ask))
                if not running:
                    return
                for output in self._engine.step():
                    if not output.finished:
                        continue
                    ask, sibling = running.pop(output.request_id)
                    group = finished.setdefault(ask.task.id, {})
                    group[sibling] = self._rollout(ask, sibling, output)
                    if len(group) == len(ask.seeds_G):
                        yield tuple(rollout for _, rollout in sorted(finished.pop(ask.task.id).items()))
        finally:
            self._engine.abort_request(list(running))

    def _room(self, running: Mapping[str, tuple[Ask, int]]) -> bool:
        asks = {id(ask): ask for ask, _ in running.values()}.values()
        pictures = {image for ask in asks for image in ask.images}
        return len(running) < self._rows and sum(map(self._picture_bytes, pictures)) < self._picture_bound

    def _picture_bytes(self, image: str) -> int:
        if image not in self._sizes:
            with Image.open(self._image_path(image)) as picture:
                self._sizes[image] = 3 * picture.width * picture.height
        return self._sizes[image]

    def _begin(self, ask: Ask) -> dict[str, tuple[Ask, int]]:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        pictures = self._prompts.pictures(ask)
        prompt: dict[str, Any] = {}
        if pictures:
            names, shown = zip(*pictures, strict=True)
            prompt |= {"multi_modal_data": {"image": list(shown)}, "multi_modal_uuids": {"image": list(names)}}
        asked, begun = self._prompts.short_ids(ask), {}
        for sibling, seed in enumerate(ask.seeds_G):
            so_far = self._so_far(ask, sibling)
            params = SamplingParams(
                temperature=ask.temperature,
                top_p=ask.top_p,
                max_tokens=ask.max_tokens - len(so_far),
                seed=seed,
                logprobs=0,
                logit_bias=self._bans,
                detokenize=False,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            id = f"{ask.task.id}#{sibling}"
            given = prompt | {"prompt_token_ids": [*asked, *so_far]}
            self._engine.add_request(id, given, params, lora_request=self._adapter)
            begun[id] = (ask, sibling)
        return begun

    def _so_far(self, ask: Ask, sibling: int) -> tuple[int, ...]:
        """What an answer that goes on has said, which vLLM takes for more of its prompt."""
        return self._prompts.begun(ask.begun_G[sibling]).output_ids if ask.begun_G else ()

    def _rollout(self, ask: Ask, sibling: int, output) -> Rollout:
        said = output.outputs[0]
        meant = [*self._prompts.ids(ask), *self._so_far(ask, sibling)]
        if output.prompt_token_ids != meant:
            raise EngineError(
                f"vLLM ran task {ask.task.id} on {len(output.prompt_token_ids)} prompt tokens and the processor makes"
                f" {len(meant)} of it; nothing learned from such an answer means anything"
            )
        ids = tuple(said.token_ids)
        logprobs = tuple(found[token].logprob for token, found in zip(ids, said.logprobs, strict=True))
        if ask.begun_G:
            return self._prompts.gone_on(self._prompts.begun(ask.begun_G[sibling]), ids, logprobs)
        return Rollout(
            task=ask.task,
            role=ask.role,
            policy=ask.policy,
            version=self.version,
            sibling=sibling,
            prompt_ids=tuple(output.prompt_token_ids),
            output_ids=ids,
            logprobs=logprobs,
            mask=(True,) * len(ids),
            text=self._prompts.processor.tokenizer.decode(ids, skip_special_tokens=True),
            finish="stop" if ids[-1] == self._stop else "length",
            temperature=ask.temperature,
            seed=ask.seeds_G[sibling],
        )

    def join(self, address: str, port: int, first_rank: int, size: int, epoch: int, timeout: float) -> None:
        """Meet the learner in a new group; an older one is forgotten."""
        info = {"address": address, "port": port, "first_rank": first_rank, "size": size}
        self._workers("init_weight_transfer_engine", init_info=info | {"epoch": epoch, "timeout": timeout})

    def begin_publish(self) -> None:
        if self._taken is not None:
            self._workers("abandon_weight_update")
        self._taken = []
        self._workers("start_weight_update")

    def take(self, manifest: Manifest, digest: str, places: dict[str, tuple] | None = None) -> None:
        """One bucket, which the learner broadcasts meanwhile, or which lies at one of these places."""
        self._workers("update_weights", update_info={**asdict(manifest), "digest": digest, "places": places})
        self._taken += manifest.names

    def end_publish(self, version: int) -> str:
        """Answer as `version` from now on; what the engine calls its weights comes back."""
        taken, self._taken = self._taken, None
        self._workers("finish_weight_update")
        if wrong := self._names.symmetric_difference(taken):
            raise EngineError(
                f"version {version} came with {len(wrong)} weights too few or too many, such as {min(wrong)}"
            )
        self._engine.set_weight_version(str(version))
        self._forget()
        self.version = version
        return self._engine.get_weight_version()

    def wear(self, adapter: Adapter, version: int) -> str:
        """Answer with this adapter as `version` from now on; what the engine calls its weights comes back."""
        from mmzero.engines import adapters

        self._adapter = adapters.load(self._engine, adapter, version, self._adapter)
        self._engine.set_weight_version(str(version))
        self._forget()
        self.version = version
        return self._engine.get_weight_version()

    def sleep(self) -> None:
        """Leave the device to others; weights are kept in main memory."""
        if self._sleeps:
            self._engine.sleep(level=1)

    def wake(self, what: Literal["weights", "cache"]) -> None:
        if self._sleeps:
            self._engine.wake_up([{"weights": "weights", "cache": "kv_cache"}[what]])
            if what == "cache":
                self._forget()

    def _forget(self) -> None:
        """Keys, values and image embeddings of the old weights; the scheduler keeps a record of its own of the last."""
        self._engine.reset_prefix_cache()
        self._engine.reset_mm_cache()
        self._engine.reset_encoder_cache()

    def _workers(self, method: str, **kwargs: Any) -> None:
        self._engine.collective_rpc(method, kwargs=kwargs)


def _refuse_one_way(config, on_a_cpu: bool) -> None:
    """vLLM's attention on a CPU says nothing and shows each token only those before it."""
    if on_a_cpu and config.is_mm_prefix_lm:
        raise ValueError(
            "the tokens of a picture see each other both ways in it, and vLLM on a CPU shows each only those before it, so its"
            " answers would not be the learner's; choose sampler.engine transformers, or GPUs"
        )


def _weight_names(config) -> frozenset[str]:
    """What a learner calls the weights it publishes; vLLM itself would not miss one."""
    import torch
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        return frozenset(name for name, _ in AutoModelForImageTextToText.from_config(config).named_parameters())


def _processor_size(pixels: tuple[int, int] | None) -> dict[str, Any] | None:
    return {"size": {"shortest_edge": pixels[0], "longest_edge": pixels[1]}} if pixels else None


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
