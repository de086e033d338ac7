"""What a running Prometheus says of its times is taken; what is no Prometheus is refused."""

import pytest

from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.prometheus import PrometheusReader, RunningTimes
from harness.tests.clients.speaking_server import data, speaking

FLAGS, CONFIG = "/api/v1/status/flags", "/api/v1/status/config"
YAML = """\
global:
  scrape_interval: 15s
  evaluation_interval: 1m
  external_labels:
    a: b
rule_files:
- "{{ this would stop a reader"
scrape_configs: [
"""


def answers(config: str = YAML, **flags: str) -> dict[str, tuple[int, str]]:
    """Of a Prometheus."""
    return {FLAGS: data({"query.lookback-delta": "5m", **flags}), CONFIG: data({"yaml": config})}


def running_times(url: str) -> RunningTimes:
    """As it says."""
    with PrometheusReader(url) as reader:
        return reader.times()


def test_the_times_are_those_it_runs_with() -> None:
    """Of its whole configuration only the block that has them is read."""
    with speaking(answers(**{"rules.alert.resend-delay": "2m", "query.lookback-delta": "10s"})) as server:
        found = running_times(server.url)
    assert str(found.lookback) == "10s"
    assert [str(one) for one in (found.scrape_interval, found.evaluation_interval, found.resend_delay)] == [
        "15s",
        "1m",
        "2m",
    ]


def test_what_else_rules_depend_on_is_said() -> None:
    """By its configuration and its flags."""
    flags = {"rules.alert.for-grace-period": "10s", "rules.alert.for-outage-tolerance": "1m", "web.external-url": "u"}
    with speaking(answers("global:\n  rule_query_offset: 2s\n  external_labels: {a: b}\n", **flags)) as server:
        found = running_times(server.url)
    assert [str(one) for one in (found.query_offset, found.for_grace, found.for_outage)] == ["2s", "10s", "1m"]
    assert (found.external_labels, found.external_url) == ({"a": "b"}, "u")


def test_what_it_leaves_out_is_its_default() -> None:
    """A minute each."""
    with speaking(answers("scrape_configs: []\n")) as server:
        found = running_times(server.url)
    assert {str(found.scrape_interval), str(found.evaluation_interval), str(found.resend_delay)} == {"1m"}
    assert [str(one) for one in (found.query_offset, found.for_grace, found.for_outage)] == ["0s", "10m", "1h"]
    assert (found.external_labels, found.external_url) == ({}, "")


@pytest.mark.parametrize(
    "wrong",
    [
        {FLAGS: (404, "no")},
        {CONFIG: (200, "<html>")},
        {CONFIG: (200, "[]")},
        {FLAGS: data([])},
        {FLAGS: data({"rules.alert.resend-delay": "soon"})},
        {CONFIG: data({"yaml": "global:\n  a: [\n"})},
        {CONFIG: data({"yaml": "global:\n  scrape_interval: often\n"})},
    ],
    ids=["status", "page", "list", "flags", "duration", "YAML", "interval"],
)
def test_what_is_no_prometheus_is_told(wrong: dict[str, tuple[int, str]]) -> None:
    """With its address."""
    with speaking(answers() | wrong) as server, pytest.raises(UnexpectedAnswerError) as error:
        running_times(server.url)
    assert error.value.fix.startswith(f"check that {server.url} is Prometheus")


def test_what_only_the_users_proxy_reaches_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for the verdicts uses no proxy: what passed only by one would fail there, as the subject's fault."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with speaking(answers()) as server:
        for host in ("127.0.0.1", "localhost"):
            assert running_times(server.url.replace("127.0.0.1", host))
