"""Every shipped recipe is planned cleanly on the hardware it is written for, with every model it is written for."""

import json
import re

import pytest

from mmzero import cli, shipped
from mmzero.errors import UserError
from mmzero.model_files import known_model
from mmzero.plan import make_plan, refuse_what_cannot_fit
from mmzero.recipe.plugins import check_rewards
from mmzero.recipe.read import read

GIB = 2**30
MODELS = (
    "Qwen/Qwen2.5-VL-3B-Instruct",
    "Qwen/Qwen2.5-VL-7B-Instruct",
    "Qwen/Qwen3-VL-4B-Instruct",
    "Qwen/Qwen3-VL-8B-Instruct",
)
# What each recipe's own head says: `mmzero check NAME --on 8x80GiB`.
WRITTEN_FOR = {
    name: found[1]
    for name, path in shipped.recipes().items()
    if (found := re.search(rf"`mmzero check {name} --on (\w+)`", path.read_text()))
}
GPU = [name for name in WRITTEN_FOR if name.startswith("gpu_")]


def planned(name, on, *sets):
    recipe, path = read(name, sets)
    check_rewards(recipe, path.parent)
    made = make_plan(recipe, path.parent, path.parent, on)
    refuse_what_cannot_fit(made, path.parent)
    return recipe, made


@pytest.fixture(autouse=True)
def nothing_was_fetched(tmp_path, monkeypatch):
    monkeypatch.setattr("mmzero.model_files._fetched", lambda name: None)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", WRITTEN_FOR)
def test_a_recipe_fits_the_gpus_it_is_written_for(name):
    recipe, made = planned(name, WRITTEN_FOR[name])
    gpus, each = made.gpus_asked, [peak for peak in made.peaks if peak.where == "GPU"]
    assert 0 < gpus <= int(WRITTEN_FOR[name].split("x")[0])
    assert bool(each) is (known_model(recipe.model.path) is not None)  # of others the plan says that it cannot tell
    assert all(peak.about <= peak.there for peak in each)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", GPU)
def test_every_model_fits_the_gpus_of_every_placement(name, model):
    _, made = planned(name, WRITTEN_FOR[name], f"model.path={model}")
    assert made.gpus_asked == int(WRITTEN_FOR[name].split("x")[0])
    assert all(peak.about <= peak.there for peak in made.peaks if peak.where == "GPU")
    assert all("inert" in note for note in made.notes), "nothing is noted but the clip"
    assert json.dumps(made.to_json())


@pytest.mark.parametrize("name", GPU)
def test_fewer_or_smaller_gpus_are_refused(name):
    with pytest.raises(UserError):
        planned(name, WRITTEN_FOR[name].replace("80", "16"))
    if name != "gpu_lora":
        with pytest.raises(UserError, match="asks for 8 GPUs"):
            planned(name, "7x80GiB")


def test_the_gpu_recipes_are_one_campaign_in_three_places():
    """A variant changes where things run and what a policy trains, and nothing of what is asked or paid."""
    assert GPU == ["gpu_colocated", "gpu_lora", "gpu_separate"]
    whole = read("gpu_separate")[0]
    for name in GPU:
        recipe = read(name)[0]
        for part in ("model", "roles", "sources", "evaluate", "budgets", "seed"):
            assert getattr(recipe, part) == getattr(whole, part)
        assert [phase.says for phase in recipe.schedule.phases] == [phase.says for phase in whole.schedule.phases]


@pytest.mark.parametrize("name", [name for name in shipped.recipes() if name not in WRITTEN_FOR])
def test_a_recipe_that_names_no_gpu_needs_none(name, monkeypatch):
    monkeypatch.setattr("mmzero.machine.gpu_memory", list)
    monkeypatch.setattr("mmzero.machine.memory", lambda: 8 * GIB)
    _, made = planned(name, None)
    assert not made.lacks_gpus and not made.gpus_asked


@pytest.mark.parametrize("name", GPU)
def test_what_no_gpu_has_run_says_so(name):
    assert "CPU-verified, GPU untested" in shipped.recipes()[name].read_text()


# --- as the command line shows it


@pytest.fixture
def call(capsys, monkeypatch):
    monkeypatch.setattr("mmzero.machine.gpu_memory", list)
    monkeypatch.setattr("mmzero.machine.memory", lambda: 8 * GIB)

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(arguments))
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


def test_without_a_gpu_a_recipe_for_gpus_is_planned_but_does_not_start(call):
    code, out, err = call("check", "gpu_lora")
    assert (code, err) == (0, "")
    assert "this machine has no GPU" in out and "GPUs asked for: 1" in out
    for command in ("run", "smoke"):
        code, out, err = call(command, "gpu_lora")
        assert (code, out) == (2, "")
        assert "asks for 1 GPU and this machine has none" in err and err.count("\n") == 1


def test_hardware_nobody_can_read_is_one_sentence(call):
    code, out, err = call("check", "gpu_lora", "--on", "eight\x1b[2J")
    assert (code, out) == (2, "")
    assert err.startswith("error: --on is ") and err.count("\n") == 1 and err.rstrip("\n").isprintable()


def shown():
    """What the README shows of `mmzero check`, command by command."""
    text = (shipped.root() / "README.md").read_text()
    blocks = re.findall(r"^    \$ mmzero (check .*)\n((?:    .*\n)+)", text, re.MULTILINE)
    return [(command, [line[4:] for line in lines.splitlines()]) for command, lines in blocks]


def test_the_readme_shows_every_placement():
    assert {command.split()[1] for command, _ in shown()} == set(GPU)


@pytest.mark.parametrize(("command", "lines"), shown(), ids=lambda value: value if isinstance(value, str) else "")
def test_the_readme_shows_what_check_prints(call, command, lines):
    _, out, _ = call(*command.split())
    printed = [line.rstrip() for line in out.splitlines()]
    assert [line for line in lines if line != "…"] == [line for line in printed if line in lines]
