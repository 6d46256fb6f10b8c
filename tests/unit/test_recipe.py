"""Reading a recipe: what comes out of good ones, and one sentence for each way of being bad."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from recipe_material import plain, write

from mmzero import shipped
from mmzero.errors import UserError
from mmzero.recipe import Recipe
from mmzero.recipe.hostile_yaml import read_yaml
from mmzero.recipe.read import freeze, read, schema, thaw
from mmzero.recipe.tree import PRESETS, Optimizer

# --- good recipes


def test_a_recipe_is_read_with_its_file(tmp_path):
    path = write(tmp_path)
    recipe, found = read(str(path))
    assert found == path
    assert (recipe.name, recipe.seed, recipe.schedule.steps) == ("small", 7, 21)


def test_a_name_finds_a_shipped_recipe(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "recipes", lambda: {"known": write(tmp_path, name="known.yaml")})
    assert read("known")[0].name == "small"
    with pytest.raises(UserError, match=r"no recipe 'knwon'; did you mean 'known'\?"):
        read("knwon")


def test_numbers_are_read_as_a_person_means_them():
    text = b"[1e-6, 1.0e-6, -2E3, .5, 3., 7, -7, 0x10, true, null, ~, 1e, e5, 1:20, 017, on, 2020-01-01, '1e-6']"
    assert read_yaml(text, "x") == [
        1e-6, 1e-6, -2000.0, 0.5, 3.0, 7, -7, 16, True, None, None, "1e", "e5", "1:20", 17, "on", "2020-01-01", "1e-6",
    ]  # fmt: skip
    assert [type(value) for value in read_yaml(b"[1e-6, 7]", "x")] == [float, int]


def test_phase_learning_is_complete_and_proposers_default_to_batch(tmp_path):
    values = plain()
    values["learning"] = {"updates": 2, "kl": {"weight": 0.1}, "optimizer": {"lr": 1e-4, "warmup": 3}}
    values["schedule"]["phases"][1]["learning"] = {"kl": {"to": "phase_start"}, "optimizer": {"lr": 1e-5}}
    proposer, solver = read(str(write(tmp_path, values)))[0].schedule.phases
    assert (proposer.learning.advantage, solver.learning.advantage) == ("batch", "group")
    assert (proposer.learning.kl.to, proposer.learning.kl.weight) == ("base", 0.1)
    assert (solver.learning.kl.to, solver.learning.kl.weight) == ("phase_start", 0.1)
    assert (solver.learning.optimizer.lr, solver.learning.optimizer.warmup) == (1e-5, 3)
    assert proposer.learning.updates == solver.learning.updates == 2


@pytest.mark.parametrize("where", ["recipe", "phase"])
def test_an_advantage_the_user_names_stands_for_proposers_too(tmp_path, where):
    values = plain()
    holder = values if where == "recipe" else values["schedule"]["phases"][0]
    holder["learning"] = {"advantage": "group"}
    assert read(str(write(tmp_path, values)))[0].schedule.phases[0].learning.advantage == "group"


def test_overrides_reach_keys_lists_and_what_nobody_wrote(tmp_path):
    sets = [
        "schedule.phases.0.steps=9",
        "learner.rows=padded",
        "learning.optimizer.lr=3e-5",
        "sources.bank.levels=[1, 2]",
    ]
    recipe, _ = read(str(write(tmp_path)), sets)
    assert recipe.schedule.phases[0].steps == 9
    assert recipe.learner.rows == "padded"
    assert [phase.learning.optimizer.lr for phase in recipe.schedule.phases] == [3e-5, 3e-5]
    assert recipe.sources["bank"].levels == (1, 2)


def test_extends_merges_mappings_and_replaces_lists(tmp_path):
    write(tmp_path, name="base.yaml")
    write(tmp_path, {"extends": "base", "seed": 8, "sources": {"bank": {"levels": [3]}}}, name="middle.yaml")
    top = write(
        tmp_path, {"extends": "middle.yaml", "name": "top", "sources": {"bank": {"skin": "dark"}}}, name="top.yaml"
    )
    recipe, found = read(str(top))
    assert (recipe.name, recipe.seed, found) == ("top", 8, top)
    assert (recipe.sources["bank"].levels, recipe.sources["bank"].skin) == ((3,), "dark")
    assert list(recipe.sources) == ["bank", "proposed"]


def test_a_recipe_may_extend_the_shipped_one_of_its_own_name(tmp_path, monkeypatch):
    (tmp_path / "shipped").mkdir()
    base = write(tmp_path / "shipped", name="tiny.yaml")
    monkeypatch.setattr(shipped, "recipes", lambda: {"tiny": base})
    assert read(str(write(tmp_path, {"extends": "tiny", "name": "mine"}, name="tiny.yaml")))[0].name == "mine"


def test_aliases_share_no_fate(tmp_path):
    path = tmp_path / "own.yaml"
    text = yaml.safe_dump(plain(), sort_keys=False)
    path.write_text(
        text.replace("seed: 7", "seed: 7\nevaluate: {says: &s {max_tokens: 5}}").replace(
            "votes:", "says: *s\n    votes:"
        )
    )
    recipe, _ = read(str(path), ["evaluate.says.max_tokens=6"])
    assert recipe.evaluate.says.max_tokens == 6
    assert recipe.schedule.phases[0].says.max_tokens == 5


def test_frozen_reads_back_identical(tmp_path):
    values = plain()
    values["learner"] = {"timeout": "7d"}
    values["model"]["pixels"] = ["64Ki", "4Mi"]
    values["roles"]["solver"]["rewards"][0]["with"] = {"scale": 0.1, "deep": {"a": [1, None, True, "é"], "big": 10**30}}
    recipe, _ = read(str(write(tmp_path, values)))
    assert thaw(freeze(recipe)) == recipe
    assert freeze(thaw(freeze(recipe))) == freeze(recipe)
    assert '"with"' in freeze(recipe)
    assert recipe.learner.timeout == 604800
    assert recipe.model.pixels == (65536, 4194304)


def test_a_frozen_recipe_that_does_not_fit_is_one_sentence():
    for text in ("{", "[]", '{"name": 3}', b"\xff\x00"):
        with pytest.raises(UserError, match="the frozen recipe: "):
            thaw(text)


# --- bad values: (what is changed, what the sentence must say)


def _at(*place):
    """Set the last argument at a place of the recipe."""
    *keys, last, value = place

    def change(values):
        for key in keys:
            values = values.setdefault(key, {}) if isinstance(values, dict) else values[key]
        values[last] = value

    return change


PHASE = ("schedule", "phases")
BAD = {
    "unknown key": (_at("lerning", {}), ["lerning is no key of a recipe", "did you mean 'learning'?"]),
    "unknown nested key": (_at(*PHASE, 0, "stepz", 1), ["schedule.phases.0.stepz", "no key of", "'steps'"]),
    "nothing near": (_at("model", "qqqq", 1), ["model.qqqq is no key of model", "there are dtype, path, pixels"]),
    "key inside a source": (_at("sources", "bank", "levls", 1), ["sources.bank.levls", "did you mean 'levels'?"]),
    "aliased key": (_at("roles", "solver", "rewards", 0, "wit", {}), ["rewards.0.wit", "did you mean 'with'?"]),
    "missing": (lambda values: values["model"].pop("path"), ["model.path is missing", "add it"]),
    "text for a number": (_at(*PHASE, 1, "steps", "many"), ["schedule.phases.1.steps is 'many'", "a whole number"]),
    "half a step": (_at(*PHASE, 1, "steps", 1.5), ["steps is 1.5", "a whole number"]),
    "true for a number": (_at(*PHASE, 1, "steps", True), ["schedule.phases.1.steps is true", "a number"]),
    "number for text": (_at("name", 2024), ["name is 2024", "must be text", "quotes"]),
    "bad name": (_at("name", "a b"), ["name is 'a b'", "letters", "rename it"]),
    "too small": (_at(*PHASE, 1, "steps", 0), ["steps is 0", "1 or more", "raise it"]),
    "too large": (_at("budgets", "infra_errors", 1.5), ["budgets.infra_errors is 1.5", "1.0 or less", "lower it"]),
    "not positive": (_at("learning", "optimizer", "lr", 0), ["learning.optimizer.lr is 0", "more than 0", "raise it"]),
    "no such choice": (_at("model", "dtype", "float33"), ["model.dtype is 'float33'", "did you mean 'float32'?"]),
    "no such preset": (_at("learning", "loss", "grpoo"), ["learning.loss: there is no loss preset 'grpoo'", "dr_grpo"]),
    "no such kind": (_at("sources", "bank", "kind", "bnk"), ["sources.bank.kind is 'bnk'", "did you mean 'bank'?"]),
    "no kind": (lambda values: values["sources"]["bank"].pop("kind"), ["sources.bank has no 'kind'"]),
    "no such role": (_at("roles", "solvr", {"policy": "main"}), ["roles has the key 'solvr'", "'solver'"]),
    "scalar for a mapping": (_at("schedule", 3), ["schedule is 3", "must be a mapping"]),
    "empty section": (_at("schedule", None), ["schedule is empty", "must be a mapping"]),
    "empty list": (_at("schedule", "phases", []), ["schedule.phases is []", "1 or more entries"]),
    "short pair": (_at("learning", "loss", {"clip": [0.2]}), ["learning.loss.clip has 1 entries", "add one"]),
    "long pair": (_at("model", "pixels", [1, 2, 3]), ["model.pixels is [1, 2, 3]", "2 or fewer"]),
    "either of two": (_at("sources", "bank", "families", 5), ["sources.bank.families is 5", "'all' or 'primer' or a list"]),
    "deep in either": (_at("sources", "bank", "families", ["a", 1]), ["sources.bank.families.1 is 1", "must be text"]),
    "NaN": (_at("learning", "optimizer", "lr", float("nan")), ["learning.optimizer.lr is nan", "finite"]),
    "infinity in with": (
        _at("roles", "solver", "rewards", 0, "with", {"scale": float("inf")}),
        ["roles.solver.rewards.0.with.scale is inf", "finite"],
    ),
    "unit": (_at("learner", "timeout", "7w"), ["learner.timeout: '7w' cannot be read", "7d"]),
    "absurd unit": (_at("learner", "timeout", "9" * 400 + "d"), ["learner.timeout: ", "cannot be read"]),
    "no function": (_at("roles", "solver", "rewards", 0, "use", "own.py"), ["rewards.0.use: 'own.py' names no"]),
    "unknown policy": (_at("roles", "solver", "policy", "min"), ["roles.solver.policy is 'min'", "it has main"]),
    "unknown source": (_at(*PHASE, 1, "tasks", {"bnk": 1.0}), ["tasks names 'bnk'", "bank, proposed"]),
    "shares": (_at(*PHASE, 1, "tasks", {"bank": 0.4}), ["adds up to 0.4", "must add up to 1"]),
    "no votes": (lambda values: values["schedule"]["phases"][0].pop("votes"), ["train is proposer", "votes: {of:"]),
    "lonely group": (_at(*PHASE, 1, "group", 1), ["group is 1", "advantage is 'group'", "advantage: batch"]),
    "nll with kl": (_at("learning", {"loss": "nll", "kl": {"weight": 0.1}}), ["learning: ", "learning.kl.weight 0.1"]),
    "two replicas of one": (_at("sampler", {"replicas": 2}), ["sampler.engine transformers", "sampler.replicas 2"]),
    "too hot for vLLM": (
        lambda values: (_at("sampler", {"engine": "vllm"})(values), _at(*PHASE, 1, "says", {"temperature": 3})(values)),
        ["schedule.phases[1] speaks at temperature 3", "no more than 2"],
    ),
    "control characters": (_at("na\x1b[31mme", 1), ["is no key of a recipe"]),
    "controls in a quotation": (_at("roles", "solver", "rewards", 0, "use", "a\x1b[2J"), ["rewards.0.use", "names no"]),
    "endless key": (_at("k" * 5000, 1), ["is no key of a recipe"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BAD.values(), ids=BAD)
def test_bad_values_are_named_in_one_sentence(tmp_path, change, said):
    values = plain()
    change(values)
    path = write(tmp_path, values)
    sentence = _refusal(str(path))
    assert sentence.startswith(f"{path}: ")
    for part in said:
        assert part in sentence
    assert "pydantic" not in sentence
    assert "more)" not in sentence or "solvr" in sentence


def _refusal(*arguments):
    with pytest.raises(UserError) as caught:
        read(*arguments)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert len(sentence) <= 1000
    return sentence


def test_several_mistakes_are_counted(tmp_path):
    values = plain() | {"sed": 1, "nme": 2}
    values["learner"] = {"zero": "x"}
    assert _refusal(str(write(tmp_path, values))).endswith("(and 2 more)")


def test_a_mistake_in_the_common_learning_is_told_once(tmp_path):
    sentence = _refusal(str(write(tmp_path, plain() | {"learning": {"upates": 2}})))
    assert "learning.upates is no key of learning; did you mean 'updates'?" in sentence
    assert "phases" not in sentence
    assert "more" not in sentence


def test_the_file_that_wrote_a_value_is_the_one_blamed(tmp_path):
    base = write(tmp_path, plain() | {"seed": -1}, name="base.yaml")
    top = write(tmp_path, {"extends": "base", "name": "top"}, name="top.yaml")
    assert _refusal(str(top)).startswith(f"{base}: seed is -1")
    top = write(tmp_path, {"extends": "base", "seed": -2}, name="top.yaml")
    assert _refusal(str(top)).startswith(f"{top}: seed is -2")
    assert _refusal(str(top), ["seed=-3"]).startswith("--set seed=-3: seed is -3")


OVERRIDES = {
    "no equals": ("seed", ["write path=value"]),
    "no path": ("=3", ["write path=value"]),
    "hole in path": ("a..b=3", ["write path=value"]),
    "endless path": ("a." * 5000 + "b=1", ["write path=value"]),
    "unknown": ("sead=3", ["--set sead=3: sead is no key", "did you mean 'seed'?"]),
    "unknown inside": ("schedule.phases.0.stps=3", ["schedule.phases.0.stps", "did you mean 'steps'?"]),
    "unknown above": ("lerner.zero=0", ["lerner is no key", "did you mean 'learner'?"]),
    "off the list": ("schedule.phases.2.steps=3", ["schedule.phases has 2 entries", "below 2"]),
    "word in a list": ("schedule.phases.first.steps=3", ["schedule.phases is a list", "'first'"]),
    "endless number": ("schedule.phases." + "9" * 5000 + ".steps=3", ["schedule.phases is a list"]),
    "below a scalar": ("learning.loss.clip=[0.1, 0.2]", ["learning.loss is 'dapo'", "set it whole"]),
    "no YAML": ("seed=[", ["the YAML cannot be read"]),
    "tag": ("seed=!!python/name:os.system", ["the tag", "not allowed"]),
    "NaN": ("learning.optimizer.lr=.nan", ["--set learning.optimizer.lr=.nan: ", "finite"]),
    "nothing": ("name=", ["name is empty", "must be text"]),
}


@pytest.mark.parametrize(("text", "said"), OVERRIDES.values(), ids=OVERRIDES)
def test_bad_overrides_are_named_in_one_sentence(tmp_path, text, said):
    sentence = _refusal(str(write(tmp_path)), [text])
    for part in said:
        assert part in sentence


# --- bad files

LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
FILES = {
    "empty": (b"", ["holds empty", "a mapping"]),
    "a list": (b"- a\n- b\n", ["holds ['a', 'b']", "a mapping"]),
    "a word": (b"hello", ["holds 'hello'"]),
    "latin-1": ("name: né".encode("latin-1"), ["is not UTF-8 text (byte 7)"]),
    "utf-16": ("name: x".encode("utf-16"), ["is not UTF-8"]),
    "binary": (bytes(range(256)), ["is not UTF-8"]),
    "control bytes": (b"name: \x00\x01", ["cannot be read"]),
    "too large": (b"#" * (2**20 + 1), ["1048576"]),
    "open bracket": (b"name: [1, 2", ["line 1", "the YAML cannot be read"]),
    "tab": (b"a:\n\t- b", ["line 2"]),
    "two documents": (b"name: a\n---\nname: b\n", ["the YAML cannot be read"]),
    "twice": (b"name: a\nseed: 1\nname: b\n", ["line 3", "the key 'name' stands twice"]),
    "twice inside": (b"model: {path: a, path: b}\n", ["the key 'path' stands twice"]),
    "number as key": (b"1: a\n", ["the key '1' is not text"]),
    "list as key": (b"[a]: b\n", ["a list or mapping is not text"]),
    "python tag": (b"name: !!python/object/apply:os.system [id]\n", ["line 1", "the tag", "python"]),
    "ordinary tag": (b"name: !!binary aGk=\n", ["the tag", "not allowed"]),
    "billion laughs": (LAUGHS.encode(), ["more than 50000 values"]),
    "holds itself": (b"a: &a [*a]\n", ["*a holds itself"]),
    "no such anchor": (b"a: *b\n", ["the YAML cannot be read"]),
    "deep": (b"a: " + b"[" * 60 + b"]" * 60, ["more than 50 deep"]),
    "deeper": (b"[" * 100_000, ["more than 50 deep"]),
    "endless number": (b"seed: " + b"9" * 5000, ["5000 characters"]),
    "beyond floats": (b"seed: 1e999\n", ["seed is inf", "finite"]),
    "merge key": (b"<<: {a: 1}\nname: x\n", ["'<<' is no key of a recipe"]),
    "half a character": (b'name: "\\ud800"\n', ["surrogate"]),
    "extends a number": (b"extends: 3\n", ["extends is 3"]),
    "extends nothing": (b"extends: elsewhere\n", ["extends is 'elsewhere'", "neither beside it nor shipped"]),
    "extends itself": (b"extends: own\n", ["this recipe itself"]),
    "extends a null byte": (b'extends: "a\\0b"\n', ["neither beside it nor shipped"]),
}


@pytest.mark.parametrize(("content", "said"), FILES.values(), ids=FILES)
def test_bad_files_are_named_in_one_sentence(tmp_path, content, said):
    path = tmp_path / "own.yaml"
    path.write_bytes(content)
    sentence = _refusal(str(path))
    assert sentence.startswith(str(path))
    for part in said:
        assert part in sentence


def test_extends_in_a_circle_is_shown(tmp_path):
    write(tmp_path, {"extends": "b"}, name="a.yaml")
    write(tmp_path, {"extends": "c"}, name="b.yaml")
    write(tmp_path, {"extends": "a"}, name="c.yaml")
    assert "a.yaml -> b.yaml -> c.yaml -> a.yaml" in _refusal(str(tmp_path / "a.yaml"))


@pytest.mark.parametrize("name", ["no/such.yaml", "x" * 5000, "a\0b", "", ".", "/dev/null", "../.."])
def test_what_is_no_file_is_named(name):
    assert "there is no recipe" in _refusal(name)


def test_a_yaml_in_the_working_folder_is_pointed_out(tmp_path, monkeypatch):
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert "own.yaml" in _refusal("own")


# --- fuzz: whatever a file holds, reading it ends in a recipe or in one UserError

KEYS = st.sampled_from([*Recipe.model_fields, "extends", "phases", "train", "kind", "with", "use", "of", "x", "<<"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def _reads_or_refuses(path: Path, *sets: str) -> None:
    try:
        recipe, _ = read(str(path), sets)
    except UserError as error:
        assert str(error).isprintable()
    else:
        assert thaw(freeze(recipe)) == recipe


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="&*!{}[]:,-'\"|>%@`?#\n\t ab1.~<=\\", max_size=60).map(str.encode))
def test_any_bytes(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(content)
    _reads_or_refuses(path)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_yaml(tmp_path_factory, values):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(plain() | values))
    _reads_or_refuses(path)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["learning", "schedule.phases.0", "schedule.phases.1.tasks", "roles.solver", "sources.bank"]),
    VALUES,
)
def test_any_override(tmp_path_factory, where, value):
    path = write(tmp_path_factory.getbasetemp())
    _reads_or_refuses(path, f"{where}={json.dumps(value)}")


# --- what is shipped


def test_shipped_files_lie_in_the_package_or_else_beside_it(tmp_path, monkeypatch):
    package = tmp_path / "mmzero"
    package.mkdir()
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    assert shipped.root() == tmp_path
    (package / "shipped" / "recipes").mkdir(parents=True)
    (package / "shipped" / "recipes" / "tiny.yaml").touch()
    assert shipped.root() == package / "shipped"
    assert shipped.recipes() == {"tiny": package / "shipped" / "recipes" / "tiny.yaml"}
    assert shipped.model("tiny") == package / "zoo" / "tiny"
    assert shipped.model("maker") == package / "zoo" / "maker"
    assert shipped.model("tinny") is None


# --- schema


def test_the_schema_lists_every_key_and_the_shipped_copy_is_current():
    made = schema()
    assert {field.alias or name for name, field in Recipe.model_fields.items()} | {"extends"} == set(made["properties"])
    assert made["anyOf"] == [{"required": ["extends"]}, {"required": ["name", "model", "roles", "sources", "schedule"]}]
    copy = shipped.root() / "recipes" / "schema.json"
    assert json.loads(copy.read_text()) == made, "write it again: mmzero schema > recipes/schema.json"


def test_the_schema_lets_units_and_presets_be_written():
    kinds = schema()["$defs"]
    assert {"type": "string"} in kinds["Learner"]["properties"]["tokens_per_segment"]["anyOf"]
    presets = ["grpo", "bnpo", "dapo", "dr_grpo", "gspo", "gspo_token", "cispo", "sapo"]
    presets += ["clip_cov", "kl_cov", "papo", "papo_dapo", "nll"]
    assert {"enum": presets, "type": "string"} in kinds["Learning"]["properties"]["loss"]["anyOf"]


def test_shipped_recipes_tell_an_editor_where_the_schema_is():
    for path in shipped.recipes().values():
        assert path.read_text().splitlines()[0] == "# yaml-language-server: $schema=schema.json", path


# --- written answers


def _cold(**more):
    """The plain recipe whose second phase imitates what its bank has written."""
    values = plain()
    values["sources"]["solutions"] = {"kind": "bank", "levels": [0, 1]}
    phase = {"train": "solver", "answers": "written", "steps": 5, "tasks": {"solutions": 1.0}}
    values["schedule"]["phases"][1] = phase | more
    return values


def test_written_answers_are_imitated_whatever_the_recipes_loss_compares(tmp_path):
    values = _cold(learning={"optimizer": {"decay": "cosine"}})
    values["learning"] |= {"loss": "grpo", "kl": {"weight": 0.1}, "mismatch": {"drop_above": 0.5}}
    recipe = read(str(write(tmp_path, values)))[0]
    proposer, cold = recipe.schedule.phases
    assert (cold.group, cold.learning.loss, cold.learning.advantage) == (1, PRESETS["nll"], "reward")
    assert (cold.learning.kl.weight, cold.learning.mismatch.drop_above) == (0, None)
    assert (cold.learning.optimizer.lr, cold.learning.optimizer.decay) == (1e-4, "cosine")
    assert (proposer.learning.loss, proposer.learning.kl.weight) == (PRESETS["grpo"], 0.1)
    assert thaw(freeze(recipe)) == recipe


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"train": "proposer", "votes": {"n": 2}}, r"phases\[1\].answers is written and its train proposer"),
        ({"learning": {"loss": "dapo"}}, "is written, but it learns by clip with the advantage reward, which compare"),
        ({"learning": {"advantage": "batch"}}, "learns by likelihood with the advantage batch"),
        ({"group": 4}, "is written and its group 4, but one answer is written to each task"),
        ({"tasks": {"bank": 1.0}}, "is written and sources.bank.levels auto, which follows what is solved"),
        ({"tasks": {"proposed": 1.0}}, "is written, but sources.proposed has nothing written; name a bank"),
        ({"tasks": {"own": 1.0}}, "is written, but sources.own has nothing written.*dataset with columns.response"),
    ],
)
def test_a_phase_of_written_answers_is_refused_what_it_cannot_do(tmp_path, more, said):
    values = _cold(**more)
    values["sources"]["own"] = {"kind": "dataset", "path": "own.jsonl"}
    with pytest.raises(UserError, match=said):
        read(str(write(tmp_path, values)))


def test_a_learning_rate_decays_over_its_phase():
    flat, cosine = Optimizer(lr=0.4), Optimizer(lr=0.4, decay="cosine")
    assert [flat.at(step, 4).lr for step in range(4)] == [0.4] * 4
    assert [cosine.at(step, 4).lr for step in range(4)] == pytest.approx([0.4, 0.3414214, 0.2, 0.0585786])


def test_phases_end_where_the_next_begins_in_every_iteration(tmp_path):
    schedule = read(str(write(tmp_path)))[0].schedule  # phases of 2 and 5 steps, three times
    assert [at for at in range(1, 22) if schedule.ends_phase(at)] == [2, 7, 9, 14, 16, 21]


def test_a_dataset_is_kept_apart_from_another_of_the_recipe(tmp_path):
    values = plain()
    values["sources"]["own"] = {"kind": "dataset", "path": "own.jsonl", "apart_from": "bank"}
    with pytest.raises(
        UserError, match=r"sources\.own\.apart_from is 'bank', which is no other dataset of this recipe"
    ):
        read(str(write(tmp_path, values)))
    values["sources"]["exam"] = {"kind": "dataset", "path": "exam.jsonl"}
    values["sources"]["own"]["apart_from"] = "exam"
    assert read(str(write(tmp_path, values)))[0].sources["own"].apart_by == ("image", "question")
