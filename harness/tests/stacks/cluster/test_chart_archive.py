"""The chart comes once, whole, and says why it does not."""

from pathlib import Path

import pytest

from harness.stacks.cluster.chart_archive import ChartUnavailableError, chart_archive, fetch_chart
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.options import CHART
from harness.tests.stacks.cluster.fake_helm import FakeHelm
from harness.toolchain import Progress


@pytest.fixture
def helm(tmp_path: Path) -> FakeHelm:
    """One that can pull."""
    return FakeHelm.at(tmp_path / "helm")


def fetched(helm: FakeHelm, options: ChartOptions) -> Path:
    """Where the chart lies."""
    return chart_archive(options, helm.program, helm.settings(), Progress())


def test_a_chart_is_fetched_once(helm: FakeHelm) -> None:
    """The second time it is the cache's; another version is another chart."""
    first, again = (fetched(helm, ChartOptions()) for _ in range(2))
    other = fetched(helm, ChartOptions(version="1.2.3"))
    assert first == again != other
    assert first.is_file()
    assert [words[:3] for words in helm.asked("pull")] == [
        [CHART, "--version", version] for version in ("77.14.0", "1.2.3")
    ]


def test_fetching_ahead_is_fetching(helm: FakeHelm) -> None:
    """Whoever comes afterwards asks nobody."""
    fetch_chart(ChartOptions(), helm.settings(), Progress())
    fetched(helm, ChartOptions())
    assert len(helm.asked("pull")) == 1


def test_a_chart_that_lies_here_is_not_fetched(helm: FakeHelm, tmp_path: Path) -> None:
    """Nor copied."""
    archive = tmp_path / "kps.tgz"
    archive.touch()
    assert fetched(helm, ChartOptions(chart=str(archive))) == archive
    assert helm.calls == []


def test_the_cache_keeps_the_chart_and_nothing_of_helms(helm: FakeHelm) -> None:
    """Helm's own state goes when the chart is there."""
    kept = fetched(helm, ChartOptions())
    assert list(kept.parent.iterdir()) == [kept]
    assert list(kept.parents[1].iterdir()) == [kept.parent]


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("Error: dial tcp: lookup ghcr.io: no such host", "check the network"),
        ('Error: chart "kps" version "1" not found in https://m repository', "check --chart and --chart-version"),
        ("Error: failed to fetch https://m/x.tgz : 404 Not Found", "check --chart and --chart-version"),
    ],
    ids=["unreachable", "version", "address"],
)
def test_a_chart_that_cannot_be_had_says_why(helm: FakeHelm, words: str, advice: str) -> None:
    """In Helm's words, with what helps then; and the next attempt begins anew."""
    helm.fails("pull", words)
    with pytest.raises(ChartUnavailableError) as caught:
        fetched(helm, ChartOptions())
    assert caught.value.what == f"the chart {CHART} in version 77.14.0 cannot be had"
    assert caught.value.why.endswith(words)
    assert caught.value.fix.startswith(advice)
    assert "--monitoring operator" in caught.value.fix
    assert list((helm.settings().cache / "charts").iterdir()) == []
