"""When one rule of an alert kept another from being told: by the loaded rules, amtool's matching and what fired."""

from collections.abc import Iterable, Mapping

from harness.core.errors import CouldNotTellError
from harness.core.samples import Point, Series
from harness.core.timeline import Evaluations, Timeline, silent_timeline
from harness.evidence.inhibited import inhibited
from harness.evidence.routes_agree import Ask
from harness.tests.scenario import fakes

_RULES = """
inhibit_rules:
- {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [alertname, namespace]}
"""


def _firing(severity: str, *instants: float, namespace: str = "shop") -> Series:
    labels = {"__name__": "ALERTS", "alertname": "A", "alertstate": "firing", "severity": severity}
    return Series(labels={**labels, "namespace": namespace}, points=tuple(Point(at_s=t, value=1) for t in instants))


def _line() -> Timeline:
    line = silent_timeline("A", Evaluations(at_s=(), interval_s=1, start_s=0, end_s=9))
    labels = {"alertname": "A", "severity": "warning", "namespace": "shop"}
    return Timeline(labels=labels, start_s=line.start_s, end_s=line.end_s, moments=(), gaps=())


def _walk(_config: str, alerts: Iterable[Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
    """As amtool does."""
    return tuple(("source-0",) if one["severity"] == "critical" else ("target-0",) for one in alerts)


def _asked(*fired: Series, config: str = _RULES, ask: Ask = _walk) -> list[tuple[float, float]]:
    prometheus = fakes.FakePrometheus(ranges=lambda _query, _start_s, _end_s: fired)
    window = fakes.handles(prometheus=prometheus).window(start_s=0, end_s=9)
    return [(one.start_s, one.end_s) for one in inhibited(window, config, "A", [_line()], ask)]


def test_the_graver_of_two_rules_inhibits_the_milder_while_it_fires() -> None:
    """Each of its firings is a stretch, and lasts until the evaluation that ends it."""
    assert _asked(_firing("critical", 1, 1.5, 2, 6, 6.5), _firing("warning", 1)) == [(1, 2.5), (6, 7.0)]


def test_what_differs_in_a_label_that_must_be_equal_inhibits_nobody() -> None:
    """Another namespace's alert; nor does the alert itself, nor anything without a rule."""
    assert _asked(_firing("critical", 1, namespace="other"), _firing("warning", 1)) == []
    assert _asked(_firing("warning", 1)) == []
    assert _asked(_firing("critical", 1), config="route: {}") == []


def test_what_cannot_be_had_excuses_nothing() -> None:
    """And raises nothing: the judge has its finding already."""

    def refuses(*_args: object) -> tuple[tuple[str, ...], ...]:
        raise CouldNotTellError("amtool", why="planted", fix="-")

    assert _asked(_firing("critical", 1), _firing("warning", 1), ask=refuses) == []
