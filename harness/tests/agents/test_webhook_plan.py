"""The webhook's path says what is done, and a share is met exactly."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents.webhook.plan import Action, BadPlanError, WriteFaults


@pytest.mark.parametrize(
    ("path", "delay_s", "delay_share", "deny_share"),
    [
        ("/delay/6s", 6.0, Fraction(1), Fraction(0)),
        ("/delay/6s/0.1", 6.0, Fraction(1, 10), Fraction(0)),
        ("/delay/250ms", 0.25, Fraction(1), Fraction(0)),
        ("/delay/29s/1.0", 29.0, Fraction(1), Fraction(0)),
        ("/deny/0.2", 0.0, Fraction(0), Fraction(1, 5)),
        ("/deny/0.000001", 0.0, Fraction(0), Fraction(1, 1_000_000)),
        ("/delay/2s/0.5/deny/0.05", 2.0, Fraction(1, 2), Fraction(1, 20)),
        ("/deny/1/", 0.0, Fraction(0), Fraction(1)),
    ],
)
def test_a_path_is_read(path: str, delay_s: float, delay_share: Fraction, deny_share: Fraction) -> None:
    """Each documented form of the path gives its plan."""
    assert WriteFaults.parse(path) == WriteFaults(delay_s=delay_s, delay_share=delay_share, deny_share=deny_share)


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/", "path '/' names no fault"),
        ("", "path '' names no fault"),
        ("/slow/6s", "path '/slow/6s' names no fault"),
        ("/deny", "path '/deny' names no fault"),
        ("/deny/0.2/delay/6s", "path '/deny/0.2/delay/6s' names no fault"),
        ("/delay/6", "delay '6' is not a duration"),
        ("/delay/0s", "delay '0s' is out of range"),
        ("/delay/30s", "delay '30s' is out of range"),
        ("/delay/6s/0", "share '0' is out of range"),
        ("/deny/0", "share '0' is out of range"),
        ("/deny/1.1", "share '1.1' is out of range"),
        ("/deny/20", "share '20' is out of range"),
        ("/deny/0.1234567", "share '0.1234567' is out of range"),
    ],
)
def test_a_path_that_cannot_work_is_refused(path: str, what: str) -> None:
    """The refusal names the part that is wrong, and shows how to write it."""
    with pytest.raises(BadPlanError) as refused:
        WriteFaults.parse(path)
    assert refused.value.what == what
    assert "/delay/<duration>" in refused.value.fix or "29s" in refused.value.fix


@given(micros=st.integers(1, 1_000_000), delay_ms=st.integers(1, 29_000))
def test_a_plan_reads_back_from_its_path(micros: int, delay_ms: int) -> None:
    """What the path property writes, parse reads as the same plan."""
    plan = WriteFaults(
        delay_s=delay_ms / 1000, delay_share=Fraction(micros, 1_000_000), deny_share=Fraction(micros, 10**6)
    )
    assert WriteFaults.parse(plan.path) == plan


@given(micros=st.integers(1, 1_000_000), writes=st.integers(0, 500))
def test_a_share_is_exact_at_every_length(micros: int, writes: int) -> None:
    """Of the first n writes exactly ceil(n * share) are hit, whatever n."""
    share = Fraction(micros, 1_000_000)
    plan = WriteFaults(delay_s=0.0, delay_share=Fraction(0), deny_share=share)
    hits = sum(plan.decide(count).denied for count in range(1, writes + 1))
    assert hits == (share * writes).__ceil__()


def test_a_share_is_spread_evenly() -> None:
    """A tenth is every tenth write, not the first hundred of a thousand."""
    plan = WriteFaults.parse("/delay/6s/0.1")
    assert [count for count in range(1, 31) if plan.decide(count).delay_s] == [1, 11, 21]
    assert plan.decide(11) == Action(delay_s=6.0, denied=False)
