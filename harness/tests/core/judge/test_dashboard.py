"""A dashboard is there as its file has it, and a panel with nothing to show is told from one that is broken."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.contract.model import (
    Contract,
    MetricPromise,
    MetricType,
    PanelPromise,
    RecordedKind,
    RecordingPromise,
    RoutePromise,
)
from harness.core.dashboard.panels import Dashboard, Panel, PanelQuery
from harness.core.duration import PromDuration
from harness.core.judge import (
    Clause,
    Judgement,
    PanelCase,
    QueryFact,
    SelectorFact,
    judge_dashboard,
    judge_panel,
    paired,
    promised_series,
)
from harness.core.verdict import Verdict

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED


def query(expr: str = "depth", *, ref: str = "A", source: str = "prom", kind: str = "prometheus") -> PanelQuery:
    """One query of a Prometheus."""
    return PanelQuery(ref=ref, expr=expr, source=source, source_kind=kind, instant=False)


def panel(title: str, *queries: PanelQuery) -> Panel:
    """A panel with these queries."""
    return Panel(title=title, kind="stat", queries=queries)


DASHBOARD = Dashboard(uid="u", title="T", panels=(panel("One", query()), panel("Two", query("b"))))
PROMISE = PanelPromise(title="One", shows="the depth", reads=("depth",))
TARGET = {"namespace": "n", "job": "j"}


def case(*facts: QueryFact, promise: PanelPromise | None = PROMISE) -> PanelCase:
    """A panel that Grafana holds as its file has it, with these facts of its queries."""
    one = panel("One", *(fact.query for fact in facts))
    return PanelCase(
        file=one, held=one, promise=promise, facts=facts, promised=frozenset({"depth", "up"}), target=TARGET
    )


def outcomes(judged: Judgement) -> dict[Clause, Verdict]:
    """By clause."""
    return {finding.clause: finding.outcome for finding in judged.findings}


def test_a_dashboard_as_in_its_file_is_verified() -> None:
    """With the documented panels in it."""
    judged = judge_dashboard(DASHBOARD, DASHBOARD, ("Two",))
    assert (judged.name, judged.verdict, judged.cause) == ("dashboard", V, "")
    assert judged.findings[1].expected == "the file's 2 panels, all documented ones among them"
    assert judge_dashboard(DASHBOARD, DASHBOARD, ()).findings[1].expected == "the file's 2 panels"


def test_a_dashboard_that_is_missing_is_violated_once() -> None:
    """Its panels are not looked at."""
    judged = judge_dashboard(DASHBOARD, None, ())
    assert outcomes(judged) == {Clause.LOADED: X, Clause.PANELS: S}
    assert judged.verdict is X
    assert judged.findings[0].expected == "'T' with uid u"
    assert judge_dashboard(replace(DASHBOARD, uid=""), None, ()).findings[0].expected == "'T'"


@pytest.mark.parametrize(
    ("titles", "documented", "words"),
    [
        (["One"], (), "not in Grafana: Two"),
        (["One", "Two", "Two"], (), "not in the file: Two"),
        (["One", "Three"], (), "not in Grafana: Two; not in the file: Three"),
        (["One", "Two"], ("One", "Four"), "documented and not in the file: Four"),
    ],
    ids=["missing", "twice", "another title", "undocumented"],
)
def test_panels_that_differ_are_named(titles: list[str], documented: Sequence[str], words: str) -> None:
    """As many, with the same titles, and none that is only documented."""
    held = replace(DASHBOARD, panels=tuple(map(panel, titles)))
    judged = judge_dashboard(DASHBOARD, held, documented)
    assert (judged.verdict, judged.cause) == (X, f"panels: {words}")


def test_another_title_is_another_dashboard() -> None:
    """Somebody else's with the same uid."""
    judged = judge_dashboard(DASHBOARD, replace(DASHBOARD, title="Other"), ())
    assert (judged.verdict, judged.cause) == (X, "loaded: 'Other' with uid u")


def test_panels_are_paired_by_title_and_order() -> None:
    """Two of one title are two."""
    first, second, third = panel("A", query("a")), panel("A", query("b")), panel("B")
    file = replace(DASHBOARD, panels=(first, second, third))
    assert list(paired(file, replace(file, panels=(first, second)))) == [
        (first, first),
        (second, second),
        (third, None),
    ]


def test_a_panel_that_shows_what_it_promises_is_verified() -> None:
    """Every clause of it."""
    judged = judge_panel(case(QueryFact(query=query(), series=2), QueryFact(query=query("up", ref="B"), series=1)))
    assert outcomes(judged) == dict.fromkeys(
        (Clause.LOADED, Clause.READS, Clause.UNDERSTOOD, Clause.ANSWERED, Clause.SHOWS), V
    )
    assert (judged.name, judged.verdict, judged.promise) == ("panel One", V, "The panel One shows the depth")
    assert judged.findings[-1].actual == "3 series"


