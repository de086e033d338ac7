"""What kind is chosen with is refused before anything starts, prepared on request, and given on to each stack."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import HARNESS_IMAGE
from harness.core.rules.speed import Speed, SpeedError
from harness.home import DEFAULT_SUBJECT
from harness.stacks.base import Capability
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.cluster.helm import HelmMonitoring
from harness.stacks.cluster.plain import PlainMonitoring
from harness.stacks.cluster.stack import ClusterStack
from harness.stacks.kind.choice import KindChoice
from harness.stacks.kind.cluster import KindOptions
from harness.stacks.kind.docker import NoDockerError
from harness.stacks.kind.provider import KindProvider
from harness.stacks.kind.supply import Supply
from harness.stacks.kinds import SWEEP
from harness.stacks.options import BASE_IMAGE
from harness.stacks.scrape_profile import KIND
from harness.subject_reader import read_subject
from harness.tests.stacks.kind.conftest import Machine
from harness.toolchain import Progress, ToolName
from harness.toolchain.module_files import OPERATOR_CRDS

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


class Noted:
    """What is brought, in its order; all of it is had, but for what cannot be had."""

    def __init__(self, *missing: str) -> None:
        self.brought: list[object] = []
        self._missing = missing
        self.supply = Supply(
            programs=lambda names, _progress: self._bring("programs", set(names)),
            wheels=lambda recipe, *_: self._bring("wheels", recipe.tag),
            files=lambda wanted, *_: self._bring("kinds", wanted),
            chart=lambda options, *_: self._bring("chart", options),
            image=lambda recipe, *_, **__: self._bring("image", (recipe.tag, recipe.base)),
        )

    def _bring(self, sort: str, what: object) -> None:
        self.brought.append(what)
        if sort in self._missing:
            raise CouldNotTellError(sort, why=f"no {sort}", fix=f"get {sort}")


_TOOLS = {ToolName.KUBECTL, ToolName.AMTOOL, ToolName.KIND}
_IMAGES = (_SUBJECT.images[0].image, HARNESS_IMAGE)


def test_everything_is_brought_before_anything_waits_for_it(machine: Machine) -> None:
    """Programs, kinds and images, with the options of the choice."""
    noted = Noted()
    KindChoice(base="base:1", supply=noted.supply).prepare(_SUBJECT, Progress())
    assert noted.brought == [_TOOLS, *_IMAGES, OPERATOR_CRDS, *((image, "base:1") for image in _IMAGES)]
    noted.brought.clear()
    given = KindOptions(kind=machine.program("other", ""))
    KindChoice(cluster=given, supply=noted.supply).prepare(_SUBJECT, Progress())
    assert noted.brought[0] == {ToolName.KUBECTL, ToolName.AMTOOL}


@pytest.mark.usefixtures("machine")
def test_a_chart_that_is_asked_for_is_brought_and_installed() -> None:
    """In place of the operator's kinds alone, which it brings along."""
    for chart, kind in ((ChartOptions(), HelmMonitoring), (None, PlainMonitoring)):
        made = KindChoice(chart=chart).stack(_SUBJECT, KIND.default_speed, Progress(), SWEEP)
        assert isinstance(made, ClusterStack)
        assert isinstance(made._monitoring, kind)
    noted = Noted()
    KindChoice(chart=ChartOptions(), supply=noted.supply).prepare(_SUBJECT, Progress())
    assert ChartOptions() in noted.brought
    assert OPERATOR_CRDS not in noted.brought


def test_each_stack_has_a_cluster_of_its_own(machine: Machine) -> None:
    """With what was chosen; nothing is started or brought for it."""
    noted = Noted()
    choice = KindChoice(cluster=KindOptions(name="mine"), base="base:1", supply=noted.supply)
    providers: list[KindProvider] = []
    for _ in range(2):
        made = choice.stack(_SUBJECT, KIND.default_speed, Progress(), SWEEP)
        assert isinstance(made, ClusterStack)
        assert isinstance(made._provider, KindProvider)
        providers.append(made._provider)
    one, other = providers
    assert one is not other
    assert (one.options.name, one.base, one.subject, one.supply) == ("mine", "base:1", _SUBJECT, noted.supply)
    assert noted.brought == machine.calls == []
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


@pytest.mark.usefixtures("machine")
def test_files_that_images_lack_are_told_once_and_as_misuse() -> None:
    """Both who fetches for images and who builds them look at what the subject file names."""
    (image,) = _SUBJECT.images
    assert image.build is not None
    missing = replace(image, build=replace(image.build, dockerfile=Path("/no/Dockerfile")))
    with pytest.raises(MisuseError, match="cannot be built"):
        KindChoice(supply=Noted().supply).prepare(replace(_SUBJECT, images=(missing,)), Progress())


def test_what_cannot_be_had_keeps_nothing_else_from_being_brought(machine: Machine) -> None:
    """All of it is told at the end; one thing alone in its own words."""
    noted = Noted("kinds", "image")
    with pytest.raises(CouldNotTellError, match="2 things that kind needs") as told:
        KindChoice(supply=noted.supply).prepare(_SUBJECT, Progress())
    assert noted.brought == [_TOOLS, *_IMAGES, OPERATOR_CRDS, (_IMAGES[0], BASE_IMAGE)]
    assert (told.value.why, told.value.fix) == ("kinds: no kinds\n       image: no image", "get kinds; get image")
    with pytest.raises(CouldNotTellError, match="kinds"):
        KindChoice(supply=Noted("kinds").supply).prepare(_SUBJECT, Progress())
    machine.set(down=True)
    with pytest.raises(NoDockerError):
        KindChoice(supply=Noted().supply).prepare(_SUBJECT, Progress())
