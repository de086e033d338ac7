"""The corpus is whole: all scenarios, in today's format, with all that the shipped rules and dashboard select.

Where a test here fails, `make corpus` makes it again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from harness.core.dashboard.file import read_dashboard
from harness.core.dashboard.panels import for_prometheus
from harness.core.promql import Expression, selector
from harness.core.promql.tree import Matcher, MatchOp
from harness.core.rules.file import parse_rules
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import RecordingRule, Rule
from harness.core.rules.rests_on import Selector, selectors_of
from harness.core.rules.speed import Speed
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT, SCENARIOS
from harness.recording.layout import FORMAT
from harness.recording.recording import Recording
from harness.subject_reader import read_subject

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
#: megabytes of all of it
_MOST_MB = 5
_NEEDS_MORE = re.compile(r"@pytest\.mark\.needs\([^)]*\)\n(?:@.*\n)*def (test_\w+)")
_SCENARIO = re.compile(r"^def (test_\w+)", re.MULTILINE)
#: selectors that find nothing on a default installation, and are written for others
_ELSEWHERE = {
    "container_spec_memory_limit_bytes": "the chart drops it; where it is kept, the rule takes the limit from it",
}


@cache
def corpus() -> tuple[Recording, ...]:
    """All of them."""
    return tuple(map(Recording.read, sorted(CORPUS.iterdir())))


@cache
def _label_sets() -> Mapping[str, tuple[Mapping[str, str], ...]]:
    """All series that any of them holds, by name."""
    found: dict[str, dict[tuple[tuple[str, str], ...], Mapping[str, str]]] = {}
    for one in corpus():
        for series in (*one.scraped.series(), *one.recorded.series()):
            found.setdefault(series.labels["__name__"], {})[tuple(sorted(series.labels.items()))] = series.labels
    return {name: tuple(sets.values()) for name, sets in found.items()}


def _fits(one: Matcher, value: str) -> bool:
    """As Prometheus has it, of patterns that Python reads alike."""
    if one.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL):
        return (value == one.value) is (one.op is MatchOp.EQUAL)
    return (re.fullmatch(one.value, value, re.DOTALL) is not None) is (one.op is MatchOp.REGEX)


def _holds(wanted: Selector) -> bool:
    every = (labels for sets in _label_sets().values() for labels in sets)
    return any(all(_fits(one, labels.get(one.label, "")) for one in wanted) for labels in every)


def _selected() -> Iterator[tuple[str, Selector]]:
    """What rules and dashboard select, as text and as matchers."""
    files = read_subject(DEFAULT_SUBJECT)[0].files
    rules = parse_rules(Path(files.rules).read_text(), "rules").groups
    panels = read_dashboard(Path(files.dashboard).read_text(), "dashboard").filled_in(()).panels
    texts = [rule.expr for group in rules for rule in group.rules]
    texts += [for_prometheus(query.expr, range_s=60) for panel in panels for query in panel.queries]
    for text in texts:
        for one in selectors_of(Expression.parse(text)):
            yield selector("", one), one


@pytest.mark.parametrize("wanted", [pytest.param(one, id=text) for text, one in sorted(dict(_selected()).items())])
def test_it_holds_what_rules_and_dashboard_select(wanted: Selector) -> None:
    """A renamed metric, another matcher: nothing offline would see what it does."""
    name = next((one.value for one in wanted if one.label == "__name__"), "")
    assert _holds(wanted) is (name not in _ELSEWHERE), f"{_ELSEWHERE.get(name, 'nothing fits')}: make corpus"


def test_it_was_recorded_under_the_shipped_rules() -> None:
    """Rule for rule, at the speed of each; an expression that is only laid out otherwise is the same."""
    subject = read_subject(DEFAULT_SUBJECT)[0]
    shipped = parse_rules(Path(subject.files.rules).read_text(), "rules").groups
    for one in corpus():
        speed = Speed(one.setting.speed)
        loaded = {rule.name: rule for group in one.groups for rule in group.rules if rule.name != HEARTBEAT}
        for group in shipped:
            for rule in group.rules:
                was, now = loaded[rule.name], rule.expression.text(speed.scale)
                assert _sorted(str(was.expression)) == _sorted(now), f"{one.facts.about}, {rule.name}: make corpus"
                assert (was.labels, _rest(was)) == (rule.labels, _rest(rule, speed)), f"{rule.name}: make corpus"


@pytest.mark.parametrize("wanted", ['renamed{job="kubemirror-controller-metrics"}', 'up{job="other"}', 'up{job!~".*"}'])
def test_what_it_does_not_hold_is_seen(wanted: str) -> None:
    """A metric, a value, a pattern that nothing fits."""
    (one,) = selectors_of(Expression.parse(wanted))
    assert not _holds(one)


def _sorted(text: str) -> str:
    """The expression with the matchers of each selector in one order: Prometheus tells them in its own."""
    return re.sub(r"\{(.*?)\}", lambda found: ", ".join(sorted(found[1].split(", "))), text)


def _rest(rule: Rule, speed: Speed = Speed(1)) -> tuple[object, ...]:  # noqa: B008 - frozen
    """What an alerting rule has beside its expression."""
    if isinstance(rule, RecordingRule):
        return ()
    return speed.scale(rule.hold), speed.scale(rule.keep_firing_for), rule.annotations


def test_it_has_every_scenario() -> None:
    """Silent and healthy ones too; those that need more than the embedded stack has are left out."""
    texts = [file.read_text() for file in sorted(SCENARIOS.glob("test_*.py"))]
    wanted = {name for text in texts for name in _SCENARIO.findall(text)}
    wanted -= {name for text in texts for name in _NEEDS_MORE.findall(text)}
    assert {one.facts.about.partition("::")[2].partition("[")[0] for one in corpus()} == wanted


def test_each_is_in_today_s_format() -> None:
    """One of an older is read, and does not have what this one has."""
    for one in corpus():
        assert json.loads((one.directory / "recording.json").read_text())["format"] == FORMAT, "make corpus"


def test_each_is_verified_and_lacks_nothing() -> None:
    """Neither markers nor an answer."""
    for one in corpus():
        assert (one.facts.verdict, one.facts.lost, one.facts.unread) == (Verdict.VERIFIED, (), {}), one.facts.about
        assert one.facts.clock_step_s == pytest.approx(0, abs=0.1)
        assert one.scraped.count > 1_000


def _fired(one: Recording, alert: str) -> list[float]:
    """When it began to fire, in the scenario's own time."""
    inject_s = one.facts.instants["inject"] or 0.0
    lines = one.facts.timelines[alert]
    changes = (change for line in lines for change in line.changes)
    return [change.at_s for change in changes if change.state is AlertState.FIRING and change.at_s > inject_s]


