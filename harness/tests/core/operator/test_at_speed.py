"""Rules and monitor at a speed: every duration divided, every default written out, nothing else touched."""

import io
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from syrupy.assertion import SnapshotAssertion

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.at_speed import monitor_at, rule_at
from harness.core.operator.reading import Field, Yaml
from harness.core.rules.file import RuleFileError
from harness.core.rules.speed import Speed

_SUBJECT = Path(__file__).parents[4] / "monitoring"
_SPEED, _FLOOR = Speed(15), PromDuration(500)
_30S, _10S = PromDuration(30_000), PromDuration(10_000)
_V1 = "apiVersion: monitoring.coreos.com/v1\n"
_META = "metadata: {name: x, namespace: shop, labels: {release: prometheus}}"


def text_of(manifest: Yaml) -> str:
    """The object as a person would write it."""
    yaml, out = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style, yaml.width = False, 4_096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it as None
    yaml.dump(manifest, out)
    return out.getvalue()


def rule(groups: str, speed: Speed = _SPEED) -> Field:
    """The groups of a PrometheusRule at a speed."""
    text = f"{_V1}kind: PrometheusRule\n{_META}\nspec: {{groups: {groups}}}"
    return Field("", rule_at(text, "r.yaml", speed, evaluation=_30S, floor=_FLOOR)).at("spec", "groups")


def endpoint(fields: str, speed: Speed = _SPEED) -> Field:
    """The one endpoint of a ServiceMonitor at a speed."""
    text = f"{_V1}kind: ServiceMonitor\n{_META}\nspec: {{selector: {{}}, jobLabel: j, endpoints: [{fields}]}}"
    made = monitor_at(text, "m.yaml", speed, scrape=_30S, scrape_timeout=_10S, floor=_FLOOR)
    (one,) = Field("", made).at("spec", "endpoints").items()
    return one


def test_the_subjects_objects_are_these(snapshot: SnapshotAssertion) -> None:
    """The default subject's rules and monitor at speed 15, word for word."""
    rules, monitor = _SUBJECT / "prometheusrule.yaml", _SUBJECT / "servicemonitor.yaml"
    made = rule_at(rules.read_text(), rules.name, _SPEED, evaluation=_30S, floor=_FLOOR)
    assert text_of(made) == snapshot(name="rule")
    made = monitor_at(monitor.read_text(), monitor.name, _SPEED, scrape=_30S, scrape_timeout=_10S, floor=_FLOOR)
    assert text_of(made) == snapshot(name="monitor")


def test_a_group_gets_an_interval_of_its_own() -> None:
    """Its own or the documented default, divided, not below the floor: the cluster's default knows no speed."""
    groups = list(
        rule("[{name: a}, {name: b, interval: 1m}, {name: c, interval: 3s}]".replace("}", ", rules: []}")).items()
    )
    assert [group.at("interval").text() for group in groups] == ["2s", "4s", "500ms"]


def test_a_group_without_rules_gets_its_heartbeat() -> None:
    """The API server takes it and Prometheus loads it: so does the harness."""
    (group,) = rule("[{name: later}]").items()
    (beat,) = group.at("rules").items()
    assert beat.at("record").text() == "harness:evaluated"


def test_all_durations_of_a_group_are_divided() -> None:
    """Windows, waiting times and offsets; the rest of the group stays."""
    rules = "[{alert: A, expr: 'rate(a[5m] offset 1m) > 5', for: 10m, keep_firing_for: 1m, labels: {s: w}}]"
    (group,) = rule(f"[{{name: a, query_offset: 1m, limit: 7, labels: {{t: u}}, rules: {rules}}}]").items()
    alert, beat = group.at("rules").items()
    assert alert.yaml() == {
        "alert": "A",
        "expr": "rate(a[20s] offset 4s) > 5",
        "for": "40s",
        "keep_firing_for": "4s",
        "labels": {"s": "w"},
    }
    assert beat.yaml() == {
        "record": "harness:evaluated",
        "expr": "vector(1)",
        "labels": {"rule_group": "a", "rule_object": "shop/x"},
    }
    assert (group.at("query_offset").text(), group.at("limit").integer()) == ("4s", 7)
    assert group.at("labels").yaml() == {"t": "u"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: [{name: a, rules: []}]", "is a plain rule file, not one PrometheusRule"),
        (
            f"{_V1}kind: PrometheusRule\nspec: {{groups: [{{name: a, rules: []}}]}}\n{_META}\n---\n{_META}\nkind: A",
            "begins object 1 of 2",
        ),
        (f"kind: ServiceMonitor\n{_META}", "holds no rules"),
    ],
    ids=["plain file", "two objects", "another kind"],
)
def test_what_is_no_prometheus_rule_is_refused(text: str, words: str) -> None:
    """Nothing is applied that the operator would not take for rules."""
    with pytest.raises(MisuseError) as error:
        rule_at(text, "r.yaml", _SPEED, evaluation=_30S, floor=_FLOOR)
    assert words in str(error.value)


def test_a_wrong_rule_is_told_by_its_line() -> None:
    """The text is the user's, so the line is too, and not that of what is applied."""
    groups = "  groups:\n    - name: a\n      rules:\n        - {alert: A, expr: up, for: soon}"
    text = f"{_V1}kind: PrometheusRule\n{_META}\nspec:\n{groups}"
    with pytest.raises(RuleFileError, match="1 mistake") as error:
        rule_at(text, "r.yaml", _SPEED, evaluation=_30S, floor=_FLOOR)
    assert "r.yaml:8: alert A" in error.value.why


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ("{port: m}", ("2s", "2s")),
        ("{port: m, interval: 1m}", ("4s", "4s")),
        ("{port: m, interval: 5m, scrapeTimeout: 15s}", ("20s", "15s")),
        ("{port: m, interval: 5s, scrapeTimeout: 5s}", ("500ms", "500ms")),
        ("{port: m, scrapeTimeout: 1s}", ("2s", "1s")),
    ],
    ids=["defaults", "interval", "timeout within", "floor", "timeout alone"],
)
def test_an_endpoint_is_scraped_on_the_clock(fields: str, times: tuple[str, str]) -> None:
    """The interval is divided down to the floor; the timeout is real time, cut at the interval."""
    one = endpoint(fields)
    assert (one.at("interval").text(), one.at("scrapeTimeout").text()) == times
    assert one.at("port").text() == "m"


def test_at_real_time_a_monitor_stays() -> None:
    """Speed 1 writes out what the defaults are, and changes nothing."""
    assert endpoint("{port: m, path: /p, interval: 1m, scrapeTimeout: 7s}", Speed(1)).yaml() == {
        "port": "m",
        "path": "/p",
        "interval": "1m",
        "scrapeTimeout": "7s",
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ("", r"m\.yaml:4:35: spec\.endpoints names no endpoint"),
        ("{interval: 10s, scrapeTimeout: 20s}", "longer than the scrape interval 10s"),
        ("{scrapeTimeout: 40s}", "longer than the scrape interval 30s"),
        ("{interval: soon}", "a duration like"),
        ("5", "must be a mapping"),
    ],
    ids=["none", "timeout beyond its interval", "timeout beyond the default", "no duration", "no mapping"],
)
def test_a_monitor_that_the_operator_refuses_is_refused(fields: str, words: str) -> None:
    """A timeout that is too long as documented is not made to fit by the speed."""
    with pytest.raises(FileMistakesError) as caught:
        endpoint(fields)
    assert re.search(words, str(caught.value))
