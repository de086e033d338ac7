"""A stack on a real cluster comes up in its order or not at all, tells what is not in force, and goes as it came."""

import base64
import errno
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core.contract.quantity import Exporter
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.marks import RUN_LABEL
from harness.core.rules.speed import Speed
from harness.stacks.applying import RefusedError
from harness.stacks.base import Capability, Outage
from harness.stacks.cluster import stack as module
from harness.stacks.cluster.in_force import Probe
from harness.stacks.cluster.named import harness_namespace
from harness.stacks.cluster.pods_ready import NeverReadyError
from harness.stacks.cluster.stack import ClusterStack
from harness.stacks.free_space import NoRoomError, check_room
from harness.stacks.run import LeftoverError, Owner, Run, known_runs
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.cluster.fake_place import STEPS, WAITS, FakePlace, PlantedError, assembled, fake_place
from harness.waiting import AwaitedGoneError, NotYet, WaitTimeoutError, wait_until

_NO_PATIENCE = replace(WAITS, in_force_s=0.0, in_force_intervals=0)
_GONE = ["forwards closed", "API closed", "provider down"]


@pytest.fixture
def place() -> Iterator[FakePlace]:
    """Everything works."""
    with fake_place() as made:
        yield made


@pytest.fixture
def stack(place: FakePlace) -> ClusterStack:
    """A stack there, not up yet."""
    return assembled(place)


def test_everything_comes_in_its_order(place: FakePlace, stack: ClusterStack) -> None:
    """Monitoring, subject, agents; then what is scraped and routed; the rules after a healthy scrape, last."""
    assert stack.up().refused == ()
    assert place.log == list(STEPS)
    assert stack.ended() is None


def test_rules_go_first_where_the_cluster_outlives_the_stack(place: FakePlace, stack: ClusterStack) -> None:
    """It is the provider that knows."""
    place.monitored = replace(place.monitored, shared=True)
    stack.up()
    assert stack.remove_rules()
    assert place.log[-1] == "provider: rules removed"


def test_rules_go_first_where_the_cluster_takes_its_time(place: FakePlace, stack: ClusterStack) -> None:
    """Those that were applied, of the Prometheus that has them and is hurried; and nothing is removed twice."""
    stack.up()
    (rule,) = (one["metadata"] for one in place.objects if one["kind"] == "PrometheusRule")
    path = f"/apis/monitoring.coreos.com/v1/namespaces/{rule['namespace']}/prometheusrules/{rule['name']}"
    done: list[tuple[str, str]] = []

    def seen(request: ApiRequest) -> ApiAnswer | None:
        done.append((request.method, request.path))
        if request.method == "PATCH":  # the kubelet looks, and Prometheus lets go
            place.objects = [one for one in place.objects if one["kind"] != "PrometheusRule"]
        return answer(200)

    place.api.interfere = seen
    assert stack.remove_rules()
    assert done == [("DELETE", path), ("PATCH", "/api/v1/namespaces/monitoring/pods/prometheus-p-0")]
    stack.down()
    assert stack.remove_rules()
    assert place.log[-1] == "provider: rules removed"


def test_the_kubelet_is_hurried_where_monitoring_is_the_runs_own(place: FakePlace, stack: ClusterStack) -> None:
    """Each time with a mark that it has not seen; others' pods are left alone, and so is a stack that is gone."""
    place.monitored = replace(place.monitored, alertmanager="pod/alertmanager-a-0", alertmanager_namespace="routing")
    stack.force_sync()
    stack.up()
    marks = list[tuple[str, str]]()

    def marked(request: ApiRequest) -> ApiAnswer | None:
        if request.method != "PATCH":
            return None
        marks.append((request.path, str(request.body)))
        return answer(404)

    place.api.interfere = marked
    for _ in range(2):
        stack.force_sync()
    assert [path for path, _ in marks] == 2 * [
        "/api/v1/namespaces/monitoring/pods/prometheus-p-0",
        "/api/v1/namespaces/routing/pods/alertmanager-a-0",
    ]
    assert marks[0][1] != marks[2][1]
    stack.down()
    place.monitored = replace(place.monitored, shared=True)
    stack.force_sync()
    stack.up()
    stack.force_sync()
    assert len(marks) == 4


