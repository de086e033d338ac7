"""The rhythm of each kind of stack is known before it is there."""

from pathlib import Path

import pytest

from harness.cli.main import _DEFAULT_SUBJECT
from harness.core.contract import Quantity
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.rules import parse_rules
from harness.core.sources import Source
from harness.core.speed import Speed, check_speed, honest_speeds
from harness.stacks.rhythm import EMBEDDED, EXISTING, KIND, StackTraits, traits_of
from harness.subject_reader import read_subject
from harness.tests.scene import fakes

_MINUTE = PromDuration(30_000)


@pytest.mark.parametrize("traits", [EMBEDDED, KIND, EXISTING], ids=lambda one: one.name)
def test_each_kind_is_found_by_its_name(traits: StackTraits) -> None:
    """As the command line gives it; its rhythm has its own limits."""
    assert traits_of(traits.name) is traits
    rhythm = traits.rhythm(scrape_interval=_MINUTE, evaluation_interval=_MINUTE)
    assert (rhythm.floor, rhythm.refresh) == (traits.floor, traits.refresh)


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
        (EXISTING, {"KubeMirrorMemoryHigh": Speed(7), "KubeMirrorCPUThrottling": Speed(3)}),
    ],
    ids=lambda one: one.name if isinstance(one, StackTraits) else "",
)
def test_the_default_subject_runs_at_the_default_speed(traits: StackTraits, limited: dict[str, Speed]) -> None:
    """Of its alerts only those about containers are slower, and only where a kubelet tells of them."""
    subject, contract = read_subject(_DEFAULT_SUBJECT)
    groups = parse_rules(Path(subject.files.rules).read_text(encoding="utf-8"), "rules").groups
    rhythm = traits.rhythm(scrape_interval=contract.scrape_interval, evaluation_interval=contract.evaluation_interval)
    check_speed(groups, rhythm, traits.default_speed)
    assert honest_speeds(groups, rhythm) == limited


def test_what_is_known_of_a_kind_is_told_of_a_stack() -> None:
    """In seconds, and by the documented quantity."""
    assert KIND.refresh_s == {Source.CADVISOR: 20}
    facts = fakes.facts(Speed(30), refresh_s=KIND.refresh_s)
    assert [facts.refresh_of(one) for one in (Quantity.MEMORY_USE, Quantity.QUEUE_DEPTH)] == [20, 0]
    assert fakes.facts(Speed(60)).refresh_of(Quantity.MEMORY_USE) == 0
