"""A dashboard's variables take the values that a page would give them, and what is left over is told."""

from typing import Any

import pytest

from harness.core.dashboard.file import DashboardModel, DataSource, read_dashboard
from harness.core.dashboard.panels import Dashboard
from harness.core.errors import MisuseError

_SOURCES = tuple(
    DataSource.model_validate({"uid": uid, "type": kind, "isDefault": default, "name": f"The {uid}"})
    for uid, kind, default in (("loki", "loki", False), ("first", "prometheus", False), ("main", "prometheus", True))
)


def read(panels: list[dict[str, Any]], variables: list[dict[str, Any]] | None = None) -> Dashboard:
    """A dashboard with these panels and variables."""
    shape = {"uid": "u", "title": "T", "panels": panels, "templating": {"list": variables or []}}
    return DashboardModel.model_validate(shape).filled_in(_SOURCES)


def asked(expr: str, *variables: dict[str, Any], **target: object) -> tuple[str, str, tuple[str, ...]]:
    """Expression, data source and what was not understood, of one query."""
    panel = {"type": "stat", "targets": [{"refId": "A", "expr": expr, **target}]}
    (query,) = read([panel], list(variables)).panels[0].queries
    return query.expr, query.source, query.not_understood


def test_panels_of_rows_are_panels() -> None:
    """Folded or not; a row is none."""
    row = {"type": "row", "title": "R", "panels": [{"type": "stat", "title": "in"}]}
    made = read([{"type": "row", "title": "open"}, {"type": "text", "title": "out"}, row])
    assert [(one.title, one.kind, one.queries) for one in made.panels] == [("out", "text", ()), ("in", "stat", ())]


def test_queries_that_a_page_would_not_ask_are_left_out() -> None:
    """Hidden ones, and those without an expression; the others say whether they are of an instant."""
    targets = [
        {"refId": "A", "expr": "a", "instant": True},
        {"refId": "B", "expr": "b", "hide": True},
        {"refId": "C", "expr": ""},
        {"refId": "D", "expr": "d"},
    ]
    (panel,) = read([{"type": "stat", "targets": targets}]).panels
    assert [(one.ref, one.instant) for one in panel.queries] == [("A", True), ("D", False)]


def test_a_query_without_a_letter_gets_the_next_one() -> None:
    """As on a page, so that two of them are two; hidden ones have theirs as well."""
    targets = [{"expr": "a"}, {"expr": "b", "refId": "A", "hide": True}, {"expr": "c"}, {"expr": "d", "refId": "B"}]
    (panel,) = read([{"type": "stat", "targets": targets}]).panels
    assert [(one.ref, one.expr) for one in panel.queries] == [("C", "a"), ("D", "c"), ("B", "d")]
    many = read([{"type": "stat", "targets": [{"expr": "a"}] * 27}]).panels[0].queries
    assert [many[0].ref, many[25].ref, many[26].ref] == ["A", "Z", "AA"]


@pytest.mark.parametrize("expr", ["up{a='$v'}", "up{a='${v}'}", "up{a='${v:regex}'}", "up{a='[[v]]'}"])
def test_every_way_of_writing_a_variable_is_known(expr: str) -> None:
    """Short, long, with a format, and the old one."""
    variable = {"name": "v", "type": "custom", "current": {"value": "x"}}
    assert asked(expr, variable) == ("up{a='x'}", "main", ())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ({"type": "query", "current": {"value": "x"}}, "x"),
        ({"type": "query", "current": {"value": ["x", "y"]}}, "(x|y)"),
        ({"type": "query", "current": {"value": "x"}, "refresh": 0}, "x"),
        ({"type": "query", "current": {"value": "$__all"}, "allValue": ".+", "refresh": 1}, ".+"),
        ({"type": "custom", "current": {"value": "$__all"}, "allValue": ".+"}, ".+"),
        ({"type": "custom", "current": {"value": ["$__all"]}, "allValue": ".+"}, ".+"),
        ({"type": "constant", "query": "c", "current": {}}, "c"),
        ({"type": "textbox", "query": "t", "current": {"value": "own"}}, "own"),
        ({"type": "datasource", "query": "loki", "current": {}}, "loki"),
    ],
    ids=[
        *("one", "several", "never asked anew", "all, asked anew", "all", "all of several"),
        *("constant", "typed in", "data source"),
    ],
)
def test_values_are_those_of_the_page(variable: dict[str, Any], value: str) -> None:
    """Several are alternatives of a regular expression."""
    assert asked("$v", {"name": "v", **variable}) == (value, "main", ())


