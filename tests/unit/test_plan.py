"""What a recipe would run, in counts and bytes worked out by hand, and what is refused before it starts."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_material import plain, safetensors, write_model

from mmzero import machine, shipped
from mmzero.errors import UserError
from mmzero.model_files import find_model, read_model
from mmzero.plan import hardware, make_plan, memory, refuse_what_cannot_fit, refuse_without_gpus
from mmzero.recipe import Recipe

GIB = 2**30


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    monkeypatch.setattr(machine, "gpu_memory", list)
    monkeypatch.setattr(machine, "memory", lambda: 8 * GIB)
    monkeypatch.setattr(machine, "free_disk", lambda path: GIB)
    return tmp_path


def plan(folder, values=None, on=None):
    return make_plan(Recipe.model_validate(values or plain()), folder, folder / "out", on)


def vllm(**changes):
    """The plain recipe on vLLM, with `sampler`, `learner`, `cluster`, `model` and `policies` changed."""
    values = plain()
    for key, change in ({"sampler": {"engine": "vllm"}} | changes).items():
        values[key] = values.get(key, {}) | change | ({"engine": "vllm"} if key == "sampler" else {})
    return values


def rank(made, where="main memory"):
    return next(one.keeps for one in made.held if one.learns and one.where == where)


def refusal(call, *arguments):
    with pytest.raises(UserError) as caught:
        call(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_steps_rollouts_and_tokens_are_counted(folder):
    values = plain()
    values["schedule"]["phases"][0] |= {"says": {"max_tokens": 100}, "votes": {"n": 8, "says": {"max_tokens": 30}}}
    values["schedule"]["phases"][1] |= {"says": {"max_tokens": 50}}
    made = plan(folder, values)
    proposer, solver = made.phases
    assert (made.iterations, made.steps) == (3, 21)
    assert (proposer.samples, proposer.votes, proposer.rollouts) == (4 * 2, 4 * 2 * 8, 72)
    assert proposer.tokens == 8 * 100 + 64 * 30
    assert (solver.samples, solver.votes, solver.rollouts, solver.tokens) == (128, 0, 128, 128 * 50)
    assert solver.tasks == {"proposed": 0.5, "bank": 0.5}
    assert made.actors == (
        "sampler of main (it speaks as proposer, solver): transformers, 128 rows at once",
        "learner of main: deepspeed, ranks 1, ZeRO 0",
    )


def test_a_model_is_counted_from_its_header(folder):
    facts = read_model(folder / "model")
    assert facts.parameters == 192 + 1600 + 512 + 16 + 1600
    assert facts.vision_parameters == 192
    assert (facts.adapter_width, facts.vision_adapter_width) == (48, 32)
    assert facts.cache_per_token == 2 * 1 * 2 * 8
    assert (facts.pixels_per_token, facts.pixels_per_patch, facts.most_pixels) == (32 * 32, 16 * 16, 65536)
    assert (facts.text.heads, facts.text.kv_heads, facts.text.head_width, facts.vision.layers) == (4, 2, 8, 0)


def test_full_training_in_bytes(folder):
    made = plan(folder)
    policy, (sampler, learner) = made.policies[0], made.held
    assert (policy.parameters, policy.trained, policy.checkpoint) == (3920, 3920, 12 * 3920)
    assert learner.keeps == {
        "weights": 4 * 3920, "masters": 0, "gradients": 4 * 3920, "moments": 8 * 3920, "anchors": 0,
    }  # fmt: skip
    # A picture of 224 x 224 is 49 tokens. 16384 tokens hold 12 groups: a prompt of 305 and 8 answers, half of 256 each.
    # Queries are 32 wide, 44 bytes a unit; a token's cache is 32 numbers. The configuration has no more to say.
    assert learner.about == 16384 * 44 * 32 + 12 * 8 * (305 + 128) * 32 * 4
    # 128 rows of 256 tokens of text, 49 of image and 256 of answer; 32 numbers a token, 4 bytes each
    assert sampler.keeps == {"weights": 4 * 3920}
    assert sampler.about == 128 * (256 + 49 + 256) * 32 * 4


def test_activations_computed_again_are_one_layer_and_what_goes_into_each(folder):
    config = json.loads((folder / "model" / "config.json").read_text())
    config["text_config"] |= {"num_hidden_layers": 5, "vocab_size": 100, "intermediate_size": 7}
    config["vision_config"] = {"depth": 3, "hidden_size": 24, "num_heads": 2, "intermediate_size": 11}
    (folder / "model" / "config.json").write_text(json.dumps(config))
    values = plain()
    values["schedule"]["phases"] = values["schedule"]["phases"][1:]  # a proposer is shown no picture
    cache = 12 * 8 * (305 + 128) * 5 * 32 * 4
    seen, head = 12 * 196, 1024 * 6 * 4 * 100  # patches of 16 x 16
    layer, look = 16384 * (44 * 32 + 16 * 7), seen * (52 * 24 + 16 * 11)
    assert plan(folder, values).held[1].about == 5 * layer + 3 * look + cache + head
    again = plan(folder, values | {"learner": {"recompute": True}}).held[1].about
    assert again == layer + 5 * 16384 * 4 * 16 + look + 3 * seen * 4 * 24 + cache + head
    padded = plan(folder, values | {"learner": {"rows": "padded"}}).held[1].about
    assert padded == 5 * layer * 12 * 8 * (305 + 128) // 16384 + 3 * look + head


def test_an_update_takes_a_copy_of_what_it_steps(folder):
    facts = replace(read_model(folder / "model"), parameters=10**9, vision_parameters=0)

    def about(**learner):
        recipe = Recipe.model_validate(plain() | {"sampler": {"engine": "vllm"}, "learner": learner})
        return memory.laid_out(recipe, facts, on_gpus=False, gpu=None)[1].about

    assert about() == 4 * 10**9
    assert about(ranks=4, zero=2) == 10**9
    assert about(ranks=4, zero=2, offload="optimizer") < 10**9


def test_a_worker_has_the_cache_of_one_head_at_least(folder):
    facts = read_model(folder / "model")  # of 2 heads of keys and values
    wanted = [
        memory.cache_wanted(Recipe.model_validate(vllm(sampler={"tensor_parallel": workers})), facts)
        for workers in (1, 2, 4)
    ]
    assert [wanted[0] // one for one in wanted] == [1, 2, 2]


def test_a_datasets_pictures_may_be_as_large_as_the_model_takes(folder):
    values = plain()
    values["sources"]["mine"] = {"kind": "dataset", "path": "mine.parquet", "most_images": 2}
    facts = read_model(folder / "model")
    assert memory.prompt_tokens(Recipe.model_validate(plain()), facts) == 256 + 49
    assert memory.prompt_tokens(Recipe.model_validate(values), facts) == 256 + 2 * 65536 // 1024
    values["model"]["pixels"] = [1024, 4096]
    assert memory.prompt_tokens(Recipe.model_validate(values), facts) == 256 + 2 * 4


def test_a_phase_may_hold_less_than_one_answer_needs(folder):
    values = plain() | {"learner": {"tokens_per_segment": 8}}
    values["schedule"]["phases"] = values["schedule"]["phases"][1:]
    prompt_and_answer = 256 + 49 + 256
    assert plan(folder, values).held[1].about == prompt_and_answer * 44 * 32 + 2 * (305 + 128) * 32 * 4


def test_frozen_vision_and_anchors(folder):
    values = plain() | {"policies": {"main": {"vision": "frozen"}}}
    values["schedule"]["phases"][0]["learning"] = {"advantage": "batch", "kl": {"to": "base", "weight": 0.1}}
    values["schedule"]["phases"][1]["learning"] = {"kl": {"to": "phase_start", "weight": 0.1}}
    made = plan(folder, values)
    assert made.policies[0].trained == 3920 - 192
    assert rank(made)["weights"] == 4 * 3920
    assert rank(made)["anchors"] == 2 * 4 * (3920 - 192)


def test_lora_trains_rank_times_in_plus_out(folder):
    values = plain() | {"policies": {"main": {"train": "lora", "rank": 2}}}
    made = plan(folder, values)
    policy = made.policies[0]
    assert policy.trained == 2 * (48 + 32)
    assert rank(made)["weights"] == 4 * (3920 + 160)
    assert policy.checkpoint == 12 * 160
    assert policy.trains == "lora, rank 2"


def test_bfloat16_halves_the_sampler_and_not_the_masters(folder):
    values = plain()
    values["model"]["dtype"] = "bfloat16"
    sampler, learner = plan(folder, values).held
    assert (sampler.keeps["weights"], learner.keeps["weights"]) == (2 * 3920, 4 * 3920)


# By hand, of 3920 weights of 4 bytes on 2 ranks: W is all of them, H a half.
W, H = 4 * 3920, 2 * 3920
STAGES = {
    (0, "none"): ({"weights": W, "gradients": W, "moments": 2 * W}, {}),
    (1, "none"): ({"weights": W, "masters": H, "gradients": W, "moments": W}, {}),
    (2, "none"): ({"weights": W, "masters": H, "gradients": H, "moments": W}, {}),
    (3, "none"): ({"weights": H, "masters": H, "gradients": H, "moments": W}, {}),
    (2, "optimizer"): ({"weights": W}, {"masters": H, "gradients": 2 * H, "moments": W}),
    (3, "optimizer"): ({"weights": H}, {"masters": H, "gradients": 2 * H, "moments": W}),
    (3, "weights"): ({}, {"weights": H, "masters": H, "gradients": 2 * H, "moments": W}),
}


@pytest.mark.parametrize(("stage", "offload"), STAGES)
def test_what_lies_where_at_every_stage(folder, stage, offload):
    values = vllm(learner={"ranks": 2, "zero": stage, "offload": offload})
    made = plan(folder, values, on="3x1GiB")
    expected = dict(zip(("GPU", "main memory"), STAGES[stage, offload], strict=True))
    for where, keeps in expected.items():
        held = [one for one in made.held if one.learns and one.where == where]
        assert [
            (one.many, {what: size for what, size in one.keeps.items() if size}) for one in held if one.certain
        ] == ([(2, keeps)] if keeps else [])
    on_a_cpu = plan(folder, values)  # all of it in one memory
    assert {one.where for one in on_a_cpu.held} == {"main memory"}
    assert on_a_cpu.peaks[0].certain == W + 2 * sum(sum(keeps.values()) for keeps in expected.values())


def test_an_anchor_is_shared_out_at_stage_3_alone(folder):
    for stage, size in ((2, W), (3, H)):
        values = vllm(learner={"ranks": 2, "zero": stage})
        values["schedule"]["phases"][1]["learning"] = {"kl": {"weight": 0.1}}
        assert rank(plan(folder, values, on="3x1GiB"), "GPU")["anchors"] == size


def test_a_replica_takes_its_share_of_a_gpu_wanted_or_not(folder):
    values = vllm(sampler={"tensor_parallel": 2, "memory": 0.5})
    made = plan(folder, values, on="3x2GiB")
    worker = made.held[0]
    assert (worker.many, worker.where, worker.keeps) == (2, "GPU", {"weights": W // 2})
    assert worker.about == GIB - W // 2
    playing, learning, starting = made.peaks
    assert (playing.certain, playing.about, playing.there) == (W // 2, GIB, 2 * GIB)
    assert (learning.certain, learning.when) == (4 * W, "main's rank learning")
    assert (starting.when, starting.where, starting.certain, starting.there) == ("saving", "main memory", 3 * W, None)


def test_on_shared_gpus_learners_and_samplers_meet_while_publishing(folder):
    values = vllm(sampler={"replicas": 2}, learner={"ranks": 2, "zero": 3}, cluster={"placement": "colocated"})
    made = plan(folder, values, on="2x2GiB")
    found = {peak.when: peak for peak in made.peaks if peak.where == "GPU"}
    assert made.gpus_asked == 2
    assert (found["playing"].certain, found["playing"].about) == (W, int(0.85 * 2 * GIB))
    assert found["learning"].certain == 3 * H + W
    assert found["publishing"].certain == found["learning"].certain + W
    # Starting, each of 2 ranks reads the whole model while 2 replicas sleep; playing, both learners are away.
    assert made.peaks[-1].certain == max(2 * W + 2 * W, 2 * (3 * H + W))


def test_a_sampler_on_a_cpu_asks_for_what_the_plan_says(folder):
    from mmzero.engines import vllm_sampler

    assert plan(folder, vllm()).held[0].about == vllm_sampler._ENGINE_ON_A_CPU["kv_cache_memory_bytes"]


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 6), st.sampled_from([0, 1, 2, 3]), st.sampled_from(["none", "optimizer", "weights"]), st.booleans(),
    st.sampled_from(["float32", "bfloat16"]), st.booleans(),
)  # fmt: skip
def test_more_ranks_never_hold_more_each(tmp_path_factory, ranks, stage, offload, lora, dtype, recompute):
    if (offload != "none" and not stage) or (offload == "weights" and stage != 3):
        return
    folder = _MODEL.setdefault("folder", write_model(tmp_path_factory.mktemp("held") / "model"))
    facts = read_model(folder)

    def certain(ranks, stage):
        values = vllm(
            learner={"ranks": ranks, "zero": stage, "offload": offload, "recompute": recompute},
            model={"dtype": dtype}, policies={"main": {"train": "lora" if lora else "full", "rank": 2}},
        )  # fmt: skip
        return memory.laid_out(Recipe.model_validate(values), facts, on_gpus=True, gpu=2 * GIB)

    def learner(held):
        return sum(one.certain for one in held if one.learns)

    assert learner(certain(ranks + 1, stage)) <= learner(certain(ranks, stage))
    assert all(one.certain >= 0 and one.about >= 0 for one in certain(ranks, stage))


_MODEL = {}


# --- hardware elsewhere


def test_hardware_is_named():
    assert hardware.named("8x80GiB").gpus == (80 * GIB,) * 8
    assert hardware.named(" 1 x 24Gi".replace("Gi", "GiB")).gpu == 24 * GIB


@pytest.mark.parametrize(
    "text",
    ["", "8", "80GiB", "8x", "x80GiB", "0x80GiB", "8x80", "8x80GB 2", "-1x80GiB", "8xH100", "1e3x1GiB", "8x\x1b[2J"],
)
def test_hardware_that_cannot_be_read_is_refused(folder, text):
    sentence = refusal(plan, folder, None, text)
    assert sentence.startswith("--on is ")
    assert "such as 8x80GiB" in sentence


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_names_hardware_or_is_refused(text):
    try:
        assert hardware.named(text).gpus
    except UserError as error:
        assert str(error).isprintable()


def test_more_gpus_than_there_are_is_refused(folder, monkeypatch):
    values = vllm(sampler={"replicas": 2, "tensor_parallel": 2}, learner={"ranks": 2})
    sentence = refusal(plan, folder, values, "5x80GiB")
    assert "asks for 6 GPUs" in sentence and "there are 5" in sentence and "colocated" in sentence
    assert plan(folder, values, "6x80GiB").gpus_asked == 6
    monkeypatch.setattr(machine, "gpu_memory", lambda: [80 * GIB] * 5)
    assert "asks for 6 GPUs" in refusal(plan, folder, values)
    values["cluster"] = {"address": "auto"}  # what a cluster has, this machine does not know
    assert any("is not asked before the start" in note for note in plan(folder, values).notes)


def test_heads_that_cannot_be_shared_out_are_named(folder):
    sentence = refusal(plan, folder, vllm(sampler={"tensor_parallel": 3}), "8x80GiB")
    assert "sampler.tensor_parallel is 3" in sentence and "4 attention heads" in sentence
    assert "set it to 1 or 2 or 4" in sentence
    assert plan(folder, vllm(sampler={"tensor_parallel": 4}), "8x80GiB").gpus_asked == 5
    config = json.loads((folder / "model" / "config.json").read_text()) | {"vision_config": {"num_heads": 3}}
    (folder / "model" / "config.json").write_text(json.dumps(config))
    sentence = refusal(plan, folder, vllm(sampler={"tensor_parallel": 2}), "8x80GiB")
    assert "3 in its vision tower" in sentence and sentence.endswith("set it to 1")


def test_on_a_cpu_vllm_is_refused_where_tokens_of_a_picture_see_both_ways(folder):
    assert plan(folder, vllm()).gpus_asked == 0
    config = json.loads((folder / "model" / "config.json").read_text()) | {"model_type": "gemma3"}
    (folder / "model" / "config.json").write_text(json.dumps(config))
    sentence = refusal(plan, folder, vllm())
    assert "sampler.engine is vllm" in sentence and "a Gemma 3, they see each other both ways" in sentence
    assert sentence.endswith("set it to transformers, or start it where GPUs are")
    assert plan(folder).gpus_asked == 0 and plan(folder, vllm(), "2x80GiB").gpus_asked == 2


@pytest.mark.parametrize(
    ("family", "name"), [("internvl", "InternVL"), ("llava_next", "LLaVA-NeXT"), ("idefics3", "Idefics3")]
)
def test_an_adapter_that_vllm_wears_other_than_it_was_learned_is_refused(folder, family, name):
    lora = vllm(policies={"main": {"train": "lora", "rank": 8}})
    plan(folder, lora)
    config = json.loads((folder / "model" / "config.json").read_text()) | {"model_type": family}
    (folder / "model" / "config.json").write_text(json.dumps(config))
    for on in (None, "2x80GiB"):
        sentence = refusal(plan, folder, lora, on)
        assert sentence.startswith("policies.main trains an adapter of") and name in sentence
        assert sentence.endswith("set its train to full, or sampler.engine to transformers")
    plan(folder, vllm())
    plan(folder, plain() | {"policies": lora["policies"]})


def test_what_a_gpu_cannot_hold_is_refused(folder, monkeypatch):
    values = vllm(learner={"ranks": 2, "zero": 3})
    monkeypatch.setattr(machine, "gpu_memory", lambda: [3 * H + W] * 3)
    refuse_what_cannot_fit(plan(folder, values), folder)
    monkeypatch.setattr(machine, "gpu_memory", lambda: [3 * H + W] * 2 + [3 * H + W - 1])
    sentence = refusal(refuse_what_cannot_fit, plan(folder, values), folder)
    assert "38.3 KiB for certain (main's rank learning)" in sentence and "learner.zero" in sentence
    values["sampler"]["memory"] = 0.1
    monkeypatch.setattr(machine, "gpu_memory", lambda: [8 * W] * 3)
    sentence = refusal(refuse_what_cannot_fit, plan(folder, values), folder)
    assert "each main's replica keeps 15.3 KiB" in sentence and "sampler.memory 0.1" in sentence


def test_a_recipe_for_gpus_is_planned_without_any_and_does_not_start(folder, monkeypatch):
    monkeypatch.setattr(machine, "memory", lambda: 3 * W)
    monkeypatch.setattr(machine, "free_disk", lambda path: 1)
    made = plan(folder, vllm())
    assert made.lacks_gpus and made.gpus_asked == 2 and made.peaks[0].there is None
    assert any("no GPU" in note and "--on 8x80GiB" in note for note in made.notes)
    refuse_what_cannot_fit(made, folder)
    assert "asks for 2 GPUs and this machine has none" in refusal(refuse_without_gpus, made)
    monkeypatch.setattr(machine, "memory", lambda: 8 * GIB)
    refuse_without_gpus(plan(folder, vllm()))  # a CPU is enough


def test_a_disk_elsewhere_is_not_this_one(folder, monkeypatch):
    monkeypatch.setattr(machine, "free_disk", lambda path: 1)
    made = plan(folder, vllm(), "2x80GiB")
    assert made.disk_free is None
    refuse_what_cannot_fit(made, folder)


def test_an_inert_clip_is_said(folder):
    assert any(
        "updates is 1 in phase 0 (proposer), 1 (solver)" in note and "inert" in note for note in plan(folder).notes
    )
    values = plain()
    for phase in values["schedule"]["phases"]:
        phase["learning"] = {"updates": 2, "advantage": "batch"}
    assert not any("inert" in note for note in plan(folder, values).notes)


def test_too_little_memory_is_refused_only_where_it_is_certain(folder, monkeypatch):
    made = plan(folder)
    (peak,) = made.peaks
    assert peak.certain == 5 * 4 * 3920
    assert peak.about == peak.certain + sum(one.about for one in made.held)
    monkeypatch.setattr(machine, "memory", lambda: peak.certain - 1)
    sentence = refusal(refuse_what_cannot_fit, plan(folder), folder)
    assert "76.6 KiB" in sentence
    assert "lora" in sentence
    monkeypatch.setattr(machine, "memory", lambda: peak.certain)
    tight = plan(folder)
    refuse_what_cannot_fit(tight, folder)
    assert any("sampler.rows" in note for note in tight.notes)


def test_too_little_disk_is_refused(folder, monkeypatch):
    made = plan(folder)
    assert (made.checkpoint, made.campaign) == (12 * 3920, 3 * 12 * 3920)  # keeps 2, and one being written
    monkeypatch.setattr(machine, "free_disk", lambda path: made.campaign - 1)
    sentence = refusal(refuse_what_cannot_fit, plan(folder), folder / "out")
    assert "checkpoint.keep" in sentence
    assert str(folder / "out") in sentence
    monkeypatch.setattr(machine, "free_disk", lambda path: made.campaign)
    refuse_what_cannot_fit(plan(folder), folder / "out")


def test_the_smallest_gpu_is_what_must_hold_it(folder, monkeypatch):
    monkeypatch.setattr(machine, "gpu_memory", lambda: [80 * GIB, 40 * GIB])
    made = plan(folder)
    assert made.device == "2 x GPU of 40.0 GiB"
    together = made.peaks[0]  # that engine shares one process, and one GPU, with its learner
    assert (together.when, together.certain, together.there) == ("at work", 5 * 4 * 3920, 40 * GIB)


def test_a_plan_is_json(folder):
    assert json.loads(json.dumps(plan(folder).to_json()))["phases"][1]["samples"] == 128
    assert plan(folder).to_json()["held"][1]["keeps"]["weights"] == 4 * 3920


def test_fakes_need_no_model(folder):
    values = plain() | {"sampler": {"engine": "fake"}, "learner": {"engine": "fake"}}
    values["model"]["path"] = "nowhere"
    made = plan(folder, values)
    assert made.peaks == ()
    assert any("fakes" in note for note in made.notes)
    refuse_what_cannot_fit(made, folder)


def test_a_hub_name_that_is_not_here_is_not_worked_out(folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    values = plain()
    values["model"]["path"] = "Qwen/Nothing-Like-It-8B"
    made = plan(folder, values)
    assert made.checkpoint is None
    assert any("not on this machine yet" in note for note in made.notes)
    refuse_what_cannot_fit(made, folder)


def test_a_model_is_found_beside_the_recipe_then_here(folder, monkeypatch):
    monkeypatch.chdir(write_model(folder / "elsewhere" / "model").parent)
    assert find_model("model", folder) == folder / "model"
    assert find_model("model", folder / "none").resolve() == folder / "elsewhere" / "model"
    assert find_model("tiny", folder) == shipped.model("tiny")


@pytest.mark.parametrize(
    "path", ["nowhere", "model/inner", "./no", "/no/such/folder", "a/b/c", "x" * 5000, "a\0b", "a b/?"]
)
def test_a_model_that_is_nowhere_is_named(folder, path):
    assert "model" in refusal(find_model, path, folder)


def damage(name, content=None):
    def break_it(model):
        if content is None:
            (model / name).unlink()
        else:
            (model / name).write_bytes(content)

    return break_it


def huge(shape, ends):
    header = json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": [0, ends]}}).encode()
    return len(header).to_bytes(8, "little") + header


BROKEN = {
    "no config": (damage("config.json"), "has no config.json"),
    "config is no JSON": (damage("config.json", b"{"), "cannot be read as JSON"),
    "config is a list": (damage("config.json", b"[]"), "no JSON object"),
    "config is deep": (damage("config.json", b"[" * 100_000), "cannot be read as JSON"),
    "no processor": (damage("preprocessor_config.json"), "has no processor"),
    "no tokenizer": (damage("tokenizer.json"), "has no tokenizer"),
    "no weights": (damage("model.safetensors"), "lacks weights in safetensors form"),
    "empty weights": (damage("model.safetensors", b""), "header would be 0 bytes"),
    "cut weights": (damage("model.safetensors", safetensors({"a": (4,)})[:-1]), "it is cut short"),
    "no safetensors": (damage("model.safetensors", b"PK" * 100), "cannot be read as safetensors"),
    "header of lies": (damage("model.safetensors", huge([10**9], 4 * 10**9)), "it is cut short"),
    "header of words": (damage("model.safetensors", huge("ab", 0)), "cannot be read as safetensors"),
    "index of nothing": (damage("model.safetensors.index.json", b"{}"), "has no weight_map"),
    "missing part": (damage("model.safetensors.index.json", b'{"weight_map": {"a": "b.safetensors"}}'), "lacks b.safe"),
}  # fmt: skip


@pytest.mark.parametrize(("break_it", "said"), BROKEN.values(), ids=BROKEN)
def test_an_unfit_model_folder_is_named(folder, break_it, said):
    break_it(folder / "model")
    sentence = refusal(plan, folder)
    assert said in sentence
    assert "model" in sentence


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["config.json", "preprocessor_config.json", "model.safetensors"]), st.binary(max_size=80))
def test_any_bytes_in_a_model_folder(tmp_path_factory, name, content):
    model = tmp_path_factory.mktemp("fuzz") / "model"
    write_model(model)
    (model / name).write_bytes(len(content).to_bytes(8, "little") + content if name.startswith("model") else content)
    try:
        read_model(model)
    except UserError as error:
        assert str(error).isprintable()


def test_an_anchor_must_exist(folder):
    values = plain()
    values["schedule"]["phases"][1]["learning"] = {"kl": {"to": "bse"}}
    assert "schedule.phases.1.learning.kl.to is 'bse'" in (said := refusal(plan, folder, values))
    assert "did you mean 'base'?" in said


def test_bytes_are_spelt_for_people():
    assert [machine.spell_bytes(count) for count in (0, 1023, 1536, 17 * GIB, 3 * 1024 * GIB)] == [
        "0 B", "1023 B", "1.5 KiB", "17.0 GiB", "3.0 TiB",
    ]  # fmt: skip


def test_disk_is_asked_where_a_folder_will_lie(tmp_path):
    assert machine.free_disk(tmp_path / "not" / "yet") > 0
    assert machine.free_disk(tmp_path / ("x" * 5000)) > 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"sources": {"bank": {"kind": "bank", "families": ["cuont"]}}},
            "there is no family 'cuont'; did you mean 'count'?",
        ),
        ({"sources": {"bank": {"kind": "bank", "skin": "tinny"}}}, "there is no skin 'tinny'"),
        ({"sources": {"bank": {"kind": "bank", "skin": "tiny"}}}, "too few to read"),
        ({"evaluate": {"suite": "prob"}}, "there is no suite 'prob'; did you mean 'probe'?"),
    ],
)
def test_a_family_a_skin_and_a_suite_must_exist(folder, values, said):
    changed = plain()
    for key, value in values.items():
        changed[key] = changed.get(key, {}) | value
    assert said in refusal(plan, folder, changed)


def test_a_plan_spells_every_term_of_a_loss_and_counts_every_round(folder):
    values = plain()
    values["schedule"]["phases"][1] |= {
        "refill": {"most": 3},
        "learning": {"loss": {"entropy": 0.01, "entropy_floor": 0.4, "covariance": {"act": "silence"}, "blind": {}}},
    }
    plainly, spelt = plan(folder).phases[1], plan(folder, values).phases[1]
    assert (
        spelt.loss
        == "token, clip 0.2 0.2, sequence_mean, entropy 0.01 below 0.4 nats, silence by covariance, blind 0.01"
    )
    assert spelt.tokens == 4 * plainly.tokens


@pytest.mark.parametrize(
    ("rules", "versions"), [({"export_every": 10}, 2), ({"export_every": 10, "export_at": [3, 20, 21]}, 4)]
)
def test_every_export_is_planned_beside_the_checkpoints(folder, monkeypatch, rules, versions):
    """Of 21 steps; a whole model of 3920 weights in fp32 each time."""
    made = plan(folder, plain() | {"checkpoint": {"every": 1} | rules})
    assert made.exports == versions * 4 * 3920 and made.campaign == made.exports + 3 * made.checkpoint
    monkeypatch.setattr(machine, "free_disk", lambda path: made.campaign - 1)
    with pytest.raises(
        UserError, match=r"the checkpoints and .* of exports of .* export fewer versions or choose another"
    ):
        refuse_what_cannot_fit(plan(folder, plain() | {"checkpoint": {"every": 1} | rules}), folder)


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({"every": 1}, 2),
        ({"every": 1, "keep": 3, "keep_best": 2}, 5),
        ({"every": 1, "keep_every": 5}, 2 + 4),  # 5, 10, 15 and 20 of 21 steps
        ({"every": 2, "keep_every": 5}, 2 + 2),  # 10 and 20: at 5 and 15 none is saved
        ({"every": 10, "keep_every": 5, "every_minutes": 1}, 2 + 4),  # at 5, perhaps
        ({"every": 10, "keep": 9}, 3),  # 10, 20 and the last
        ({"every": 1, "keep": 9, "disk": 3 * 12 * 3920}, 3),
        ({"every": 1, "keep": 9, "disk": 1}, 1),  # the newest stays whatever it takes
    ],
)
def test_every_checkpoint_that_is_kept_is_planned_and_one_being_written(folder, rules, kept):
    made = plan(folder, plain() | {"checkpoint": rules})
    assert made.campaign == (kept + 1) * made.checkpoint == (kept + 1) * 12 * 3920
