"""What kind is chosen with is refused before anything starts, prepared on request, and given on to each stack."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.rules.speed import Speed, SpeedError
from harness.home import DEFAULT_SUBJECT
from harness.stacks.base import Capability
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.cluster.helm import HelmMonitoring
from harness.stacks.cluster.plain import PlainMonitoring
from harness.stacks.cluster.stack import ClusterStack
from harness.stacks.kind import choice as module
from harness.stacks.kind.choice import KindChoice
from harness.stacks.kind.cluster import KindOptions
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.provider import KindProvider
from harness.stacks.kinds import SWEEP
from harness.stacks.scrape_profile import KIND
from harness.subject_reader import read_subject
from harness.tests.stacks.kind.conftest import Machine
from harness.toolchain import Progress, Settings, ToolName
from harness.toolchain.module_files import OPERATOR_CRDS, ModuleFiles

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)


def spoiled(tmp_path: Path, **files: str) -> Subject:
    """The default subject with these files in place of its own."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    changed: dict[str, Any] = {name: tmp_path / name for name in files}
    return replace(_SUBJECT, files=replace(_SUBJECT.files, **changed))


def values(**alertmanager: object) -> str:
    """The default subject's values, with these of Alertmanager."""
    found = YAML(typ="safe", pure=True).load(Path(_SUBJECT.files.chart_values).read_text())
    merged = {**found, "alertmanager": {**found.get("alertmanager", {}), **alertmanager}}
    return str(merged).replace("True", "true").replace("False", "false").replace("None", "null")


def test_the_default_subject_can_run_on_kind(machine: Machine) -> None:
    """At the speed of the kind; nothing is asked for that."""
    chart = KindChoice().check(_SUBJECT, KIND.default_speed)
    assert chart.alertmanager.enabled
    assert chart.kube_state_metrics is None
    assert KindChoice(chart=ChartOptions()).check(_SUBJECT, KIND.default_speed).kube_state_metrics is not None
    assert KindChoice().traits is KIND
    assert machine.calls == []


def test_a_speed_that_kind_cannot_keep_is_refused() -> None:
    """Sooner than by a stack."""
    with pytest.raises(SpeedError):
        KindChoice().check(_SUBJECT, Speed(10_000))


@pytest.mark.parametrize("file", ["service_monitor", "alertmanager", "rules", "chart_values"])
def test_files_that_cannot_work_are_refused(tmp_path: Path, file: str) -> None:
    """Not when everything else is up."""
    with pytest.raises(MisuseError):
        KindChoice().check(spoiled(tmp_path, **{file: "- no: object"}), KIND.default_speed)


def test_values_without_alertmanager_are_refused(tmp_path: Path) -> None:
    """Nobody would ever be told; values that leave it on are taken."""
    KindChoice().check(spoiled(tmp_path, chart_values=values(enabled=True)), KIND.default_speed)
    with pytest.raises(MisuseError, match="nobody to tell") as caught:
        KindChoice().check(spoiled(tmp_path, chart_values=values(enabled=False)), KIND.default_speed)
    assert "alertmanager.enabled: false" in caught.value.why


def test_an_image_that_cannot_be_built_is_refused() -> None:
    """With the files that are not there."""
    (image,) = _SUBJECT.images
    assert image.build is not None
    missing = replace(image, build=replace(image.build, dockerfile=Path("/no/Dockerfile")))
    with pytest.raises(MisuseError, match="cannot be built"):
        KindChoice().check(replace(_SUBJECT, images=(missing,)), KIND.default_speed)


def test_everything_is_brought_before_anything_waits_for_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs, kinds and images, with the options of the choice."""
    brought: list[object] = []

    def files(wanted: ModuleFiles, _settings: Settings, _progress: Progress) -> tuple[Path, ...]:
        brought.append(wanted)
        return ()

    def build(provider: KindProvider, _docker: object, _progress: Progress) -> tuple[str, ...]:
        brought.append(provider.base)
        return ()

    monkeypatch.setattr(module, "ensure", lambda names, _progress: brought.append(set(names)))
    monkeypatch.setattr(module, "files_of", files)
    monkeypatch.setattr(KindProvider, "build", build)
    monkeypatch.setattr(KindProvider, "fetch_wheels", lambda _self, _progress: brought.append("wheels"))
    KindChoice(base="base:1").prepare(_SUBJECT, Progress())
    assert brought == [{ToolName.KUBECTL, ToolName.AMTOOL, ToolName.KIND}, "wheels", OPERATOR_CRDS, "base:1"]
    brought.clear()
    given = KindOptions(kind=machine.program("other", ""))
    KindChoice(cluster=given).prepare(_SUBJECT, Progress())
    assert brought[0] == {ToolName.KUBECTL, ToolName.AMTOOL}


def test_a_chart_that_is_asked_for_is_brought_and_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the operator's kinds alone, which it brings along."""
    brought: list[object] = []
    monkeypatch.setattr(module, "ensure", lambda _names, _progress: None)
    monkeypatch.setattr(module, "files_of", lambda *_words: pytest.fail("the chart has them"))
    monkeypatch.setattr(module, "fetch_chart", lambda options, _settings, _progress: brought.append(options))
    monkeypatch.setattr(KindProvider, "build", lambda _provider, _docker, _progress: ())
    monkeypatch.setattr(module, "ClusterStack", lambda *_words, monitoring, **_options: monitoring)
    for chart, kind in ((ChartOptions(), HelmMonitoring), (None, PlainMonitoring)):
        choice = KindChoice(chart=chart)
        made = choice.stack(_SUBJECT, KIND.default_speed, Progress(), SWEEP)
        assert isinstance(made, kind)
    KindChoice(chart=ChartOptions()).prepare(_SUBJECT, Progress())
    assert brought == [ChartOptions()]


