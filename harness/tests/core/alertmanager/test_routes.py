"""The tree of routes: what each route says, and what it has from above."""

from dataclasses import replace

import pytest

from harness.core.alertmanager.routes import ALL_LABELS, RouteTreeError, loaded_routes, route_to, stated_settings

_CONFIG = """
route:
  receiver: "null"
  group_by: [namespace]
  group_wait: 30s
  group_interval: 5s
  continue: false
  routes:
    - receiver: kubemirror-system/kubemirror/kubemirror-team
      group_by: [severity, alertname]
      group_wait: 500ms
      repeat_interval: 4m
      continue: true
      routes:
        - {receiver: inner, group_interval: 1s, group_by: ['...']}
        - {group_by: []}
    - receiver: "null"
receivers:
  - name: "null"
  - name: kubemirror-system/kubemirror/kubemirror-team
    webhook_configs: [{url: <secret>}, {url: <secret>}]
    slack_configs: [{}]
"""


@pytest.mark.parametrize(
    ("receiver", "wait_s", "interval_s", "repeat_s"),
    [("kubemirror-team", 0.5, 5, 240), ("inner", 0.5, 1, 240), ("null", 30, 5, 14_400)],
)
def test_what_a_route_does_not_say_comes_from_above(
    receiver: str, wait_s: float, interval_s: float, repeat_s: float
) -> None:
    """Each timer is inherited by itself; Alertmanager's own default stands above the root."""
    route = route_to(loaded_routes(_CONFIG), receiver)
    timers = (route.group_wait.seconds, route.group_interval.seconds, route.repeat_interval.seconds)
    assert timers == (wait_s, interval_s, repeat_s)


def test_alertmanagers_defaults_hold_where_nothing_is_said() -> None:
    """30 s, 5 min, 4 h, and one group for all alerts."""
    (route,) = loaded_routes("route: {receiver: a}")
    assert (route.group_wait.seconds, route.group_interval.seconds, route.repeat_interval.seconds) == (30, 300, 14_400)
    assert (route.group_by, route.continues, route.integrations) == ((), False, 0)


def test_routes_stand_in_the_order_in_which_alerts_come_to_them() -> None:
    """Depth first: positions compare as alerts are offered, and a route without receiver has its parent's."""
    routes = loaded_routes(_CONFIG)
    assert [(route.position, route.short_receiver) for route in routes] == [
        ((), "null"),
        ((0,), "kubemirror-team"),
        ((0, 0), "inner"),
        ((0, 1), "kubemirror-team"),
        ((1,), "null"),
    ]
    assert [route.continues for route in routes] == [False, True, False, False, False]


def test_the_times_of_a_route_are_its_own() -> None:
    """They are told in one order, and no route has them from above."""
    above, below = loaded_routes(
        "route: {receiver: a, mute_time_intervals: [n, m], active_time_intervals: [o], routes: [{receiver: a}]}"
    )
    assert str(above).endswith("again after 4h, but not in m, n, only in o")
    assert (below.muted_in, below.active_in) == ((), ())


def test_every_destination_of_a_receiver_counts() -> None:
    """Each is told on its own; a receiver without any tells nobody."""
    assert [route.integrations for route in loaded_routes(_CONFIG)] == [0, 3, 0, 3, 0]


def test_the_labels_of_a_group_are_those_the_route_names() -> None:
    """Those an alert does not have are left out; `...` takes all; none makes one group of everything."""
    team, inner, all_in_one = loaded_routes(_CONFIG)[1:4]
    labels = {"alertname": "A", "controller": "secret"}
    assert (team.group_by, team.grouped_by(labels)) == (("alertname", "severity"), {"alertname": "A"})
    assert (inner.group_by, inner.grouped_by(labels)) == (ALL_LABELS, labels)
    assert (all_in_one.group_by, all_in_one.grouped_by(labels)) == ((), {})


def test_a_receiver_is_found_by_either_name() -> None:
    """The operator's long one, or the last element."""
    routes = loaded_routes(_CONFIG)
    short, long = (route_to(routes, name) for name in ("kubemirror-team", routes[1].receiver))
    assert short == long == replace(routes[1])


def test_a_receiver_without_a_route_is_named() -> None:
    """The message tells which routes there are."""
    with pytest.raises(RouteTreeError, match="no route leads to team-b") as caught:
        route_to(loaded_routes(_CONFIG), "team-b")
    assert "kubemirror-system/kubemirror/kubemirror-team" in caught.value.why


@pytest.mark.parametrize("text", ["[", "receivers: []", "route: {receiver: a, group_by: 3}"])
def test_no_configuration_is_no_tree(text: str) -> None:
    """What cannot be read is could-not-tell, never a default."""
    with pytest.raises(RouteTreeError, match="cannot be read"):
        loaded_routes(text)


def test_a_route_in_a_line_tells_all_that_decides() -> None:
    """Whom it takes, whom it tells, how they are grouped, and when."""
    first, second = loaded_routes(
        """
route:
  receiver: team
  routes: [{matchers: ['a = b'], group_by: [job], group_wait: 5s, group_interval: 1m, repeat_interval: 1h,
            continue: true}]
receivers: [{name: team, webhook_configs: [{url: x}]}]
"""
    )
    assert str(first) == "root: {} to 1 of team, grouped by nothing, wait 30s, then every 5m, again after 4h"
    assert str(second) == '0: {a="b"} to 1 of team, grouped by job, wait 5s, then every 1m, again after 1h, and goes on'


@pytest.mark.parametrize(
    "change",
    [
        *("match: {a: c}", "matchers: ['a!=b']", "group_wait: 6s", "continue: true", "group_by: [x]"),
        *("receiver: nobody", "mute_time_intervals: [nights]", "active_time_intervals: [nights]"),
    ],
)
def test_routes_that_do_something_else_have_another_line(change: str) -> None:
    """Each part of it counts."""
    base = "route: {receiver: team, routes: [{%s}]}\nreceivers: [{name: team, webhook_configs: [{url: x}]}]"
    assert str(loaded_routes(base % change)[1]) != str(loaded_routes(base % "receiver: team")[1])


def test_hours_without_telling_are_told_in_words() -> None:
    """Of the route itself: they are not inherited. At any time is nothing to tell."""
    night = "matchers: ['a=\"b\"'], mute_time_intervals: [night], active_time_intervals: [work]"
    config = f"route: {{receiver: team, routes: [{{{night}}}]}}\nreceivers: [{{name: team}}]"
    root, muted = loaded_routes(config)
    assert root.hours == ""
    told = "not in the time intervals night and only in the time intervals work"
    assert muted.hours == f"the route tells team {told}"


def test_only_settings_with_a_value_are_stated() -> None:
    """Alertmanager writes out what it has, empty ones among them."""
    config = "global: {slack_api_url: <secret>, smtp_from: '', resolve_timeout: 5m}\nroute: {receiver: team}"
    assert stated_settings(config) == {"slack_api_url", "resolve_timeout"}
    assert stated_settings("route: {receiver: team}") == frozenset()
