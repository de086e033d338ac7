"""A command that a shell takes as it is shown."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest
import pytest_kind.plugin

from harness.report.reproduce import Ran, called
from harness.stacks.options import KINDS, OPTIONS, StackOption, given, options_of, without_effect

GIVEN = {kind: {option.name: option.default for option in options_of(kind)} for kind in KINDS}
NODE = "scenarios/test_a.py::test_a[x, speed 15]"
BY_NODE = f"pytest '{NODE}'"


@pytest.mark.parametrize(
    ("ran", "alert", "command"),
    [
        pytest.param(Ran(speed=60), "Down", "harness reproduce Down --speed 15", id="alert"),
        pytest.param(Ran(speed=60), "", f"{BY_NODE} --speed 60", id="no-alert"),
        pytest.param(
            Ran(speed=60, subject="my/s.yaml"),
            "Down",
            "harness reproduce Down --speed 15 --subject my/s.yaml",
            id="subject",
        ),
        pytest.param(Ran(speed=30, stack="kind"), "Down", f"{BY_NODE} --speed 30 --stack kind", id="other-stack"),
        pytest.param(Ran(speed=60, shipped=False), "Down", f"{BY_NODE} --speed 60", id="own scenarios"),
        pytest.param(
            Ran(speed=60, pytest=("harness", "prove")), "", f"harness prove '{NODE}' --speed 60", id="installed"
        ),
        pytest.param(
            Ran(speed=60, harness=(".venv/bin/harness",)),
            "Down",
            ".venv/bin/harness reproduce Down --speed 15",
            id="place",
        ),
        pytest.param(
            Ran(speed=60, pytest=("/my venv/bin/pytest",), root="../repo"),
            "",
            f"'/my venv/bin/pytest' '../repo/{NODE}' --speed 60",
            id="from elsewhere",
        ),
        pytest.param(
            Ran(speed=60, given=("--monitoring", "operator")),
            "Down",
            f"{BY_NODE} --speed 60 --monitoring operator",
            id="other-monitoring",
        ),
        pytest.param(
            Ran(speed=60, strength=("Slow", "30%")),
            "Slow",
            "harness reproduce Slow --speed 15 --strength 30%",
            id="strength",
        ),
        pytest.param(
            Ran(speed=60, strength=("Slow", "150 items")),
            "Failing",
            "harness reproduce Slow --speed 15 --strength '150 items'",
            id="strength-of-another-alert",
        ),
        pytest.param(
            Ran(speed=30, stack="kind", strength=("Slow", "8s")),
            "Slow",
            f"{BY_NODE} --speed 30 --alert Slow --strength 8s --stack kind",
            id="strength-elsewhere",
        ),
        pytest.param(
            Ran(speed=60, strength=("Slow", "8s")),
            "",
            f"{BY_NODE} --speed 60 --alert Slow --strength 8s",
            id="strength-by-node",
        ),
    ],
)
def test_the_command_names_all_that_mattered(ran: Ran, alert: str, command: str) -> None:
    """The scenario, the speed at which pytest knows it, and subject and stack where they are others."""
    assert ran.again(NODE, alert=alert, speed=15) == command


def test_the_whole_run_is_asked_for_as_it_was() -> None:
    """Its paths and node ids, or none."""
    assert Ran(speed=60, asked=("own", "scenarios"), root="..").again() == "pytest own scenarios --speed 60"
    assert Ran(speed=60, pytest=("harness", "prove")).again() == "harness prove --speed 60"


def test_a_program_is_called_as_a_shell_finds_it(tmp_path: Path) -> None:
    """By its name if that leads to this very one, else by its place: relative where somebody stands above it."""
    mine, other = tmp_path / "repo" / ".venv" / "bin", tmp_path / "other"
    for directory in (mine, other):
        directory.mkdir(parents=True)
        (directory / "pytest").touch(mode=0o755)
    python, here = mine / "python", tmp_path / "repo"
    assert called("pytest", python=python, here=here, path=str(mine)) == ("pytest",)
    assert called("pytest", python=python, here=here, path=f"{other}:{mine}") == (".venv/bin/pytest",)
    assert called("pytest", python=python, here=here, path="") == (".venv/bin/pytest",)
    assert called("pytest", python=python, here=other, path="") == (str(mine / "pytest"),)


def test_a_hostile_name_is_one_word() -> None:
    """A shell runs nothing that stands in it."""
    name = "$(rm -rf ~); `id` 'x"
    assert shlex.split(Ran(speed=60).again(NODE, alert=name))[2] == name
    ran = Ran(speed=1, stack="existing", given=given("existing", {**GIVEN["existing"], "--context": name}.get))
    assert shlex.split(ran.again(NODE))[-2:] == ["--context", name]


KIND = {
    "--monitoring": "operator",
    "--chart": "../my chart",
    "--chart-version": "77.1.0",
    "--chart-values": ["a.yaml", "b.yaml"],
    "--grafana": True,
    "--base-image": "r/python:3.12",
    "--kind-image": "kindest/node:v1.33.4",
    "--cluster-name": "mine",
    "--kind-bin": "bin/kind",
    "--kind-kubectl-bin": "bin/kubectl",
}
EXISTING = {
    "--kubeconfig": "my/config",
    "--context": "my dev",
    "--confirm-context": "my dev",
    "--prometheus": "monitoring/k8s",
    "--prometheus-url": "http://p/?a=1&b=2",
    "--alertmanager": "monitoring/main",
    "--alertmanager-url": "http://a",
    "--harness-image": "r/h:1",
}


@pytest.mark.parametrize(
    ("stack", "values", "words"),
    [
        pytest.param("embedded", {**KIND, **EXISTING}, " --monitoring operator", id="embedded"),
        pytest.param("embedded", GIVEN["embedded"], "", id="embedded-as-it-comes"),
        pytest.param(
            "kind",
            {**EXISTING, **KIND},
            " --monitoring operator --chart '../my chart' --chart-version 77.1.0 --chart-values a.yaml"
            " --chart-values b.yaml --grafana --base-image r/python:3.12 --kind-image kindest/node:v1.33.4"
            " --cluster-name mine --kind-bin bin/kind --kind-kubectl-bin bin/kubectl",
            id="kind",
        ),
        pytest.param("kind", GIVEN["kind"], "", id="kind-as-it-comes"),
        pytest.param(
            "existing",
            {**KIND, **EXISTING},
            " --kubeconfig my/config --context 'my dev' --confirm-context 'my dev' --prometheus monitoring/k8s"
            " --prometheus-url 'http://p/?a=1&b=2' --alertmanager monitoring/main --alertmanager-url http://a"
            " --harness-image r/h:1",
            id="existing",
        ),
        pytest.param(
            "existing", {**GIVEN["existing"], "--context": "-odd"}, " --context=-odd", id="existing-with-a-dash"
        ),
    ],
)
def test_the_command_leads_to_the_same_stack(stack: str, values: Mapping[str, object], words: str) -> None:
    """With what was given of its kind as it was given, and with nothing else."""
    ran = Ran(speed=30, stack=stack, given=given(stack, values.get))
    where = "" if stack == "embedded" else f" --stack {stack}"
    assert ran.again(NODE) == f"{BY_NODE} --speed 30{where}{words}"


class _PytestKinds:
    """In place of pytest's parser and its groups: keeps the default of each option."""

    def __init__(self) -> None:
        self.found: dict[str, object] = {}

    def getgroup(self, *_: str) -> "_PytestKinds":
        return self

    def addoption(self, name: str, **words: object) -> None:
        self.found[name] = False if words.get("action") == "store_true" else words["default"]


def test_what_pytest_kind_adds_has_the_default_that_it_is_taken_for() -> None:
    """An option that was left out would else be told as given."""
    parser = _PytestKinds()
    pytest_kind.plugin.pytest_addoption(parser)
    theirs = {option.name: option.default for option in OPTIONS if option.pytest_kinds}
    assert theirs == {name: parser.found[name] for name in theirs}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_an_option_that_says_nothing_to_a_kind_is_refused_beside_it(option: StackOption, kind: str) -> None:
    """Every one, with why and what to do; one that does is taken."""
    defaults: dict[str, object] = {one.name: one.default for one in OPTIONS}
    idle = without_effect(kind, {**defaults, option.name: "x"}.get)
    assert (idle is None) is (kind in option.kinds)
    if idle is not None:
        assert (idle.names, idle.beside) == ((option.name,), f"--stack {kind}")
        assert idle.why
        assert "leave it out" in idle.fix
