"""The rhythm of each kind of stack is known before it is there."""

from pathlib import Path

import pytest

from harness.core.contract.quantity import Exporter, Quantity
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.rules.file import parse_rules
from harness.core.rules.speed import Speed, check_speed, honest_speeds
from harness.home import DEFAULT_SUBJECT
from harness.stacks.scrape_profile import EMBEDDED, EXISTING, KIND, StackTraits, traits_of
from harness.subject_reader import read_subject
from harness.tests.scenario import fakes

_MINUTE = PromDuration(30_000)


@pytest.mark.parametrize("traits", [EMBEDDED, KIND, EXISTING], ids=lambda one: one.name)
def test_each_kind_is_found_by_its_name(traits: StackTraits) -> None:
    """As the command line gives it; its rhythm has its own limits."""
    assert traits_of(traits.name) is traits
    profile = traits.profile(scrape_interval=_MINUTE, evaluation_interval=_MINUTE)
    assert (profile.floor, profile.refresh) == (traits.floor, traits.refresh)


def test_there_is_no_other_kind() -> None:
    """And it is said which there are."""
    with pytest.raises(MisuseError) as caught:
        traits_of("minikube")
    assert caught.value.why == "there are embedded, kind, existing"


@pytest.mark.parametrize(
    ("traits", "limited"),
    [
        (EMBEDDED, {}),
        (KIND, {"KubeMirrorMemoryHigh": Speed(7), "KubeMirrorCPUThrottling": Speed(3)}),
        # its lookback stays real, so that the `for` of the first is what limits it
        (EXISTING, {"KubeMirrorMemoryHigh": Speed(13), "KubeMirrorCPUThrottling": Speed(3)}),
    ],
    ids=lambda one: one.name if isinstance(one, StackTraits) else "",
)
def test_the_default_subject_runs_at_the_default_speed(traits: StackTraits, limited: dict[str, Speed]) -> None:
    """Of its alerts only those about containers are slower, and only where a kubelet tells of them."""
    subject, contract = read_subject(DEFAULT_SUBJECT)
    groups = parse_rules(Path(subject.files.rules).read_text(encoding="utf-8"), "rules").groups
    profile = traits.profile(scrape_interval=contract.scrape_interval, evaluation_interval=contract.evaluation_interval)
    check_speed(groups, profile, traits.default_speed)
    assert honest_speeds(groups, profile) == limited


def test_what_is_known_of_a_kind_is_told_of_a_stack() -> None:
    """In seconds, and by the documented quantity."""
    assert KIND.refresh_s == {Exporter.CADVISOR: 20}
    facts = fakes.facts(Speed(30), refresh_s=KIND.refresh_s)
    assert [facts.refresh_of(one) for one in (Quantity.MEMORY_USE, Quantity.QUEUE_DEPTH)] == [20, 0]
    assert fakes.facts(Speed(60)).refresh_of(Quantity.MEMORY_USE) == 0


_ALERTS = """
groups:
- name: g
  rules: [{alert: Memory, expr: container_memory_working_set_bytes > 1, for: 5m}, {alert: Depth, expr: depth > 1}]
"""


def test_what_others_scrape_seldom_is_no_newer_than_that() -> None:
    """A kubelet that is scraped every 30 s tells nothing new in between, however fast the controller is scraped."""
    groups = parse_rules(_ALERTS, "r").groups
    often, seldom = (
        EXISTING.profile(scrape_interval=_MINUTE, evaluation_interval=_MINUTE, others_interval=PromDuration(every_ms))
        for every_ms in (10_000, 30_000)
    )
    assert (often.refresh, seldom.refresh) == (EXISTING.refresh, {Exporter.CADVISOR: PromDuration(30_000)})
    assert honest_speeds(groups, often) == {"Memory": Speed(13)}
    assert honest_speeds(groups, seldom) == {"Memory": Speed(9)}


@pytest.mark.parametrize(
    ("traits", "lookback_ms", "speed", "hidden"),
    [
        pytest.param(EXISTING, 300_000, 1, set(), id="the default is long enough"),
        pytest.param(EXISTING, 10_000, 15, {"Memory"}, id="the planted case: 10 s, renewed every 20 s"),
        pytest.param(EXISTING, 10_000, 1, {"Memory", "Depth"}, id="nothing that is scraped every 30 s is there"),
        pytest.param(EXISTING, 40_000, 15, set(), id="two values in a lookback"),
        pytest.param(KIND, 10_000, 1, set(), id="a lookback that is divided is the speed's business"),
    ],
)
def test_a_lookback_of_its_own_decides_what_can_be_seen(
    traits: StackTraits, lookback_ms: int, speed: float, hidden: set[str]
) -> None:
    """No speed divides it; the speed divides how often the controller is scraped."""
    groups = parse_rules(_ALERTS, "r").groups
    profile = traits.profile(scrape_interval=_MINUTE, evaluation_interval=_MINUTE, lookback=PromDuration(lookback_ms))
    assert set(traits.unseen_before(groups, profile, Speed(speed))) == hidden


def test_a_running_stack_says_how_often_new_values_come() -> None:
    """As their source renews them, or as they are scraped, whichever comes less often."""
    later = EXISTING.renewed(scrape_s=2.0, aged_s={Exporter.CADVISOR: 48.0})
    assert later == {Exporter.CONTROLLER: PromDuration(2_000), Exporter.CADVISOR: PromDuration(30_000)}
    assert KIND.renewed(scrape_s=2.0, aged_s=KIND.refresh_s)[Exporter.CADVISOR] == PromDuration(20_000)
    assert EMBEDDED.renewed(scrape_s=0.5, aged_s={}) == dict.fromkeys(Exporter, PromDuration(500))
