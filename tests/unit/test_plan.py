"""What a recipe would run, in counts and bytes worked out by hand, and what is refused before it starts."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_material import plain, safetensors, write_model

from mmzero import machine, shipped
from mmzero.errors import UserError
from mmzero.model_files import find_model, read_model
from mmzero.plan import make_plan, refuse_what_cannot_fit
from mmzero.recipe import Recipe

GIB = 2**30


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    monkeypatch.setattr(machine, "gpu_memory", list)
    monkeypatch.setattr(machine, "memory", lambda: 8 * GIB)
    monkeypatch.setattr(machine, "free_disk", lambda path: GIB)
    return tmp_path


def plan(folder, values=None):
    return make_plan(Recipe.model_validate(values or plain()), folder, folder / "out")


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
    assert (facts.pixels_per_token, facts.most_pixels) == (32 * 32, 65536)


def test_full_training_in_bytes(folder):
    policy = plan(folder).policies[0]
    assert (policy.parameters, policy.trained) == (3920, 3920)
    assert policy.learner == {
        "weights": 4 * 3920,
        "gradients": 4 * 3920,
        "moments": 8 * 3920,
        "anchors": 0,
        "activations": 16384 * 1 * 16 * 68,
    }
    # 128 rows of 256 tokens of text, 64 of image and 256 of answer; 32 numbers a token, 4 bytes each
    assert policy.sampler == {"weights": 4 * 3920, "cache": 128 * (256 + 64 + 256) * 32 * 4}
    assert policy.checkpoint == 12 * 3920


def test_frozen_vision_and_anchors(folder):
    values = plain() | {"policies": {"main": {"vision": "frozen"}}}
    values["schedule"]["phases"][0]["learning"] = {"advantage": "batch", "kl": {"to": "base", "weight": 0.1}}
    values["schedule"]["phases"][1]["learning"] = {"kl": {"to": "phase_start", "weight": 0.1}}
    policy = plan(folder, values).policies[0]
    assert policy.trained == 3920 - 192
    assert policy.learner["weights"] == 4 * 3920
    assert policy.learner["anchors"] == 2 * 4 * (3920 - 192)


def test_lora_trains_rank_times_in_plus_out(folder):
    values = plain() | {"policies": {"main": {"train": "lora", "rank": 2}}}
    policy = plan(folder, values).policies[0]
    assert policy.trained == 2 * (48 + 32)
    assert policy.learner["weights"] == 4 * (3920 + 160)
    assert policy.checkpoint == 12 * 160
    assert policy.trains == "lora, rank 2"


def test_bfloat16_halves_the_sampler_and_not_the_masters(folder):
    values = plain()
    values["model"]["dtype"] = "bfloat16"
    policy = plan(folder, values).policies[0]
    assert (policy.sampler["weights"], policy.learner["weights"]) == (2 * 3920, 4 * 3920)


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
    assert made.memory_certain == 5 * 4 * 3920
    assert made.memory_estimated == made.memory_certain + 16384 * 16 * 68 + 128 * 576 * 32 * 4
    monkeypatch.setattr(machine, "memory", lambda: made.memory_certain - 1)
    sentence = refusal(refuse_what_cannot_fit, plan(folder), folder)
    assert "76.6 KiB" in sentence
    assert "lora" in sentence
    monkeypatch.setattr(machine, "memory", lambda: made.memory_certain)
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


def test_a_gpu_is_what_must_hold_it(folder, monkeypatch):
    monkeypatch.setattr(machine, "gpu_memory", lambda: [80 * GIB, 40 * GIB])
    made = plan(folder)
    assert (made.device, made.memory_there) == ("2 x GPU", 40 * GIB)


def test_a_plan_is_json(folder):
    assert json.loads(json.dumps(plan(folder).to_json()))["phases"][1]["samples"] == 128
    assert plan(folder).to_json()["policies"][0]["learner"]["weights"] == 4 * 3920


def test_fakes_need_no_model(folder):
    values = plain() | {"sampler": {"engine": "fake"}, "learner": {"engine": "fake"}}
    values["model"]["path"] = "nowhere"
    made = plan(folder, values)
    assert made.memory_certain is None
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
