"""The first link: the controller's manifests are taken, its pods start and get ready."""

from collections.abc import Iterator

from harness.core.judge.finding import Clause
from harness.core.judge.preflight.facts import ContainerFact, Installed, PodFact, WorkloadFact
from harness.core.judge.preflight.link import Link, LinkState, Part, breaks, holds, judged, open_yet
from harness.core.nearest import shown

#: a container that has ended so often will do so again; a kubelet starts it again at once only after the first time
#: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
_EXITS = 2
#: what keeps a pod from being made or configured goes away within this, if the same manifests bring what it lacks
_SETTLES_S = 10.0
#: a readiness probe that has not passed for so long after it began to count does not
_READY_S = 30.0
#: a configuration that the container cannot be started with, and images that are not there
_CONFIGURATION = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"})
_IMAGES = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError"})


def judge_controller(installed: Installed, *, waited_s: float) -> LinkState:
    """Whether the controller runs.

    Args:
        installed: the facts.
        waited_s: how long ago its manifests were applied; infinite for whoever waits no longer.
    """
    return judged(Link.CONTROLLER, _parts(installed, waited_s))


def _parts(installed: Installed, waited_s: float) -> Iterator[Part | None]:
    if installed.manifests_refused:
        why = installed.manifests_refused
        yield breaks(Clause.TAKEN, "the API server takes the manifests", why, f"the manifests are refused: {why}")
    work = installed.workload
    if work is None:
        return
    yield _exists(work)
    yield from (_crash(work, pod, one) for pod in work.pods for one in pod.containers)
    yield _made(work, waited_s)
    for pod in work.pods:
        yield _placed(work, pod)
        yield from (_configured(work, pod, one, waited_s) for one in pod.containers)
    yield _ready(work)


def _expected(work: WorkloadFact) -> str:
    return f"{work.replicas} {'pod' if work.replicas == 1 else 'pods'} of {work.title} ready"


def _exists(work: WorkloadFact) -> Part | None:
    if not work.exists:
        there = shown(work.name, work.deployments)
        return breaks(
            Clause.STARTED,
            f"{work.title}, which the subject file names",
            f"the manifests bring no such Deployment; in {work.namespace} there are: {there}",
            f"the subject file names the Deployment {work.name}; the manifests bring {there}",
        )
    if work.replicas == 0:
        return breaks(
            Clause.STARTED,
            f"a pod of {work.title}",
            "it asks for 0 replicas",
            f"{work.title} has `replicas: 0`: give it at least 1",
        )
    return None


def _crash(work: WorkloadFact, pod: PodFact, one: ContainerFact) -> Part | None:
    """Final once a container has ended twice, or is waited with before it is started again."""
    looping = one.waiting == "CrashLoopBackOff"
    lasting = one.running_s is not None and one.running_s >= _READY_S
    if not looping and (one.exits < _EXITS or one.ready or lasting):
        return None
    code = "an unknown status" if one.exit_code is None else f"exit code {one.exit_code}"
    reason = f" ({one.exit_reason})" if one.exit_reason and one.exit_reason != "Error" else ""
    times = f"{one.exits} {'time' if one.exits == 1 else 'times'}"
    words = "\n".join(one.last_words)
    return breaks(
        Clause.STARTED,
        _expected(work),
        f"container {one.name} of pod {pod.name} has ended {times}, last with {code}{reason}",
        f"the controller crashes: container {one.name} ends with {code}{reason}"
        + (f"\nits last words:\n{words}" if words else ", and said nothing"),
    )


def _made(work: WorkloadFact, waited_s: float) -> Part | None:
    """Whether there are as many pods as it asks for."""
    if len(work.pods) >= work.replicas or not work.refusal:
        return None
    expected, actual = _expected(work), f"{len(work.pods)} made: {work.refusal}"
    if waited_s < _SETTLES_S:
        return open_yet(Clause.STARTED, expected, actual)
    return breaks(Clause.STARTED, expected, actual, f"the pods of {work.title} are refused: {work.refusal}")


def _placed(work: WorkloadFact, pod: PodFact) -> Part | None:
    """A pod that no node takes is nobody's fault yet: a smaller place, or a selector of the pod's."""
    if not pod.unscheduled:
        return None
    return open_yet(
        Clause.STARTED,
        _expected(work),
        f"pod {pod.name} has no node: {pod.unscheduled}",
        f"no node takes pod {pod.name}: {pod.unscheduled}",
    )


def _configured(work: WorkloadFact, pod: PodFact, one: ContainerFact, waited_s: float) -> Part | None:
    where = f"container {one.name} of pod {pod.name}"
    if one.waiting in _IMAGES:
        actual = f"{where} has no image: {one.waiting} {one.message}".rstrip()
        return open_yet(Clause.STARTED, _expected(work), actual, actual)
    if one.running_s is not None or _CONFIGURATION.isdisjoint((one.waiting, one.exit_reason)):
        return None
    actual = f"{where} cannot be started: {one.waiting or one.exit_reason} {one.message}".rstrip()
    if waited_s < _SETTLES_S:
        return open_yet(Clause.STARTED, _expected(work), actual)
    return breaks(Clause.STARTED, _expected(work), actual, actual)


def _ready(work: WorkloadFact) -> Part:
    expected, ready = _expected(work), sum(pod.ready for pod in work.pods)
    if ready >= work.replicas:
        return holds(Clause.STARTED, expected, f"{ready} ready")
    late = [
        (pod, one)
        for pod in work.pods
        for one in pod.containers
        if not one.ready and not one.init
        if one.running_s is not None and _unready_s(pod, one, one.running_s) >= _READY_S
    ]
    if not late:
        states = [f"{pod.name}: {_state(pod)}" for pod in work.pods if not pod.ready]
        return open_yet(Clause.STARTED, expected, "; ".join((f"{len(work.pods)} made, {ready} ready", *states)))
    pod, one = late[0]
    told = f": {pod.warnings[-1]}" if pod.warnings else ""
    actual = f"container {one.name} of pod {pod.name} runs for {one.running_s:.0f} s and is not ready{told}"
    return breaks(Clause.STARTED, expected, actual, f"the readiness probe of container {one.name} does not pass{told}")


def _unready_s(pod: PodFact, one: ContainerFact, running_s: float) -> float:
    """For how long it could have been ready, by its own probes, and was not."""
    started_s = running_s - one.starts_within_s
    return started_s if pod.unready_s is None else min(started_s, pod.unready_s)


def _state(pod: PodFact) -> str:
    states = [
        f"container {one.name} {one.waiting or ('runs' if one.running_s is not None else 'has ended')}"
        for one in pod.containers
        if not one.ready
    ]
    return ", ".join(states) or "not ready"
