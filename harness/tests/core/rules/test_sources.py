"""Whose figures a rule reads is found in its expression, wherever it reads them."""

import pytest

from harness.core.contract.quantity import Exporter, Quantity
from harness.core.duration import PromDuration
from harness.core.promql import Expression
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup
from harness.core.rules.sources import alert_sources, reads_of, recorded_sources, rules_behind, slowest, sources_of

_CADVISOR, _CONTROLLER = frozenset({Exporter.CADVISOR}), frozenset({Exporter.CONTROLLER})


def group(*rules: Rule) -> RuleGroup:
    """A group of these rules."""
    return RuleGroup(name="g", rules=rules)


def recording(record: str, expr: str) -> RecordingRule:
    """One recorded series."""
    return RecordingRule(record=record, expr=expr)


@pytest.mark.parametrize(
    ("expr", "sources"),
    [
        ("container_memory_working_set_bytes > 1", _CADVISOR),
        ("rate(container_cpu_cfs_periods_total[5m])", _CADVISOR),
        ("max_over_time(container_memory_rss[10m:1m])", _CADVISOR),
        ('{__name__="container_memory_rss"}', _CADVISOR),
        ('{__name__=~"machine_.*|container_.*"}', _CADVISOR),
        ("node_namespace_pod_container:container_memory_rss", _CADVISOR),
        ("workqueue_depth > 100", _CONTROLLER),
        ("kube_pod_container_resource_limits", _CONTROLLER),
        ('{__name__=~"kube_pod_container_.*"}', _CONTROLLER),
        ('{__name__!="container_memory_rss", job="x"}', _CONTROLLER),
        ('{job="x"}', _CONTROLLER),
        ("container_memory_rss / kube_pod_container_resource_limits", _CADVISOR | _CONTROLLER),
        ('up{container="container_x"}', _CONTROLLER),
        ("vector(1) > 0", frozenset()),
    ],
)
def test_a_metric_s_name_says_who_tells_it(expr: str, sources: frozenset[Exporter]) -> None:
    """Whatever stands around it; a label that looks like one does not count."""
    assert sources_of(Expression.parse(expr)) == sources


def test_each_place_is_read_for_itself() -> None:
    """A window over one source beside the newest value of another; a subquery reads all that is inside it."""
    expr = "rate(container_x[5m] offset 1h) > on () min_over_time((up + container_y)[10m:1m])"
    found = [(one.name, one.window and str(one.window.length), one.sources) for one in reads_of(Expression.parse(expr))]
    assert found == [
        ("container_x", "5m", _CADVISOR),
        ("up", None, _CONTROLLER),
        ("container_y", None, _CADVISOR),
        ("", "10m", _CADVISOR | _CONTROLLER),
    ]


def test_a_recorded_series_has_the_sources_of_what_it_was_computed_from() -> None:
    """In whatever order the rules stand, also of two of one name, also in a circle."""
    groups = [
        group(recording("use:max", "max(use:sum)"), recording("circle", "circle + 1")),
        group(recording("use:sum", "sum(container_x)"), recording("use:sum", "sum(up)")),
    ]
    assert recorded_sources(groups) == {
        "use:max": _CADVISOR | _CONTROLLER,
        "use:sum": _CADVISOR | _CONTROLLER,
        "circle": frozenset(),
    }


def test_an_alert_has_the_sources_of_all_its_rules() -> None:
    """Its own expressions and the recorded series behind them."""
    rules = [
        group(recording("use", "container_x"), AlertingRule(alert="A", expr="use > 1")),
        group(AlertingRule(alert="B", expr="up == 0"), AlertingRule(alert="B", expr="container_y > 1")),
    ]
    assert alert_sources(rules) == {"A": _CADVISOR, "B": _CADVISOR | _CONTROLLER}


def test_the_rules_behind_an_alert_are_those_it_reads() -> None:
    """However far behind; other metrics are no rules."""
    groups = [
        group(recording("far", "up"), recording("near", "far + near"), recording("other", "near")),
        group(AlertingRule(alert="A", expr="near > up")),
    ]
    assert rules_behind("A", groups) == {"A", "near", "far"}


def test_quantities_of_containers_are_cadvisor_s() -> None:
    """No controller counts them itself."""
    found = {quantity for quantity in Quantity if quantity.definition.exporter is Exporter.CADVISOR}
    assert found == {Quantity.MEMORY_USE, Quantity.CPU_THROTTLING}


def test_the_slowest_source_counts() -> None:
    """One that is not named, or is renewed at each scrape, is not slow."""
    quick, slow = PromDuration(1_000), PromDuration(20_000)
    assert slowest(_CADVISOR | _CONTROLLER, {Exporter.CADVISOR: slow, Exporter.CONTROLLER: quick}) == (
        Exporter.CADVISOR,
        slow,
    )
    assert slowest(_CONTROLLER, {Exporter.CADVISOR: slow}) is None
    assert slowest(_CADVISOR, {Exporter.CADVISOR: PromDuration(0)}) is None


def test_the_reason_says_who_and_how_often() -> None:
    """For a reader who sees a delay."""
    assert Exporter.CADVISOR.renews(20) == "cAdvisor renews a container's figures every 20 s"
    assert Exporter.CONTROLLER.renews(0.5) == "the controller renews its page every 0.5 s"
