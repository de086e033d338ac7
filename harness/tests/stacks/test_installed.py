"""What an API server says of an installed subject is read into facts; what may not be read is left out."""

from typing import cast

import pytest

from harness.clients.kubernetes import ApiRefusedError, Json, KubeApi
from harness.core.judge.preflight import Installed, Refused, judge_scraping
from harness.core.operator.chart import Chart
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.home import DEFAULT_SUBJECT
from harness.stacks.checked import MONITORING_NAMESPACE, chart_values
from harness.stacks.installed import read_installed, selections_of
from harness.subject_reader import read_subject
from harness.tests.faults.fake_api import FakeApi

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)
_NS = _SUBJECT.namespace
_APP = {"app.kubernetes.io/name": "kubemirror", "app.kubernetes.io/component": "controller"}
_PODS = f"/api/v1/namespaces/{_NS}/pods"
_DEPLOYMENTS = f"/apis/apps/v1/namespaces/{_NS}/deployments"
_CHART = Chart.read(chart_values(_SUBJECT), release=_SUBJECT.release, namespace=MONITORING_NAMESPACE)


def _pod(status: Json, *, ready: bool = False) -> Json:
    conditions = [{"type": "Ready", "status": str(ready)}, {"type": "PodScheduled", "status": "True"}]
    return {
        "metadata": {"name": "controller-1", "labels": _APP},
        "status": {"conditions": conditions, "containerStatuses": [{"name": "controller", **status}]},
    }


