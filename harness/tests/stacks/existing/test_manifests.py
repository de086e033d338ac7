"""The bundle: everything that is applied of a subject is in it, as it will be."""

from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.core.files.mistakes import FileMistakesError
from harness.core.marks import RUN_LABEL
from harness.stacks.existing.manifests import SubjectManifests
from harness.tests.stacks.existing.whole_cluster import NAMESPACE, WholeCluster, shop_bundle, with_files


def test_the_subjects_files_are_read(tmp_path: Path) -> None:
    """All four; files need no kubectl."""
    assert SubjectManifests.read(with_files(tmp_path), tmp_path / "no-kubectl") == shop_bundle()


def test_a_file_with_something_else_is_refused(tmp_path: Path) -> None:
    """A ServiceMonitor where the rules should be."""
    subject = with_files(tmp_path)
    Path(subject.files.rules).write_text(Path(subject.files.service_monitor).read_text())
    with pytest.raises(FileMistakesError, match="1 mistake") as caught:
        SubjectManifests.read(subject, tmp_path / "no-kubectl")
    assert "kind must be PrometheusRule, not ServiceMonitor" in caught.value.why


def test_the_harnesss_own_secret_is_among_the_objects() -> None:
    """It lies beside the route, where it could be somebody's."""
    names = [(one["kind"], one["metadata"]["name"]) for one in shop_bundle().objects]  # type: ignore[index,call-overload]  # known shape
    assert names == [
        ("Namespace", "shop"),
        ("Deployment", "web"),
        ("PrometheusRule", "x"),
        ("ServiceMonitor", "x"),
        ("AlertmanagerConfig", "x"),
        ("Secret", "kubemirror-harness-receiver"),
    ]


def test_selectors_see_the_labels_that_will_be_there() -> None:
    """Of a namespace that is there its own, because it is not applied; of one that is not, the manifest's."""
    api = WholeCluster()
    wanted = shop_bundle().wanted(api.api, run="mine")
    assert wanted.namespaces == {"shop": {"tier": "1"}}
    assert {one.labels[RUN_LABEL] for one in wanted.objects} == {"mine"}
    assert {one.labels["release"] for one in wanted.objects} == {"prometheus"}
    api.labelled(NAMESPACE, {"tier": "2"})
    assert shop_bundle().wanted(api.api, run="mine").namespaces == {"shop": {"tier": "2"}}


def test_a_plain_configuration_is_refused_where_alertmanager_is_somebody_s(tmp_path: Path) -> None:
    """To load it is to take Alertmanager away from everybody else."""
    subject = with_files(tmp_path)
    Path(subject.files.alertmanager).write_text("route: {receiver: a}\nreceivers: [{name: a}]\n", encoding="utf-8")
    with pytest.raises(MisuseError, match="cannot be used in a cluster that lives on") as caught:
        SubjectManifests.read(subject, tmp_path / "no-kubectl")
    assert "take that Alertmanager away" in caught.value.why
