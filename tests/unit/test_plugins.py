"""Plugins by path: where they are looked for, what is refused by reading their source, and that nothing runs early."""

import sys

import pytest
from recipe_material import plain, write

from mmzero import shipped
from mmzero.errors import UserError
from mmzero.recipe import Recipe
from mmzero.recipe.plugins import (
    REWARD_PARAMETERS,
    check,
    check_rewards,
    find,
    functions,
    handed_on,
    load,
    load_file,
    read_signature,
    source_hash,
)
from mmzero.recipe.tree import Plugin

KNOWN = frozenset(REWARD_PARAMETERS)


def plugin(use, **arguments):
    return Plugin.model_validate({"use": use, "with": arguments})


def source(folder, text, name="own.py"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(call, *arguments):
    with pytest.raises(UserError) as caught:
        call(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_file_is_looked_for_beside_the_recipe_then_here_then_among_the_shipped(tmp_path, monkeypatch):
    places = [tmp_path / name for name in ("recipe", "here", "shipped")]
    files = [source(place, "def f(): ...", "rewards/r.py") for place in places]
    monkeypatch.chdir(places[1])
    monkeypatch.setattr(shipped, "root", lambda: places[2])
    for file in files:
        assert find("rewards/r.py:f", places[0]) == file
        file.unlink()
    source(places[2], "", "rewards/answer.py")
    assert "did you mean 'rewards/answer.py'?" in refusal(find, "rewards/anser.py:f", places[0])


def test_a_module_is_found_and_nothing_on_the_way_is_imported(tmp_path, monkeypatch):
    source(tmp_path, "raise SystemExit('imported')", "bomb/__init__.py")
    file = source(tmp_path, "raise SystemExit('imported')\ndef f(answer): ...", "bomb/inner/m.py")
    source(tmp_path, "raise SystemExit('imported')", "bomb/inner/__init__.py")
    monkeypatch.syspath_prepend(tmp_path)
    assert find("bomb.inner.m:f", tmp_path) == file
    check(plugin("bomb.inner.m:f"), KNOWN, tmp_path)
    assert "bomb" not in sys.modules
    assert "no function 'g'" in refusal(check, plugin("bomb.inner.m:g"), KNOWN, tmp_path)


@pytest.mark.parametrize(
    "use", ["no.such.module:f", "json.no:f", "..:f", "a..b:f", "__main__:f", " :f", "x" * 5000 + ":f"]
)
def test_a_module_that_is_not_there_is_named(tmp_path, use):
    assert "which is not installed" in refusal(find, use, tmp_path)


def test_a_module_without_source_is_refused(tmp_path):
    assert "no Python source" in refusal(find, "math:sqrt", tmp_path)


@pytest.mark.parametrize("use", ["no.py:f", "x" * 5000 + ".py:f", "a\0b.py:f", "rewards.py/:f"])
def test_a_file_that_is_not_there_is_named(tmp_path, use):
    assert "the plugin" in (said := refusal(find, use, tmp_path)) or "which is not installed" in said


GOOD = {
    "given": ("def f(answer, truth): ...", {}),
    "by keyword": ("def f(*, answer, scale): ...", {"scale": 2}),
    "a default": ("def f(answer, limit=3, *, other=4): ...", {}),
    "anything": ("def f(**everything): ...", {"whatever": 1}),
    "with over a default": ("def f(answer, limit=3): ...", {"limit": 4}),
    "decorated": ("import functools\n@functools.cache\ndef f(length): ...", {}),
    "async": ("async def f(answer): ...", {}),
    "trl": ("def f(prompts, completions, any_column, **kwargs): ...", {}),
    "trl with": ("def f(completions, limit): ...", {"limit": 3}),
    "verl": ("def compute(solution_str, ground_truth): ...\ndef f(data_source, solution_str, ground_truth): ...", {}),
    "easyr1": ('REWARD_TYPE = "batch"\ndef f(inputs, format_weight=0.1): ...', {"format_weight": 0.2}),
    "makes": ("def f(most, least=0) -> Callable: ...", {"most": 3}),
}


@pytest.mark.parametrize(("text", "arguments"), GOOD.values(), ids=GOOD)
def test_a_callable_signature_passes(tmp_path, text, arguments):
    source(tmp_path, text)
    check(plugin("own.py:f", **arguments), KNOWN, tmp_path)


BAD = {
    "misspelt": ("def correct(answer): ...", "crrect", {}, "top level; did you mean 'correct'?"),
    "nested": ("class A:\n    def f(self): ...", "f", {}, "no function 'f'"),
    "not a def": ("f = len", "f", {}, "no function 'f'"),
    "judge": ("def f(answer, judge): ...", "f", {}, "add judge: {address"),
    "makes": ("def f(most) -> Callable: ...", "f", {}, "makes a reward from 'most', which with: does not set"),
    "verl asks too much": (
        "def f(data_source, solution_str, ground_truth, extra): ...", "f", {}, "did you mean 'extra_info'?"
    ),
    "easyr1 asks too much": ("def f(reward_inputs, weight): ...", "f", {}, "asks for 'weight'"),
    "trl given twice": ("def f(completions): ...", "f", {"completions": 1}, "is given 'completions' by every call"),
    "asks for too much": ("def f(answer, trth): ...", "f", {}, "asks for 'trth', which nothing gives it"),
    "nearest": ("def f(answer, trth): ...", "f", {}, "did you mean 'truth'?"),
    "keyword asks too": ("def f(*, limit, answer): ...", "f", {}, "asks for 'limit'"),
    "no such parameter": ("def f(answer, scale=1): ...", "f", {"scal": 2}, "which with: sets; did you mean 'scale'?"),
    "given twice": ("def f(answer): ...", "f", {"answer": 2}, "is given 'answer' by every call"),
    "by place only": ("def f(answer, /): ...", "f", {}, "before '/'"),
    "no Python": ("def f(answer:\n", "f", {}, "line 1: this is no Python"),
    "binary": (b"\x00\x01\xff", "f", {}, "no Python"),
    "null bytes": (b"def f(): ...\x00", "f", {}, "no Python"),
    "deep": ("x = " + "(" * 5000 + ")" * 5000, "f", {}, "no Python"),
    "endless": ("#" * (2**20 + 1), "f", {}, "1048576"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "name", "arguments", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_called_is_refused_by_its_source(tmp_path, text, name, arguments, said):
    source(tmp_path, text)
    sentence = refusal(check, plugin(f"own.py:{name}", **arguments), KNOWN, tmp_path)
    assert said in sentence
    assert "own.py" in sentence


REFUSED = {
    "per of verl": ("def f(solution_str, ground_truth): ...", {"per": "group"}, "scores one answer at a time, but per"),
    "idle judge": ("def f(answer): ...", {"judge": {"address": "http://a", "model": "m"}}, "does not ask for it"),
    "judge elsewhere": ("def f(judge): ...", {"judge": {"policy": "main"}, "isolate": True}, "take isolate away"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "how", "said"), REFUSED.values(), ids=REFUSED)
def test_what_stands_beside_use_must_suit_the_function(tmp_path, text, how, said):
    source(tmp_path, text)
    assert said in refusal(check, Plugin(use="own.py:f", **how), KNOWN, tmp_path)


@pytest.mark.parametrize(
    ("judge", "said"),
    [
        ({}, "neither"),
        ({"address": "http://a", "model": "m", "policy": "p"}, "both"),
        ({"address": "http://a"}, "no model"),
    ],
)
def test_a_judge_is_one_model_somewhere(judge, said):
    with pytest.raises(ValueError, match=said):
        Plugin(use="own.py:f", judge=judge)


def test_a_judging_policy_must_be_one_of_the_recipes(tmp_path):
    values = plain()
    write(tmp_path, values)
    source(tmp_path, "def f(answer, judge): ...")
    values["roles"]["solver"]["rewards"] = [{"use": "own.py:f", "judge": {"policy": "man"}}]
    assert "did you mean 'main'?" in refusal(check_rewards, Recipe.model_validate(values), tmp_path)
    values["roles"]["solver"]["rewards"][0]["judge"]["policy"] = "main"
    check_rewards(Recipe.model_validate(values), tmp_path)


SHAPES = {
    "own": ("def f(answer): ...", "own", "answer", False),
    "trl": ("def f(completions, solution): return [c[0]['content'] for c in completions]", "trl", "batch", True),
    "trl, plain text": ("def f(completions, **kwargs): return [float(len(c)) for c in completions]", "trl", "batch", False),
    "trl, told messages": ("def f(completions: list[list[dict[str, str]]]): ...", "trl", "batch", True),
    "trl, told text": ("def f(completions: list[str]): return ['content' in c for c in completions]", "trl", "batch", False),
    "trl, in a helper": ("def g(c): return c['content']\ndef f(completions): return g(completions)", "trl", "batch", True),
    "trl, handed on": ("from trl import g\ndef f(completions): return g(completions)", "trl", "batch", True),
    "trl, ids alone": ("def f(completion_ids): ...", "trl", "batch", False),
    "verl": ("def f(data_source, solution_str, ground_truth, extra_info=None): ...", "verl", "answer", False),
    "verl, batch": ("def f(data_sources, solution_strs, ground_truths, extra_infos): ...", "verl_batch", "batch", False),
    "easyr1": ("def f(reward_inputs): ...", "easyr1_batch", "batch", False),
    "easyr1, said": ('REWARD_TYPE = "sequential"\ndef f(x): ...', "easyr1", "answer", False),
    "easyr1, by name": ("def f(reward_input): ...", "easyr1", "answer", False),
}  # fmt: skip


@pytest.mark.parametrize(("text", "style", "per", "messages"), SHAPES.values(), ids=SHAPES)
def test_whose_shape_a_function_has_is_read_from_its_source(tmp_path, text, style, per, messages):
    signature = read_signature("own.py:f", source(tmp_path, text))
    assert (signature.style, signature.per, signature.messages) == (style, per, messages)


def test_a_package_that_hands_a_function_on_leads_to_where_it_is_defined(tmp_path, monkeypatch):
    source(tmp_path, "from .inner import f\nfrom .inner import f as g", "handing/__init__.py")
    source(tmp_path, "from .deep import f", "handing/inner/__init__.py")
    file = source(tmp_path, "from ..side import two\ndef f(answer): return two", "handing/inner/deep.py")
    source(tmp_path, "two = 2", "handing/side.py")
    monkeypatch.syspath_prepend(tmp_path)
    source(tmp_path, "from .inner.deep import f", "handing/flat.py")
    assert find("handing:f", tmp_path) == find("handing.flat:f", tmp_path) == file and handed_on("handing") == ["f"]
    assert handed_on("no_such_package") == []
    assert "no function 'g'" in refusal(check, plugin("handing:g"), KNOWN, tmp_path)
    assert "did you mean 'f'?" in refusal(check, plugin("handing:ff"), KNOWN, tmp_path)
    # A frozen copy reaches what the original imports from its own package.
    copy = source(tmp_path, file.read_text(), "frozen/deep-1234.py")
    assert load_file(plugin("handing:f"), copy)("x") == 2


def test_a_function_that_makes_the_reward_is_called_once(tmp_path):
    source(
        tmp_path, "from collections.abc import Callable\ndef f(most) -> Callable:\n return lambda length: length - most"
    )
    assert load(plugin("own.py:f", most=3), tmp_path)(5) == 2
    source(tmp_path, "def f(most) -> 'Callable': return 1 / most", "bad.py")
    assert "makes no reward (ZeroDivisionError" in refusal(load, plugin("bad.py:f", most=0), tmp_path)
    assert "returned 0.5" in refusal(load, plugin("bad.py:f", most=2), tmp_path)


def test_what_a_file_offers_is_its_public_functions_and_a_sentence_each(tmp_path):
    file = source(
        tmp_path,
        '"""Of the file. More."""\ndef f(answer):\n  """One\n  thing. Two."""\ndef g(truth): ...\ndef _h(): ...',
    )
    assert {name: about for name, (_, about) in functions(file).items()} == {"f": "One thing", "g": "Of the file"}


def test_check_runs_nothing(tmp_path):
    source(tmp_path, "from pathlib import Path\nPath('ran').touch()\ndef f(answer): ...")
    check(plugin(f"{tmp_path}/own.py:f"), KNOWN, tmp_path)
    assert not (tmp_path / "ran").exists()


def test_every_reward_of_a_recipe_is_checked(tmp_path):
    values = plain()
    write(tmp_path, values)
    check_rewards(Recipe.model_validate(values), tmp_path)
    values["roles"]["proposer"]["rewards"].append({"use": "rewards/own.py:wrong"})
    assert "no function 'wrong'" in refusal(check_rewards, Recipe.model_validate(values), tmp_path)


@pytest.mark.parametrize(
    ("use", "name"),
    [("box.py:iou", "frame"), ("point.py:near", "truth_frame"), ("mask.py:iou", "frame"), ("box.py:l1", "counted_in")],
)
def test_a_frame_that_no_shipped_reward_knows_is_refused_before_it_is_called(tmp_path, use, name):
    said = refusal(check, plugin(f"rewards/{use}", **{name: "pixels"}), KNOWN, shipped.root())
    assert said == (
        f"rewards/{use} is given the {name} 'pixels', which is no frame of coordinates; there are original, processed,"
        " thousandths, unit"
    )
    assert "did you mean 'original'?" in refusal(
        check, plugin(f"rewards/{use}", **{name: "orginal"}), KNOWN, shipped.root()
    )
    assert "frame" in refusal(check, plugin(f"rewards/{use}", **{name: ["unit"]}), KNOWN, shipped.root())
    check(plugin(f"rewards/{use}", **{name: "processed"}), KNOWN, shipped.root())
    source(tmp_path, "def f(answer, frame): ...", "video.py")  # somebody's own, where it may mean anything
    check(plugin("video.py:f", frame="last"), KNOWN, tmp_path)


def test_what_a_role_counts_its_boxes_in_is_said_once(tmp_path):
    """Conversion by the role and by the reward would be two."""
    values = plain()
    solver = values["roles"]["solver"] | {"says_boxes_in": "processed"}
    solver["rewards"] = [{"use": "rewards/box.py:iou", "with": {"frame": "processed"}}]
    both = Recipe.model_validate(values | {"roles": {"solver": solver, "proposer": values["roles"]["proposer"]}})
    write(tmp_path, values)
    assert refusal(check_rewards, both, tmp_path) == (
        "rewards/box.py:iou has the frame 'processed', but roles.solver.says_boxes_in is processed, after which every reward"
        " is shown thousandths: they would be converted twice; take frame out of its with"
    )
    for fine in (
        {"rewards": [{"use": "rewards/box.py:iou", "with": {"frame": "thousandths"}}]},
        {"rewards": [{"use": "rewards/track.py:mean_iou", "with": {"frame": "processed"}}]},  # no plain boxes
        {"says_boxes_in": "thousandths"},
    ):
        roles = {"solver": solver | fine, "proposer": values["roles"]["proposer"]}
        check_rewards(Recipe.model_validate(values | {"roles": roles}), tmp_path)


def test_a_loaded_plugin_has_its_arguments(tmp_path):
    source(tmp_path, "def f(answer, scale=1): return scale * len(answer)")
    assert load(plugin("own.py:f", scale=3), tmp_path)("ab") == 6
    assert load(plugin("own.py:f"), tmp_path)(answer="ab") == 2
    assert load(plugin("json:dumps", indent=None), tmp_path)([1]) == "[1]"


def test_two_files_of_one_name_do_not_meet_and_an_edit_is_seen(tmp_path):
    for number in (1, 2):
        source(
            tmp_path / str(number),
            f"import dataclasses\n@dataclasses.dataclass\nclass A: x: int\ndef f(): return {number}",
        )
    one, two = (load(plugin("own.py:f"), tmp_path / name) for name in "12")
    assert (one(), two()) == (1, 2)
    assert load(plugin("own.py:f"), tmp_path / "1") is one
    source(tmp_path / "1", "def f(): return 3")
    assert load(plugin("own.py:f"), tmp_path / "1")() == 3
    assert "own" not in sys.modules


def test_a_frozen_copy_loads_under_any_name(tmp_path):
    copy = source(tmp_path, "def f(answer, scale): return scale", "plugins/own-1234.py")
    assert load_file(plugin("rewards/own.py:f", scale=5), copy)("x") == 5


@pytest.mark.parametrize("text", ["import no_such_thing", "1/0", "raise SystemExit", "def g(): ..."])
def test_a_plugin_that_fails_to_load_is_the_users_to_mend(tmp_path, text):
    source(tmp_path, text)
    first = refusal(load, plugin("own.py:f"), tmp_path)
    assert "own.py" in first
    assert refusal(load, plugin("own.py:f"), tmp_path) == first  # no half-made module is left behind


def test_a_source_hash_is_of_the_bytes(tmp_path):
    assert source_hash(source(tmp_path, "")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