@pytest.fixture
def api() -> FakeApi:
    """The default subject, as it is installed, with a controller that runs."""
    made = FakeApi()
    ports = [{"name": "metrics", "containerPort": 8080}, {"containerPort": 9}]
    template = {"metadata": {"labels": _APP}, "spec": {"containers": [{"name": "controller", "ports": ports}]}}
    made.put(
        f"{_DEPLOYMENTS}/{_SUBJECT.workload.deployment}",
        {"spec": {"replicas": 1, "selector": {"matchLabels": _APP}, "template": template}},
    )
    made.put(
        f"/api/v1/namespaces/{_NS}/services/{_SUBJECT.workload.service}",
        {
            "metadata": {"namespace": _NS, "labels": _APP},
            "spec": {"selector": _APP, "ports": [{"name": "metrics", "port": 8080, "targetPort": "metrics"}]},
        },
    )
    made.put(
        f"/apis/monitoring.coreos.com/v1/namespaces/{_NS}/servicemonitors/kubemirror",
        {
            "spec": {
                "selector": {"matchLabels": {"app.kubernetes.io/name": "kubemirror"}},
                "endpoints": [{"port": "metrics"}],
            }
        },
    )
    made.put(f"/api/v1/namespaces/{_NS}", {"metadata": {"labels": {"team": "x"}}})
    running = {"state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}, "ready": True, "restartCount": 0}
    made.put(f"{_PODS}/controller-1", _pod(running, ready=True))
    return made


def _read(api: FakeApi, **more: object) -> Installed:
    return read_installed(cast("KubeApi", api), _SUBJECT, selections_of(_CHART), **more)  # type: ignore[arg-type]


def test_an_installed_subject_is_found_to_fit(api: FakeApi) -> None:
    """Objects with their labels, selectors of whoever takes them up, workload, monitor, Services."""
    found = _read(api)
    assert {one.title for one in found.objects.values()} == {
        f"{kind} {_NS}/kubemirror" for kind in (RULE, MONITOR, ALERTMANAGER_CONFIG)
    }
    assert found.namespaces == {_NS: {"team": "x"}}
    assert found.workload is not None
    assert found.workload.ports == {"metrics": 8080, "9": 9}
    assert all(state.holds for state in judge_scraping(found, waited_s=0.0))
    container = found.workload.pods[0].containers[0]
    assert (container.exits, container.exit_code, container.last_words) == (0, None, ())
    assert container.running_s is not None


@pytest.mark.parametrize(
    ("probes", "starts_within_s"),
    [
        ({}, 0),
        ({"readinessProbe": {"initialDelaySeconds": 45}}, 45),
        ({"startupProbe": {}}, 30),
        ({"startupProbe": {"initialDelaySeconds": 5, "periodSeconds": 2, "failureThreshold": 60}}, 125),
        ({"startupProbe": {"failureThreshold": 60}, "readinessProbe": {"initialDelaySeconds": 700}}, 700),
    ],
    ids=["none", "readiness", "startup by default", "startup", "both"],
)
def test_what_probes_give_a_container_to_start_is_read(api: FakeApi, probes: Json, starts_within_s: float) -> None:
    """Kubernetes' defaults where a probe leaves something out; and since when its pod is not ready."""
    pod = api.objects[f"{_PODS}/controller-1"]
    pod["spec"] = {"containers": [{"name": pod["status"]["containerStatuses"][0]["name"], **probes}]}
    pod["status"]["conditions"] = [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    found = _read(api)
    assert found.workload is not None
    assert found.workload.pods[0].containers[0].starts_within_s == starts_within_s
    assert (found.workload.pods[0].unready_s or 0) > 86400


def test_what_is_refused_is_handed_on(api: FakeApi) -> None:
    """Nobody but the stack knows of it."""
    refused = Refused(kind=RULE, namespace=_NS, name="kubemirror", why="no")
    found = _read(api, refused=[refused], manifests_refused="neither")
    assert (found.refused, found.manifests_refused) == ((refused,), "neither")


@pytest.mark.parametrize(
    ("state", "exits", "previous"),
    [
        ({"waiting": {"reason": "CrashLoopBackOff", "message": "10s"}}, 3, "false"),
        ({"running": {"startedAt": "2026-01-01T00:00:00Z"}}, 2, "true"),
    ],
)
def test_the_last_words_are_those_of_the_run_that_ended(api: FakeApi, state: Json, exits: int, previous: str) -> None:
    """The newest log of one that waits; the one before of one that runs again."""
    ended = {"terminated": {"exitCode": 2, "reason": "Error"}}
    api.put(f"{_PODS}/controller-1", _pod({"state": state, "lastState": ended, "restartCount": 2}))
    workload = _read(api).workload
    assert workload is not None
    container = workload.pods[0].containers[0]
    assert (container.exits, container.exit_code, container.exit_reason) == (exits, 2, "Error")
    assert container.last_words == (f"{_PODS}/controller-1/log controller {previous}",)


def test_what_runs_before_the_others_is_told_from_what_runs_beside_them(api: FakeApi) -> None:
    """An init container ends; a sidecar is asked whether it is ready, as any other container."""
    pod = _pod({"state": {}})
    pod["spec"] = {"initContainers": [{"name": "wait"}, {"name": "proxy", "restartPolicy": "Always"}]}
    pod["status"]["initContainerStatuses"] = [{"name": "wait", "state": {}}, {"name": "proxy", "state": {}}]
    api.put(f"{_PODS}/controller-1", pod)
    workload = _read(api).workload
    assert workload is not None
    assert {one.name: one.init for one in workload.pods[0].containers} == {
        "wait": True,
        "proxy": False,
        "controller": False,
    }


def test_a_port_without_a_name_can_be_scraped_by_its_number(api: FakeApi) -> None:
    """Prometheus discovers the ports that containers declare, named or not."""
    path = f"/apis/monitoring.coreos.com/v1/namespaces/{_NS}/servicemonitors/kubemirror"
    api.put(path, {"spec": {"selector": {"matchLabels": _APP}, "endpoints": [{"targetPort": 9}]}})
    assert all(state.holds for state in judge_scraping(_read(api), waited_s=0.0))


def test_a_deployment_of_another_name_is_told_with_those_there_are(api: FakeApi) -> None:
    """And a pod that is ending is none of the controller's any more."""
    api.objects[f"{_DEPLOYMENTS}/other"] = api.objects.pop(f"{_DEPLOYMENTS}/{_SUBJECT.workload.deployment}")
    api.objects[f"{_DEPLOYMENTS}/other"]["metadata"]["name"] = "other"
    workload = _read(api).workload
    assert workload is not None
    assert (workload.exists, workload.deployments) == (False, ("other",))


def test_a_monitor_of_all_namespaces_is_looked_for_everywhere(api: FakeApi) -> None:
    """With one request."""
    path = f"/apis/monitoring.coreos.com/v1/namespaces/{_NS}/servicemonitors/kubemirror"
    api.put(path, {"spec": {"selector": {}, "namespaceSelector": {"any": True}, "endpoints": [{"targetPort": 8080}]}})
    found = _read(api)
    assert found.monitor is not None
    assert (found.monitor.namespaces, found.monitor.endpoints[0].target_port) == (None, "8080")
    assert found.services == ()


def test_what_may_not_be_read_is_not_known(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """On somebody's cluster; nothing is blamed for it."""

    def refused(*_args: object, **_named: object) -> None:
        raise ApiRefusedError("no", why="forbidden", fix="-", status=403)

    for name in ("find", "items"):
        monkeypatch.setattr(api, name, refused)
    found = _read(api)
    assert (found.workload, found.monitor, found.services) == (None, None, None)
    assert not any(state.broken for state in judge_scraping(found, waited_s=0.0))


def test_a_log_that_cannot_be_had_says_so(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the place of the last words."""

    def refused(_path: str, *, query: object = None) -> str:
        del query
        raise ApiRefusedError("no", why="forbidden", fix="-", status=403)

    monkeypatch.setattr(api, "text", refused)
    ended = {"terminated": {"exitCode": 1}}
    api.put(f"{_PODS}/controller-1", _pod({"state": ended, "restartCount": 0}))
    workload = _read(api).workload
    assert workload is not None
    assert workload.pods[0].containers[0].last_words == ("(its log cannot be had: forbidden)",)