def test_an_alert_that_was_made_page_fires_in_it_while_a_witness_sees_why() -> None:
    """By the name of the scenario; in a window in which it may."""
    alerts = read_subject(DEFAULT_SUBJECT)[1].alerts
    pages = {}
    for one in (one for one in corpus() if "_page" in one.facts.about and "must_not" not in one.facts.about):
        for alert in (each.name for each in alerts if each.name in one.facts.about):
            (fired, *_), looks = _fired(one, alert), one.facts.witnesses[alert]
            assert any(look.holds and look.at_s < fired for look in looks), one.facts.about
            assert any(
                window.start_s < fired < window.end_s and window.allows(alert) for window in one.facts.fault_windows
            )
            assert {told.status for told in one.facts.deliveries if told.labels["alertname"] == alert} >= {"firing"}
            pages[alert] = one
    assert pages.keys() == {one.name for one in alerts}


def test_nothing_fires_in_a_scenario_that_is_silent() -> None:
    """From its own fault on; before it there may be what the one before left."""
    silent = [one for one in corpus() if "test_must_not_page" in one.facts.about]
    assert len(silent) > 5
    for one in silent:
        assert not [name for name in one.facts.timelines if _fired(one, name)], one.facts.about


def test_it_is_small_enough_to_be_committed() -> None:
    """A few megabytes in all."""
    assert sum(file.stat().st_size for file in CORPUS.rglob("*") if file.is_file()) < _MOST_MB * 1e6
