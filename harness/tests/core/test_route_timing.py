"""Route timing: the timers in force for a receiver."""

import pytest

from harness.core.route_timing import RouteTimingError, route_timing

_CONFIG = """
route:
  receiver: "null"
  group_wait: 30s
  group_interval: 5s
  routes:
    - receiver: kubemirror-system/kubemirror/kubemirror-team
      group_wait: 500ms
      routes: [{receiver: inner, group_interval: 1s}]
"""


@pytest.mark.parametrize(
    ("receiver", "wait_s", "interval_s"), [("kubemirror-team", 0.5, 5), ("inner", 0.5, 1), ("null", 30, 5)]
)
def test_what_a_route_does_not_say_comes_from_above(receiver: str, wait_s: float, interval_s: float) -> None:
    """Each timer is inherited by itself."""
    timing = route_timing(_CONFIG, receiver)
    assert (timing.group_wait.seconds, timing.group_interval.seconds) == (wait_s, interval_s)


def test_alertmanagers_defaults_hold_where_nothing_is_said() -> None:
    """30 s and 5 min."""
    timing = route_timing("route: {receiver: a}", "a")
    assert (timing.group_wait.seconds, timing.group_interval.seconds) == (30, 300)


def test_a_receiver_without_a_route_is_named() -> None:
    """The message tells which routes there are."""
    with pytest.raises(RouteTimingError, match="no route leads to team-b") as caught:
        route_timing(_CONFIG, "team-b")
    assert "kubemirror-system/kubemirror/kubemirror-team" in caught.value.why


@pytest.mark.parametrize("text", ["[", "receivers: []"])
def test_no_configuration_is_no_timing(text: str) -> None:
    """What cannot be read is could-not-tell, never a default."""
    with pytest.raises(RouteTimingError, match="cannot be read"):
        route_timing(text, "a")