def test_a_controller_that_is_not_up_yet_is_waited_for(place: FakePlace, stack: ClusterStack) -> None:
    """However many looks it takes: rules that watched it start would find it down."""
    place.unhealthy = 7
    stack.up()
    assert place.log == list(STEPS)
    assert place.unhealthy == 0


def test_what_is_scraped_later_is_older(place: FakePlace, stack: ClusterStack) -> None:
    """By as much: where monitoring is others', their own jobs run at their own times."""
    place.monitored = replace(place.monitored, scraped_later_s=27)
    assert stack.up().refresh_s == {Exporter.CADVISOR: 47.0}


def test_everything_applied_carries_the_run(place: FakePlace, stack: ClusterStack) -> None:
    """Also what is the subject's own; so it can be found and removed."""
    facts = stack.up()
    assert len(place.objects) > 6
    assert {one["metadata"]["labels"][RUN_LABEL] for one in place.objects} == {facts.run_id}


def test_the_facts_are_those_of_the_place(place: FakePlace, stack: ClusterStack) -> None:
    """The installer's clocks, the kind's freshness, the forwards, and a webhook that is called by its Service."""
    facts = stack.up()
    assert (facts.stack, facts.speed) == ("kind", Speed(15))
    assert (facts.scrape_s, facts.evaluation_s, facts.resend_s) == (2.0, 3.0, 4.0)
    assert facts.refresh_s == {Exporter.CADVISOR: 20.0}
    assert facts.pod_address("10.0.0.1", 8080) == "10.0.0.1:8080"
    namespace = harness_namespace(facts.run_id)
    service = facts.webhook_client_config["service"]
    assert service == {"namespace": namespace, "name": "fault-webhook", "port": 443}
    assert base64.b64decode(str(facts.webhook_client_config["caBundle"])).startswith(b"-----BEGIN CERTIFICATE")
    assert place.forwards.opened == {
        "prometheus": ("monitoring", "pod/prometheus-p-0", 9090),
        "alertmanager": ("monitoring", "svc/alertmanager", 9093),
        "receiver": (namespace, "svc/notification-receiver", 9094),
    }
    assert place.forwards.kubectl is not None
    assert place.forwards.kubectl.kubeconfig == facts.access.kubeconfig


