"""Who takes up the subject's objects is read from the operator's own; of what cannot be told nothing is said."""

from typing import cast

import pytest

from harness.clients.kubernetes import ApiRefusedError, KubeApi
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.selecting import monitoring_selections
from harness.tests.faults.fake_api import FakeApi

_PATH = "/apis/monitoring.coreos.com/v1/namespaces/monitoring"
_MONITORED = Monitored(
    namespace="monitoring",
    prometheus="pod/p-0",
    prometheus_port=9090,
    alertmanager="svc/a",
    alertmanager_port=9093,
    scrape_s=1.0,
    evaluation_s=1.0,
    resend_s=1.0,
)
_RELEASE = {"matchLabels": {"release": "prometheus"}}


@pytest.fixture
def api() -> FakeApi:
    """One Prometheus, one Alertmanager."""
    made = FakeApi()
    spec = {"ruleSelector": _RELEASE, "serviceMonitorSelector": _RELEASE, "ruleNamespaceSelector": {}}
    made.put(f"{_PATH}/prometheuses/p", {"spec": spec})
    made.put(f"{_PATH}/alertmanagers/a", {"spec": {"alertmanagerConfigSelector": {}}})
    return made


def _selections(api: FakeApi) -> dict[str, tuple[str, str | None, str | None]]:
    found = monitoring_selections(cast("KubeApi", api), _MONITORED)
    own = {"kubernetes.io/metadata.name": "monitoring"}
    return {
        kind: (one.by, one.selector.mismatch({}), one.namespaces.mismatch({**own, "kubernetes.io/metadata.name": "x"}))
        for kind, one in found.items()
    }


def test_selectors_are_those_of_the_operator_s_objects(api: FakeApi) -> None:
    """An empty one of namespaces takes all, an absent one its own."""
    found = _selections(api)
    assert found[RULE] == ("Prometheus monitoring/p", "label release=prometheus missing", None)
    assert found[MONITOR][:2] == found[RULE][:2]
    assert found[MONITOR][2] is not None
    assert found[ALERTMANAGER_CONFIG][:2] == ("Alertmanager monitoring/a", None)


def test_of_several_nobody_can_tell_which(api: FakeApi) -> None:
    """Nor of one that may not be read, or selects nothing at all."""
    api.put(f"{_PATH}/prometheuses/q", {"spec": {}})
    assert _selections(api).keys() == {ALERTMANAGER_CONFIG}
    api.put(f"{_PATH}/alertmanagers/a", {"spec": {}})
    assert _selections(api) == {}


def test_what_may_not_be_read_is_not_known(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without that permission loses an explanation and nothing else."""

    def refused(_path: str) -> None:
        raise ApiRefusedError("no", why="forbidden", fix="-", status=403)

    monkeypatch.setattr(api, "items", refused)
    assert _selections(api) == {}