def test_a_panel_without_queries_only_has_to_be_there() -> None:
    """Text, documented or not."""
    judged = judge_panel(replace(case(), promise=None, file=panel(""), held=panel("")))
    assert (judged.name, outcomes(judged)) == ("panel (stat without a title)", {Clause.LOADED: V})


def test_a_panel_that_is_missing_is_violated() -> None:
    """Whatever else there is."""
    judged = judge_panel(replace(case(QueryFact(query=query())), held=None, facts=()))
    assert (judged.verdict, judged.cause) == (X, "loaded: Grafana's dashboard has no such panel")


@pytest.mark.parametrize(("there", "words"), [((query("a"),), "a"), ((), "none")], ids=["others", "none"])
def test_other_queries_than_the_files_are_violated(there: tuple[PanelQuery, ...], words: str) -> None:
    """Grafana shows another version."""
    facts = tuple(QueryFact(query=one, series=1) for one in there)
    judged = judge_panel(replace(case(QueryFact(query=query())), held=panel("One", *there), facts=facts, promise=None))
    assert (judged.verdict, judged.cause) == (X, f"loaded: other queries: {words}")


@pytest.mark.parametrize(
    ("expr", "verdict"),
    [
        ("rate(depth[$__rate_interval])", V),
        ("histogram_quantile(0.9, depth_bucket)", V),
        ("depths", X),
        ("a:depth:b", X),
        ("depth:max", X),
    ],
)
def test_what_is_documented_is_read(expr: str, verdict: Verdict) -> None:
    """By its whole name; a histogram by one of its three."""
    judged = judge_panel(case(QueryFact(query=query(expr), series=1)))
    assert outcomes(judged)[Clause.READS] is verdict
    assert judged.verdict is verdict


def test_a_variable_that_does_not_exist_is_violated() -> None:
    """Only the page's own values are not known; the query is not asked."""
    typo = replace(query(), not_understood=("typo", "v"), undefined=("typo",))
    judged = judge_panel(case(QueryFact(query=typo)))
    assert judged.cause == "understood: A: the dashboard has no variable typo"
    assert outcomes(judged) == {
        Clause.LOADED: V,
        Clause.READS: V,
        Clause.UNDERSTOOD: X,
        Clause.ANSWERED: S,
        Clause.SHOWS: S,
    }


def test_a_variable_whose_value_only_a_page_knows_is_unknown() -> None:
    """Nobody asks what a page would ask; the other queries are judged all the same."""
    facts = QueryFact(query=replace(query(), not_understood=("v",))), QueryFact(query=query(ref="B"), series=1)
    judged = judge_panel(case(*facts))
    assert (judged.verdict, judged.cause) == (U, "understood: A: only a page knows the value of v")
    assert outcomes(judged)[Clause.SHOWS] is V


@pytest.mark.parametrize(
    ("fact", "verdict", "words"),
    [
        (QueryFact(query=query(), error="parse error", refusal="status 400"), X, "A: parse error (Prometheus itself"),
        (QueryFact(query=query(), error="connection refused"), U, "A: connection refused (Prometheus itself does not"),
        (QueryFact(query=query(source="gone", kind="")), X, "A: Grafana has no data source gone"),
        (QueryFact(query=query(source="-- Grafana --", kind="")), U, "A: Grafana has no data source -- Grafana --"),
        (QueryFact(query=query(source="", kind="")), U, "A: Grafana has no data source by default"),
        (
            QueryFact(query=replace(query(source="$ds", kind=""), not_understood=("ds",))),
            U,
            "A: Grafana has no data source $ds",
        ),
    ],
    ids=["refused", "the way", "no source", "built in", "no default", "unknown source"],
)
def test_an_error_is_violated_if_the_query_is_to_blame(fact: QueryFact, verdict: Verdict, words: str) -> None:
    """Grafana's way to Prometheus is the place's."""
    judged = judge_panel(case(fact))
    (answered,) = (finding for finding in judged.findings if finding.clause is Clause.ANSWERED)
    assert (answered.outcome, judged.verdict) == (verdict, verdict)
    assert answered.actual.startswith(words)
    assert outcomes(judged)[Clause.SHOWS] is S


def selector(text: str, killer: str | None = None, *seen: str, matched: int = 0) -> SelectorFact:
    """What one selector matched."""
    return SelectorFact(selector=text, matched=matched, killer=killer, seen=seen)