def test_port_forwards_have_what_a_credential_plugin_asks_for(
    place: FakePlace, stack: ClusterStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's variables, as `kubectl apply` has them; no message shows them."""
    monkeypatch.setenv("AWS_PROFILE", "a-secret")
    stack.up()
    assert place.forwards.kubectl is not None
    assert place.forwards.kubectl.env["AWS_PROFILE"] == "a-secret"
    assert "a-secret" not in repr(place.forwards.kubectl)


def test_grafana_is_reached_where_the_monitoring_has_one(place: FakePlace, stack: ClusterStack) -> None:
    """By a way of its own, with the namespace of its Secret."""
    place.monitored = replace(place.monitored, grafana="svc/grafana", grafana_port=80)
    facts = stack.up()
    assert place.forwards.opened["grafana"] == ("monitoring", "svc/grafana", 80)
    assert (facts.access.grafana_url, facts.access.grafana_namespace) == (place.url, "monitoring")
    assert facts.cannot == {}


def test_where_there_is_no_grafana_the_reason_is_a_fact(stack: ClusterStack) -> None:
    """For whoever needs one."""
    facts = stack.up()
    assert (facts.access.grafana_url, facts.access.grafana_namespace) == ("", "")
    assert facts.cannot == {Capability.GRAFANA: "this stack has no Grafana"}


def test_a_namespace_that_was_there_is_not_made_ours(place: FakePlace, stack: ClusterStack) -> None:
    """What is in it is applied nevertheless."""
    place.existing_namespaces = (stack._subject.namespace,)
    stack.up()
    assert place.log == [step.replace("Namespace, ", "") for step in STEPS]


@pytest.mark.parametrize("existing_namespaces", [True, False])
def test_what_others_have_in_an_existing_namespace_keeps_nobody(place: FakePlace, existing_namespaces: bool) -> None:
    """A Deployment of theirs that is not ready, and a pod whose image does not come; in a namespace of ours both do."""
    stack = assembled(place, waits=replace(WAITS, pods_s=0.0))
    theirs = stack._subject.namespace
    place.existing_namespaces = (theirs,) if existing_namespaces else ()
    place.api.put(f"/apis/apps/v1/namespaces/{theirs}/deployments/broken", {"spec": {"replicas": 1}, "status": {}})
    waiting = {"name": "c", "state": {"waiting": {"reason": "InvalidImageName"}}}
    place.api.put(f"/api/v1/namespaces/{theirs}/pods/broken-1", {"status": {"containerStatuses": [waiting]}})
    if existing_namespaces:
        stack.up()
        return
    with pytest.raises(NeverReadyError, match="controller, webhook and receiver ready"):
        stack.up()


def test_monitoring_is_reached_as_its_installer_says(place: FakePlace, stack: ClusterStack) -> None:
    """Each in its own namespace, behind its own prefix, or at a URL that needs no port-forward."""
    known = replace(place.monitored, alertmanager_namespace="alerts", urls={"prometheus": place.url})
    place.monitored = replace(known, prefixes={"alertmanager": "/prefix"})
    facts = stack.up()
    assert facts.refused == ()
    assert set(place.forwards.opened) == {"alertmanager", "receiver"}
    assert place.forwards.opened["alertmanager"] == ("alerts", "svc/alertmanager", 9093)
    assert (facts.access.prometheus_url, facts.access.alertmanager_url) == (place.url, f"{place.url}/prefix")


def test_monitoring_that_serves_others_is_left_alone(place: FakePlace, stack: ClusterStack) -> None:
    """Its pods are not touched, and Prometheus is not restarted: the kubelet takes its time, as for everybody."""
    place.monitored = replace(place.monitored, shared=True)
    stack.up()
    assert [request for request in place.api.requests if request.method == "PATCH"] == []
    with pytest.raises(NotHereError, match="not restarted here"):
        stack.restart_prometheus()
    assert "quit" not in place.log


def test_notifications_carry_the_token_that_the_receiver_knows(place: FakePlace, stack: ClusterStack) -> None:
    """It lies beside the AlertmanagerConfig that refers to it, and shows in no message."""
    access = stack.up().access
    (secret,) = (one for one in place.objects if one["metadata"]["name"] == "kubemirror-harness-receiver")
    (routing,) = (one for one in place.objects if one["kind"] == "AlertmanagerConfig")
    assert secret["stringData"] == {"token": access.receiver_token}
    assert secret["metadata"]["namespace"] == routing["metadata"]["namespace"]
    assert access.receiver_token not in repr(access)
    for receiver in routing["spec"]["receivers"]:
        for webhook in receiver["webhookConfigs"]:
            assert webhook["url"].startswith(access.notify_url)


def test_the_cluster_gets_the_images_of_all_pods_of_the_harness(place: FakePlace, stack: ClusterStack) -> None:
    """A node may reach no registry."""
    stack.up()
    assert place.images == ("harness:1", "prometheus:1")


@pytest.mark.parametrize(
    ("step", "failure"),
    [
        *(pytest.param(step, PlantedError("planted"), id=step) for step in STEPS if step != "healthy scrape"),
        pytest.param("wait", KeyboardInterrupt(), id="interrupt"),
    ],
)
def test_whatever_fails_nothing_is_left(
    place: FakePlace, stack: ClusterStack, step: str, failure: BaseException
) -> None:
    """What was made is undone, the forwards before the cluster, and the error stays what it was."""
    place.fails[step] = failure
    with pytest.raises(type(failure)):
        stack.up()
    done = list(STEPS[: STEPS.index(step) + 1])
    undone = [
        *(["forwards closed"] if "port-forward prometheus" in done else []),
        *(["API closed"] if "install" in done else []),
    ]
    assert place.log == [*done, *undone, "provider down"]
    assert known_runs() == ()
    assert stack.ended() is None


@pytest.mark.parametrize(("looks", "done"), [(0, []), (1, ["provider up"])], ids=["before anything", "with a cluster"])
def test_a_bring_up_that_is_no_longer_wanted_ends(
    place: FakePlace, stack: ClusterStack, looks: int, done: list[str]
) -> None:
    """What there is of it goes."""
    asked: list[str] = []

    def go_on() -> None:
        asked.append("may it go on?")
        if len(asked) > looks:
            raise PlantedError("no longer wanted")

    with pytest.raises(PlantedError, match="no longer wanted"):
        stack.up(go_on)
    assert [step for step in place.log if step in STEPS] == done
    assert known_runs() == ()


def test_a_stack_that_failed_can_be_tried_again(place: FakePlace, stack: ClusterStack) -> None:
    """With the same object."""
    place.fails["port-forward receiver"] = PlantedError("planted")
    with pytest.raises(PlantedError):
        stack.up()
    place.fails.clear()
    place.log.clear()
    stack.up()
    assert place.log == list(STEPS)


def test_a_full_disk_is_told_with_what_to_do(place: FakePlace, stack: ClusterStack) -> None:
    """Before anything starts, and when it fills up in between."""
    place.fails["provider up"] = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(NoRoomError, match="cannot be written"):
        stack.up()
    assert known_runs() == ()
    place.log.clear()
    with pytest.raises(NoRoomError, match="no room for a stack"):
        assembled(place, room=partial(check_room, needed_bytes=1 << 60)).up()
    assert place.log == []


def test_what_a_dead_owner_left_is_swept_first(place: FakePlace, stack: ClusterStack) -> None:
    """Before anything new takes its place."""
    dead = Run.create()
    replace(dead, owner=Owner(pid=1, start_ticks=-1)).save()
    place.fails["provider up"] = PlantedError()
    with pytest.raises(PlantedError):
        stack.up()
    assert known_runs() == ()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param("AlertmanagerConfig", "last seen: it has receivers null", id="routing"),
        pytest.param("PrometheusRule", "are not evaluated", id="rule"),
    ],
)
def test_what_does_not_come_in_force_is_told_and_no_failure(place: FakePlace, kind: str, told: str) -> None:
    """The subject's own mistake, as likely as not: the object by its name, and what was seen last."""
    place.unhealthy = 0
    place.ignored = {kind}
    (one,) = assembled(place, waits=_NO_PATIENCE).up().refused
    (made,) = (one for one in place.objects if one["kind"] == kind)
    assert (one.kind, one.namespace, one.name) == (kind, made["metadata"]["namespace"], made["metadata"]["name"])
    assert one.why.startswith("it is not in force after 0 s; last seen: ")
    assert told in one.why
    assert "apply PrometheusRule" in place.log