@pytest.mark.parametrize(
    "variable",
    [
        {"type": "query", "query": "label_values(up, job)", "current": {}},
        {"type": "query", "current": {"value": "$__all"}},
        {"type": "query", "current": {"value": "x"}, "refresh": 1},
        {"type": "query", "current": {"value": ["x", "y"]}, "refresh": 2},
        {"type": "interval", "current": {"value": "$__auto_interval_v"}},
        {"type": "custom", "current": {"value": ["x", "$other"]}},
        {"type": "adhoc", "current": {"value": "x"}},
        {"type": "datasource", "query": "tempo"},
    ],
    ids=[
        *("nothing chosen", "all of what a query gives", "asked anew at the opening", "and when the time changes"),
        *("automatic interval", "of another variable", "filters", "no such source"),
    ],
)
def test_what_only_a_page_can_tell_is_told(variable: dict[str, Any]) -> None:
    """And stays in the expression, so that the query fails rather than answer something else."""
    assert asked("$v + $v + ${w}", {"name": "v", **variable}) == ("$v + $v + ${w}", "main", ("v", "w"))


def test_what_grafana_replaces_itself_is_left_to_it() -> None:
    """Intervals and ranges are the server's."""
    expr = "rate(a[$__rate_interval]) + rate(b[${__interval}])"
    assert asked(expr) == (expr, "main", ())


@pytest.mark.parametrize(
    ("written", "uid"),
    [
        ({"type": "prometheus", "uid": "first"}, "first"),
        ({"type": "prometheus", "uid": "${ds}"}, "main"),
        ("first", "first"),
        ("The first", "first"),
        (None, "main"),
    ],
    ids=["uid", "variable", "old way", "by name", "default"],
)
def test_a_query_names_its_data_source(written: object, uid: str) -> None:
    """By uid, by variable, by name alone, or not at all."""
    variable = {"name": "ds", "type": "datasource", "query": "prometheus", "current": {}}
    assert asked("up", variable, datasource=written)[1] == uid


def test_a_query_without_one_takes_its_panels() -> None:
    """Before the default."""
    panel = {"type": "stat", "datasource": {"uid": "first"}, "targets": [{"expr": "up"}]}
    assert read([panel]).panels[0].queries[0].source == "first"


def test_a_chosen_data_source_comes_before_the_default() -> None:
    """Where it is there; where it is gone the page falls back."""
    for chosen, uid in (("first", "first"), ("gone", "main")):
        variable = {"name": "ds", "type": "datasource", "query": "prometheus", "current": {"value": chosen}}
        assert asked("up", variable, datasource={"uid": "$ds"})[1] == uid


def test_a_variable_that_the_dashboard_does_not_have_is_told_apart() -> None:
    """No page can give it a value; what is the page's own is none of the dashboard's."""
    variable = {"name": "v", "type": "query", "current": {}}
    panel = {"type": "stat", "targets": [{"expr": "up{a='$v', b='$typo', c='$__from'}"}]}
    (query,) = read([panel], [variable]).panels[0].queries
    assert (query.not_understood, query.undefined) == (("v", "typo", "__from"), ("typo",))


@pytest.mark.parametrize(
    "expr",
    [
        'label_replace(up, "a", "$1", "b", "(.*)")',
        'label_replace(up, "a", "${name}", "b", "(?P<name>.*)")',
    ],
    ids=["by number", "by name"],
)
def test_groups_of_a_regular_expression_are_no_variables(expr: str) -> None:
    """Grafana leaves them to Prometheus."""
    assert asked(expr) == (expr, "main", ())


def test_a_data_source_that_is_not_there_has_no_kind() -> None:
    """And keeps the name that the dashboard gives it."""
    panels = [{"type": "stat", "targets": [{"expr": "up", "datasource": {"uid": uid}}]} for uid in ("gone", "loki")]
    found = [panel.queries[0] for panel in read(panels).panels]
    assert [(one.source, one.source_kind) for one in found] == [("gone", ""), ("loki", "loki")]


def test_a_file_that_leaves_its_uid_to_grafana_has_none() -> None:
    """Grafana's own export has null there when it is to be shared."""
    assert read_dashboard('{"title": "T", "uid": null}', "f.json").filled_in(()).uid == ""


@pytest.mark.parametrize(("text", "why"), [("{", "it: Invalid JSON"), ('{"uid": "u"}', "title: Field required")])
def test_a_file_that_is_no_dashboard_is_told_with_its_name(text: str, why: str) -> None:
    """And where it is wrong."""
    with pytest.raises(MisuseError, match=r"f\.json is no dashboard") as caught:
        read_dashboard(text, "f.json")
    assert why in caught.value.why
