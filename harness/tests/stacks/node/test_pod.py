"""Pods as they are read from the API."""

import json

from harness.stacks.embedded.cgroups import Limits
from harness.stacks.embedded.node.document import Document
from harness.stacks.embedded.node.past import past_view
from harness.stacks.embedded.node.pod import Container, EnvSource, Handler, Pod, RestartPolicy
from harness.stacks.embedded.node.status import Terminated, Waiting

_POD = json.loads("""
{"metadata": {"namespace": "shop", "name": "web-1", "uid": "u1", "generation": 2, "labels": {"app": "web"},
  "ownerReferences": [{"kind": "ReplicaSet", "name": "web"}],
  "deletionTimestamp": "2030-01-01T00:00:00Z", "deletionGracePeriodSeconds": 0},
 "spec": {"nodeName": "n1", "serviceAccountName": "sa", "restartPolicy": "OnFailure",
  "terminationGracePeriodSeconds": 7,
  "volumes": [{"projected": {"sources": [{"configMap": {}}, {"serviceAccountToken": {"path": "token"}}]}}],
  "initContainers": [{"name": "side", "image": "i", "restartPolicy": "Always"}],
  "containers": [{"name": "c", "image": "web:1", "command": ["x"], "args": ["y"], "workingDir": "/tmp",
   "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
    {"name": "D", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}}],
   "envFrom": [{"secretRef": {"name": "s"}, "prefix": "S_"}, {"configMapRef": {"name": "m"}}],
   "ports": [{"name": "http", "containerPort": 8080}],
   "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"},
    {"resourceName": "memory", "restartPolicy": "RestartContainer"}],
   "resources": {"limits": {"cpu": "200m", "memory": "64Mi"}, "requests": {"cpu": "50m"}},
   "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
   "livenessProbe": {"grpc": {"port": 1}}, "startupProbe": {"tcpSocket": {"port": 8080}},
   "lifecycle": {"preStop": {"exec": {"command": ["bye"]}}}}]}}
""")


def test_a_pod_is_read_whole() -> None:
    """Every field the node acts on, from the API's own form."""
    pod = Pod.read(Document(_POD))
    (container,) = pod.containers

    assert (pod.path, pod.generation, pod.node_name) == ("/api/v1/namespaces/shop/pods/web-1", 2, "n1")
    assert (pod.service_account, pod.wants_token, pod.owner_name) == ("sa", True, "web")
    assert (pod.restart_policy, pod.deletion_grace_s, pod.termination_grace_s) == (RestartPolicy.ON_FAILURE, 0, 7)
    assert pod.init_containers[0].is_sidecar
    assert (container.command, container.args, container.working_dir) == (("x",), ("y",), "/tmp")  # noqa: S108 - data
    sources = [variable.reference.source for variable in container.environment if variable.reference]
    assert sources == [EnvSource.FIELD, EnvSource.RESOURCE, EnvSource.SECRET]
    assert [(one.source, one.prefix) for one in container.environment_from] == [
        (EnvSource.SECRET, "S_"),
        (EnvSource.CONFIG_MAP, ""),
    ]
    assert (container.port_number("http"), container.port_number("9"), container.port_number("x")) == (8080, 9, None)
    assert container.restart_on_resize == {"memory"}
    assert container.resources.to_limits() == Limits(
        memory_bytes=64 << 20, cpu_limit_millicores=200, cpu_request_millicores=50
    )
    assert container.readiness is not None
    assert (container.readiness.period_s, container.readiness.failure_threshold) == (5, 3)
    assert container.liveness is not None
    assert container.liveness.handler == Handler()
    assert container.startup is not None
    assert container.startup.handler.tcp == "8080"
    assert container.pre_stop == Handler(command=("bye",))


def test_a_living_pod_is_not_being_deleted() -> None:
    """No deletionTimestamp, no grace: a grace of 0 is something else."""
    metadata = {name: value for name, value in _POD["metadata"].items() if not name.startswith("deletion")}
    assert Pod.read(Document({**_POD, "metadata": metadata})).deletion_grace_s is None


def _past(status: dict[str, object]) -> tuple[object, int]:
    container = Container(name="c", image="i")
    listed = [{"name": "c", "containerID": "process://x", "restartCount": 2, **status}]
    pod = Pod(namespace="s", name="p", uid="u", status=Document({"containerStatuses": listed}))
    view = past_view(pod, container, is_init=False, now_s=50.0)
    return view.state, view.restarts


def test_what_ran_counts_as_killed_with_the_node() -> None:
    """So that its restart is counted, and its end is told."""
    state, restarts = _past({"state": {"running": {"startedAt": "1970-01-01T00:00:40Z"}}})
    assert isinstance(state, Terminated)
    assert (state.exit_code, state.started_at_s, state.finished_at_s, restarts) == (137, 40.0, 50.0, 2)


def test_what_was_run_is_remembered() -> None:
    """Its identity stays in the status until the next instance starts."""
    listed = [{"name": "c", "containerID": "process://x", "imageID": "i@sha256:1", "state": {"waiting": {}}}]
    pod = Pod(namespace="s", name="p", uid="u", status=Document({"containerStatuses": listed}))
    assert past_view(pod, Container(name="c", image="i"), is_init=False).image_id == "i@sha256:1"


def test_what_had_ended_keeps_its_end() -> None:
    """A finished container of a pod that never restarts is not run again; a waiting one goes on from its last end."""
    ended = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": "", "finishedAt": ""}}
    assert getattr(_past({"state": ended})[0], "reason", "") == "Completed"
    assert getattr(_past({"state": {"waiting": {}}, "lastState": ended})[0], "reason", "") == "Completed"
    assert isinstance(_past({"state": {"waiting": {}}})[0], Waiting)


def test_a_pod_that_never_ran_starts_from_nothing() -> None:
    """No container id, no past."""
    pod = Pod(namespace="s", name="p", uid="u")
    assert past_view(pod, Container(name="c", image="i"), is_init=False).state == Waiting()