def test_a_controller_that_is_not_scraped_is_no_failure(place: FakePlace) -> None:
    """Preflight looks at it more closely than the wait; nobody refused the monitor."""
    place.unhealthy = 99
    assert assembled(place, waits=_NO_PATIENCE).up().refused == ()
    assert "apply PrometheusRule" in place.log


def test_what_the_api_server_refuses_of_the_subject_is_told_and_no_failure(
    place: FakePlace, stack: ClusterStack
) -> None:
    """Manifests, and each object by itself; everything else comes up."""
    for step in ("apply Namespace, Deployment", "apply AlertmanagerConfig", "apply PrometheusRule"):
        place.fails[step] = RefusedError("not taken", why=f"planted for {step}", fix="-")
    place.ignored = {"AlertmanagerConfig", "PrometheusRule"}
    facts = stack.up()
    assert facts.manifests_refused == "planted for apply Namespace, Deployment"
    assert [(one.kind, one.why) for one in facts.refused] == [
        ("AlertmanagerConfig", "planted for apply AlertmanagerConfig"),
        ("PrometheusRule", "planted for apply PrometheusRule"),
    ]


def test_what_comes_seldom_is_waited_for_longer(stack: ClusterStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more of the subject's intervals: in slow motion one alone is longer than everything else takes."""
    given: dict[str, float] = {}

    def noted(what: str, probe: Probe, *, timeout_s: float, **rest: Any) -> NotYet | None:
        given[what.partition(" ")[0]] = timeout_s
        return wait_until(what, probe, timeout_s=timeout_s, **rest)

    monkeypatch.setattr(module, "wait_until", noted)
    stack.up()
    # 30 s at speed 15
    patience_s = WAITS.in_force_s + 2 * 2.0
    assert {given[kind] for kind in ("ServiceMonitor", "AlertmanagerConfig", "PrometheusRule")} == {patience_s}


def test_a_pod_that_is_known_is_touched_while_it_loads(place: FakePlace, stack: ClusterStack) -> None:
    """Prometheus's, by its path in the API; a Service has no pod to touch. A refusal costs time and nothing else."""
    place.unhealthy = 3
    place.api.interfere = lambda request: answer(403) if request.method == "PATCH" else None
    stack.up()
    touched = {request.path for request in place.api.requests if request.method == "PATCH"}
    assert touched == {"/api/v1/namespaces/monitoring/pods/prometheus-p-0"}


def test_a_cluster_that_dies_meanwhile_is_not_waited_for(place: FakePlace, stack: ClusterStack) -> None:
    """Who waits for pods hears from the provider what died."""
    place.api.objects.clear()
    place.dies_after = "apply agents"
    with pytest.raises(AwaitedGoneError, match="controller, webhook and receiver ready: will not happen") as caught:
        stack.up()
    assert caught.value.why.startswith("planted death")
    assert known_runs() == ()


def test_a_cluster_that_dies_at_the_end_has_nothing_in_force(place: FakePlace, stack: ClusterStack) -> None:
    """That is the place's failure, and not told as the subject's."""
    place.ignored = {"PrometheusRule"}
    place.dies_after = "apply PrometheusRule"
    with pytest.raises(AwaitedGoneError, match=r"^PrometheusRule .*: will not happen"):
        stack.up()
    assert known_runs() == ()


def test_pods_that_do_not_get_ready_fail_the_start(place: FakePlace) -> None:
    """With what they say."""
    stack = assembled(place, waits=replace(WAITS, pods_s=0.0))
    (path,) = place.api.objects
    place.api.put(path, {"spec": {"replicas": 1}})
    with pytest.raises(WaitTimeoutError, match="controller, webhook and receiver ready: not within") as caught:
        stack.up()
    assert "0 of 1 ready" in caught.value.why
    assert "the nodes need harness:1" in caught.value.fix
    assert "--harness-image" in caught.value.fix
    assert place.log[-2:] == ["API closed", "provider down"]


def test_a_controller_that_crashes_again_and_again_is_no_failure(place: FakePlace, stack: ClusterStack) -> None:
    """Preflight tells it with its last words; a wait that ended for the restarts alone would tell less."""
    (path,) = place.api.objects
    labels = {"app": "c"}
    place.api.put(path, {"spec": {"replicas": 1, "selector": {"matchLabels": labels}}, "status": {}})
    ended = {"terminated": {"exitCode": 1}}
    state = {"name": "c", "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended}
    place.api.put(
        f"/api/v1/namespaces/{stack._subject.namespace}/pods/c",
        {"metadata": {"labels": labels}, "status": {"containerStatuses": [state]}},
    )
    assert stack.up().refused == ()


def test_down_closes_the_ways_before_the_cluster_goes(place: FakePlace, stack: ClusterStack) -> None:
    """Then the run's directory; a second time does no harm."""
    stack.up()
    place.log.clear()
    for _ in range(2):
        stack.down()
    assert place.log == _GONE
    assert known_runs() == ()
    assert stack.outages() == ()


def test_before_it_is_up_there_is_nothing_to_take_away(place: FakePlace, stack: ClusterStack) -> None:
    """Nor to keep."""
    stack.keep()
    stack.down()
    assert place.log == []
    assert (stack.ended(), stack.outages()) == (None, ())


def test_a_forward_that_goes_on_is_ended_with_the_run(place: FakePlace, stack: ClusterStack) -> None:
    """It is no failure of the removal."""
    stack.up()
    place.fails["forwards closed"] = WaitTimeoutError("kubectl ended: not within 5 s", why="planted", fix="-")
    stack.down()
    assert place.log[-2:] == ["API closed", "provider down"]
    assert known_runs() == ()


def test_a_cluster_that_stays_is_told_and_can_be_found_again(place: FakePlace, stack: ClusterStack) -> None:
    """The run's directory is what a later removal goes by; another call goes on."""
    facts = stack.up()
    place.fails["provider down"] = LeftoverError("planted", why="-", fix="-")
    with pytest.raises(LeftoverError, match="planted"):
        stack.down()
    assert [run.id for run in known_runs()] == [facts.run_id]
    place.fails.clear()
    stack.down()
    assert known_runs() == ()


def test_an_api_that_does_not_close_keeps_no_cluster(place: FakePlace, stack: ClusterStack) -> None:
    """The error is told, and everything is gone."""
    stack.up()
    place.fails["API closed"] = PlantedError("planted")
    with pytest.raises(PlantedError):
        stack.down()
    assert place.log[-1] == "provider down"
    assert known_runs() == ()


def test_a_kept_stack_stays(place: FakePlace, stack: ClusterStack) -> None:
    """It is marked, so that nobody sweeps it away, and taking it away is another command's business."""
    facts = stack.up()
    stack.keep()
    place.log.clear()
    stack.down()
    assert place.log == []
    assert [(run.id, run.kept) for run in known_runs()] == [(facts.run_id, True)]
    assert Run.load(facts.directory) is not None
    assert stack.ended() is None


def test_what_has_died_is_named(place: FakePlace, stack: ClusterStack) -> None:
    """The cluster before the forwards to it, which it takes along."""
    stack.up()
    place.forwards.dead = "port-forward to svc/receiver exited"
    assert stack.ended() == "port-forward to svc/receiver exited"
    place.dead = "the node's container exited"
    assert stack.ended() == "the node's container exited"


def test_outages_are_those_of_the_port_forwards(place: FakePlace, stack: ClusterStack) -> None:
    """Told as they are."""
    stack.up()
    place.forwards.seen = (Outage(what="port-forward to pod/p", start_s=1.0, end_s=None, why="lost"),)
    assert stack.outages() == place.forwards.seen


def test_prometheus_is_restarted_when_another_process_answers(place: FakePlace, stack: ClusterStack) -> None:
    """It is asked to end, and the one that answers afterwards began later."""
    stack.up()
    stack.restart_prometheus()
    assert (place.log[-1], place.began) == ("quit", 2)


def test_a_prometheus_that_goes_on_was_not_restarted(place: FakePlace) -> None:
    """Its answers are those of the old process."""
    stack = assembled(place, waits=replace(WAITS, restart_s=0.0))
    stack.up()
    place.comes_back = False
    with pytest.raises(WaitTimeoutError, match="Prometheus started again") as caught:
        stack.restart_prometheus()
    assert caught.value.why == "last seen: it began at 1"


@pytest.mark.parametrize("up", [False, True], ids=["not up", "silent"])
def test_only_a_prometheus_that_answers_is_restarted(place: FakePlace, stack: ClusterStack, *, up: bool) -> None:
    """Any answer afterwards would count for a new process otherwise."""
    if up:
        stack.up()
        place.began = 0
    with pytest.raises(CouldNotTellError, match="Prometheus cannot be restarted"):
        stack.restart_prometheus()
    assert "quit" not in place.log
