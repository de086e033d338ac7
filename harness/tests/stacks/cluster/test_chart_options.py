"""Which chart is asked for, and how Helm is told."""

from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.options import CHART
from harness.stacks.options import CHART_VERSION as VERSION


def test_the_default_is_the_published_chart_in_the_known_version() -> None:
    """The one whose value names the overrides write."""
    assert (CHART, VERSION) == ("oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack", "77.14.0")
    assert ChartOptions().pull == (CHART, "--version", VERSION)
    assert ChartOptions().local is None


@pytest.mark.parametrize(
    ("chart", "words", "title"),
    [
        ("oci://m/kps", ("oci://m/kps", "--version", "1.2.3"), "oci://m/kps in version 1.2.3"),
        (
            "https://m/charts",
            ("kube-prometheus-stack", "--repo", "https://m/charts", "--version", "1.2.3"),
            "https://m/charts in version 1.2.3",
        ),
        ("http://m/kps-1.tgz", ("http://m/kps-1.tgz",), "http://m/kps-1.tgz"),
    ],
    ids=["registry", "repository", "archive"],
)
def test_each_kind_of_address_is_told_in_its_way(chart: str, words: tuple[str, ...], title: str) -> None:
    """A registry by reference, a repository by name in it, an archive by its address alone."""
    options = ChartOptions(chart=chart, version="1.2.3")
    assert options.pull == words
    assert options.title == title


def test_a_path_stays_itself_wherever_helm_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative paths are of the directory in which they were given."""
    (tmp_path / "kps").mkdir()
    (tmp_path / "kps" / "Chart.yaml").touch()
    monkeypatch.chdir(tmp_path)
    options = ChartOptions(chart="kps")
    assert options.local == tmp_path / "kps"
    assert options.title == "kps"


@pytest.mark.parametrize("chart", ["nowhere/kps", "prometheus-community/kube-prometheus-stack", "ftp://m/kps", "", "/"])
def test_what_helm_would_look_for_elsewhere_is_refused(chart: str) -> None:
    """A mistyped path would be taken for a chart of one of the user's repositories."""
    with pytest.raises(MisuseError, match="cannot be used"):
        ChartOptions(chart=chart)


def test_values_have_to_be_there(tmp_path: Path) -> None:
    """Before anything is started."""
    present = tmp_path / "values.yaml"
    present.touch()
    assert ChartOptions(values=(present,)).values == (present,)
    for absent in (tmp_path / "no.yaml", tmp_path):
        with pytest.raises(MisuseError, match=f"cannot read the values of --chart-values {absent}"):
            ChartOptions(values=(present, absent))
