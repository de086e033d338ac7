"""What a Prometheus forgets between two values cannot be judged on it."""

import pytest

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.rules.file import parse_rules
from harness.core.rules.visibility import unseen

_MEMORY = "container_memory_working_set_bytes / limit > 0.9"


def rules(*pairs: tuple[str, str], interval: str = "") -> str:
    """A group of alerts, and of records where the name has a colon."""
    lines = [f"  - {{{'record' if ':' in name else 'alert'}: '{name}', expr: '{expr}'}}" for name, expr in pairs]
    return "\n".join(["groups:", "- name: g", *([f"  interval: {interval}"] if interval else []), "  rules:", *lines])


def hidden(text: str, lookback: str, *, controller: str = "1s", cadvisor: str = "20s") -> dict[str, str]:
    """The alerts that are not seen with this lookback."""
    renewed = {Exporter.CONTROLLER: PromDuration.parse(controller), Exporter.CADVISOR: PromDuration.parse(cadvisor)}
    return dict(
        unseen(
            parse_rules(text, "r").groups,
            lookback=PromDuration.parse(lookback),
            renewed=renewed,
            evaluation=PromDuration(1_000),
        )
    )


@pytest.mark.parametrize(("lookback", "seen"), [("10s", False), ("39s", False), ("40s", True), ("5m", True)])
def test_a_value_that_comes_less_than_twice_in_a_lookback_is_not_seen(lookback: str, *, seen: bool) -> None:
    """The planted case: 10 s, and figures that are renewed every 11 to 20 s."""
    found = hidden(rules(("Memory", _MEMORY), ("Depth", "depth > 1")), lookback)
    assert list(found) == ([] if seen else ["Memory"])


def test_the_reason_has_both_times_the_metric_and_what_would_do() -> None:
    """For somebody who looks at the flags of that Prometheus."""
    assert hidden(rules(("Memory", _MEMORY)), "10s")["Memory"] == (
        "container_memory_working_set_bytes has a new value every 20s at the longest (cAdvisor renews a container's"
        " figures every 20 s), and this Prometheus forgets a value after 10s (--query.lookback-delta), so that the"
        " series may be gone between two: it takes a lookback of 40s"
    )


@pytest.mark.parametrize(
    ("expr", "seen"),
    [
        pytest.param("max_over_time(container_x[5m]) > 1", True, id="a window finds what is in it"),
        pytest.param("rate(container_x[5m]) / container_y > 1", False, id="beside a window"),
        pytest.param("max_over_time(container_x[5m:1s]) > 1", False, id="each step of a subquery looks back"),
        pytest.param("absent(container_x)", False, id="absent"),
        pytest.param('{__name__=~"container_.*"} > 1', False, id="by a regex of the name"),
        pytest.param("depth > 1 and on () vector(1)", True, id="another source"),
        pytest.param("container_x offset 1m > 1", False, id="offset"),
    ],
)
def test_only_what_an_instant_selector_reads_is_forgotten(expr: str, *, seen: bool) -> None:
    """Each place that reads figures by itself."""
    assert bool(hidden(rules(("A", expr)), "10s")) is not seen


def test_the_controllers_own_page_is_no_exception() -> None:
    """Scraped every 30 s, nothing of it is there at each evaluation with a lookback of 10 s; nor is `up`."""
    assert set(hidden(rules(("Down", "up == 0"), ("Rate", "rate(x[5m]) > 1")), "10s", controller="30s")) == {"Down"}


def test_a_recorded_series_has_its_groups_times() -> None:
    """However it is computed; and what it is computed from must be seen as well."""
    pairs = (("a:b", "rate(container_x[5m])"), ("A", "a:b > 1"))
    assert hidden(rules(*pairs), "10s") == {}
    assert set(hidden(rules(*pairs, interval="6s"), "10s")) == {"A"}
    assert set(hidden(rules(("a:b", "container_x"), ("A", "a:b > 1")), "10s")) == {"A"}


def test_a_source_whose_times_are_not_known_is_not_judged() -> None:
    """As everybody else's figures."""
    text = rules(("Memory", _MEMORY))
    assert unseen(parse_rules(text, "r").groups, lookback=PromDuration(1), renewed={}, evaluation=PromDuration(0)) == {}
