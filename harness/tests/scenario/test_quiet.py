"""Quiet is what nobody can hear, now or later: neither an active alert nor one whose end is still to be told."""

from dataclasses import replace

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.rules.identity import Ownership
from harness.core.samples import Series
from harness.faults.probe_route import RECEIVER
from harness.scenario.quiet import quiet
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes

_MINE = [Ownership(alert=PROMISE.alert)]
_TOLD = Delivery(
    receiver="monitoring/kubemirror/kubemirror-team",
    status="firing",
    labels={"alertname": PROMISE.alert},
    annotations={},
    starts_at_s=3_000_000,
    ends_at_s=None,
    received_at_s=0,
    group_key="g",
    fingerprint="f",
)


@pytest.mark.parametrize(
    ("active", "told", "seen"),
    [
        pytest.param((), [], None, id="nothing"),
        pytest.param(
            (fakes.series(1, alertname=PROMISE.alert, alertstate="pending"),),
            [],
            f"{PROMISE.alert} pending",
            id="active",
        ),
        pytest.param((fakes.series(1, alertname="Another", alertstate="firing"),), [], None, id="of nobody's promise"),
        pytest.param((), [_TOLD], f"{PROMISE.alert} still to be told as resolved", id="end not told"),
        pytest.param((), [_TOLD, replace(_TOLD, status="resolved")], None, id="end told"),
        pytest.param((), [replace(_TOLD, ends_told=False)], None, id="no end is told there"),
        pytest.param((), [replace(_TOLD, receiver=f"monitoring/own/{RECEIVER}")], None, id="the harness's own"),
    ],
)
def test_what_is_not_quiet_is_named(active: tuple[Series, ...], told: list[Delivery], seen: str | None) -> None:
    """Each with what it waits for."""
    prometheus, receiver = fakes.FakePrometheus(instants=lambda _query: active), fakes.FakeReceiver()
    receiver.delivered.extend(told)
    found = quiet(fakes.handles(prometheus=prometheus, receiver=receiver), _MINE)
    assert (None if found is None else found.mismatch) == seen