def test_each_stack_has_a_cluster_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was chosen; nothing is started for it."""
    providers: list[KindProvider] = []

    class Noted(ClusterStack):
        def __init__(self, *words: object, provider: KindProvider, **options: object) -> None:
            super().__init__(*words, provider=provider, **options)  # type: ignore[arg-type]
            providers.append(provider)

    def noted(names: Collection[ToolName]) -> None:
        pytest.fail(f"{names} are asked for")

    monkeypatch.setattr(module, "ensure", noted)
    monkeypatch.setattr(module, "ClusterStack", Noted)
    choice = KindChoice(cluster=KindOptions(name="mine"), base="base:1")
    for _ in range(2):
        choice.stack(_SUBJECT, KIND.default_speed, Progress(), SWEEP)
    one, other = providers
    assert one is not other
    assert (one.options.name, one.base, one.subject) == ("mine", "base:1", _SUBJECT)
    with pytest.raises(SpeedError):
        choice.stack(_SUBJECT, Speed(10_000), Progress(), SWEEP)


@pytest.mark.parametrize(
    ("chart", "word"),
    [(None, "--monitoring chart --grafana"), (ChartOptions(), "--grafana leaves it on")],
    ids=["plain", "chart"],
)
def test_the_option_that_brings_grafana_is_named(chart: ChartOptions | None, word: str, machine: Machine) -> None:
    """Before anything is started, and by the stack."""
    choice = KindChoice(chart=chart)
    reason = choice.cannot[Capability.GRAFANA]
    assert word in reason
    stack = choice.stack(_SUBJECT, KIND.default_speed, Progress(), SWEEP)
    assert isinstance(stack, ClusterStack)
    assert stack._no_grafana == reason
    assert machine.calls == []


def test_where_a_grafana_may_come_nothing_is_left_out_for_it(tmp_path: Path) -> None:
    """Values of a person's own may bring one as well."""
    mine = tmp_path / "mine.yaml"
    mine.touch()
    for chart in (ChartOptions(grafana=True), ChartOptions(values=(mine,))):
        assert KindChoice(chart=chart).cannot == {}


def test_files_that_images_lack_are_told_once_and_as_misuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both who fetches for images and who builds them look at what the subject file names."""
    (image,) = _SUBJECT.images
    assert image.build is not None
    missing = replace(image, build=replace(image.build, dockerfile=Path("/no/Dockerfile")))
    monkeypatch.setattr(module, "ensure", lambda _names, _progress: None)
    monkeypatch.setattr(module, "files_of", lambda *_words: ())
    monkeypatch.setattr(Docker, "engine", lambda _docker: None)
    with pytest.raises(MisuseError, match="cannot be built"):
        KindChoice().prepare(replace(_SUBJECT, images=(missing,)), Progress())


def test_what_cannot_be_had_keeps_nothing_else_from_being_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it is told at the end; one thing alone in its own words."""
    tried: list[str] = []

    def fails(what: str) -> None:
        tried.append(what)
        raise CouldNotTellError(what, why=f"no {what}", fix=f"get {what}")

    monkeypatch.setattr(module, "ensure", lambda _names, _progress: tried.append("programs"))
    monkeypatch.setattr(KindProvider, "fetch_wheels", lambda _self, _progress: tried.append("wheels"))
    monkeypatch.setattr(module, "files_of", lambda *_: fails("kinds"))
    monkeypatch.setattr(KindProvider, "build", lambda *_: fails("docker"))
    with pytest.raises(CouldNotTellError, match="2 things that kind needs") as told:
        KindChoice().prepare(_SUBJECT, Progress())
    assert tried == ["programs", "wheels", "kinds", "docker"]
    assert (told.value.why, told.value.fix) == ("kinds: no kinds\n       docker: no docker", "get kinds; get docker")
    monkeypatch.setattr(KindProvider, "build", lambda *_: ())
    with pytest.raises(CouldNotTellError, match="kinds"):
        KindChoice().prepare(_SUBJECT, Progress())