@pytest.mark.parametrize(
    ("fact", "verdict", "words"),
    [
        ({"absent": ("depth",)}, X, "Prometheus has no series of depth"),
        ({"absent": ("other",)}, U, "Prometheus has no series of other, which others export"),
        (
            {"selectors": (selector('depth{job="x"}', 'job="x"', "j"),)},
            X,
            'depth{job="x"} matches nothing because of job="x"; there job is j',
        ),
        ({"selectors": (selector('depth{result="error"}', 'result="error"', "ok"),)}, U, "there result is ok"),
        ({"selectors": (selector('other{job="x"}', 'job="x"'),)}, U, "there job is none"),
        ({"selectors": (selector("depth", matched=3),)}, U, "none meets its conditions"),
        ({"selectors": (selector('depth{a="b",c="d"}'),)}, U, "nothing tells why"),
        ({}, U, "nothing tells why"),
        ({"itself": 2}, U, "Prometheus itself gives 2 series for it"),
        ({"itself": 1, "absent": ("depth",)}, X, "Prometheus has no series of depth"),
        (
            {"selectors": (selector('depth{path=~"a{2}",job="x"}', 'job="x"', "j"),)},
            X,
            'depth{path=~"a{2}",job="x"} matches nothing because of job="x"; there job is j',
        ),
        (
            {"selectors": (selector('depth{"my.label"!~"x"}', '"my.label"!~"x"', "x"),)},
            U,
            'because of "my.label"!~"x"; there my.label is x',
        ),
        ({"refusal": "status 400"}, U, "refuses it: status 400"),
    ],
    ids=[
        "promised name absent",
        "foreign name absent",
        "another target",
        "another result",
        "foreign target",
        "condition",
        "no single matcher",
        "unreadable",
        "another source",
        "another source, and something else in its place",
        "braces in a value",
        "a label in quotes",
        "only Prometheus refuses",
    ],
)
def test_nothing_to_show_is_violated_only_for_what_the_contract_promises(
    fact: dict[str, object], verdict: Verdict, words: str
) -> None:
    """What others export, or only a fault would bring, may be missing on a healthy system."""
    silent = QueryFact(query=query(), **fact)  # type: ignore[arg-type]  # by name
    judged = judge_panel(case(silent, QueryFact(query=query(ref="B"), series=4)))
    assert judged.verdict is verdict
    assert judged.cause.startswith("shows: A: nothing")
    assert words in judged.cause


@pytest.mark.parametrize(
    ("fact", "verdict"),
    [
        ({"absent": ("depth",)}, X),
        ({"selectors": (selector('up{job="x"}', 'job="x"', "j"),)}, X),
        ({"absent": ("other",)}, V),
        ({"selectors": (selector('other{job="x"}', 'job="x"'), selector("depth", matched=3))}, V),
        ({"selectors": (selector('depth{result="error"}', 'result="error"', "ok"),)}, V),
    ],
    ids=["promised name absent", "another target", "foreign name absent", "one of two", "another result"],
)
def test_a_number_is_no_proof_where_promised_series_are_missing(fact: dict[str, object], verdict: Verdict) -> None:
    """`or` shows something else in their place; of what others export either may be missing."""
    shown = QueryFact(query=query(), series=1, **fact)  # type: ignore[arg-type]  # by name
    judged = judge_panel(case(shown))
    assert judged.verdict is verdict
    assert judged.cause.startswith("shows: A: a number, but " if verdict is X else "")


def test_a_documented_panel_without_queries_is_violated() -> None:
    """Somebody has removed or hidden all of them: it reads nothing, in the file and in Grafana."""
    judged = judge_panel(case())
    assert (judged.verdict, judged.cause) == (X, "reads: not read: depth")


def test_where_the_controller_is_not_scraped_nothing_is_blamed_on_the_panel() -> None:
    """Its series cannot be there."""
    judged = judge_panel(replace(case(QueryFact(query=query(), absent=("depth",))), target=None))
    assert (judged.verdict, judged.cause) == (U, "shows: A: nothing, and the controller is not scraped")


def test_the_worst_query_counts() -> None:
    """All of the worst are told, and no others."""
    facts = [QueryFact(query=query(ref=ref), absent=("depth",) if ref != "B" else ()) for ref in "ABC"]
    judged = judge_panel(case(*facts))
    assert judged.verdict is X
    assert judged.findings[-1].actual.count("has no series of depth") == 2
    assert "B:" not in judged.findings[-1].actual


def test_promised_series_are_those_of_metrics_and_recording_rules() -> None:
    """A histogram's under each of its names; `up` is Prometheus's own promise."""
    contract = Contract(
        source="c",
        scrape_interval=PromDuration(1_000),
        evaluation_interval=PromDuration(1_000),
        alerts=(),
        recording_rules=(
            RecordingPromise(
                name="r:max",
                meaning="m",
                kind=RecordedKind.MAX,
                metric="g",
                quantile=None,
                window=None,
                by=(),
                tolerance_ratio=0,
            ),
        ),
        metrics=(
            MetricPromise(name="g", type=MetricType.GAUGE, labels=()),
            MetricPromise(name="h", type=MetricType.HISTOGRAM, labels=()),
        ),
        panels=(),
        route=RoutePromise(matchers={}, receiver="r", continues=False),
    )
    assert promised_series(contract) == {"up", "g", "h", "h_bucket", "h_sum", "h_count", "r:max"}
