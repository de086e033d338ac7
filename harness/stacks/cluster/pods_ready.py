"""The one wait for pods: with what keeps them in its error, and no longer than there is hope."""

import json
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from harness.clients.kubernetes import ApiRequest, Json, KubeApi
from harness.clients.pods import condition, container_statuses, events, holds, pod_logs, pod_states
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.waits import Waits
from harness.stacks.cluster.workloads import Workloads
from harness.waiting import AwaitedGoneError, NotYet, wait_until

#: a kubelet tries again after 10, 20 and 40 s, so that a registry that stumbles once or twice is forgiven
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/kubelet.go (`imageBackOffPeriod`)
_PULL_PATIENCE_S: Final = 90.0
#: what a container says while its image is tried again, and what is never tried again
_AGAIN, _NEVER = frozenset({"ErrImagePull", "ImagePullBackOff"}), frozenset({"ErrImageNeverPull", "InvalidImageName"})
#: a container that was started again so often, after 10, 20 and 40 s, does not wait for something that is on its way
#: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
_RESTARTS: Final = 4
#: a kubelet that comes back within a minute is forgiven; before that the control plane waits 50 s for its word
#: https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
_NODE_PATIENCE_S: Final = 60.0
#: what to do about pods that do not get ready on a cluster of one's own; what Docker's store has is loaded into it
FIX: Final = (
    "see what their pods and nodes say; an image that the nodes cannot pull: `docker pull IMAGE` first, and start again"
)


class NeverReadyError(CouldNotTellError):
    """Pods that cannot get ready: no image, a lost node, a container that crashes. Another try ends the same way."""


def wait_for_pods(
    what: str,
    api: KubeApi,
    wanted: Sequence[Workloads],
    *,
    waits: Waits,
    fix: str = FIX,
    ended: Callable[[], str | None] = lambda: None,
) -> None:
    """Returns once all of them are ready.

    Args:
        what: for messages, as `wait_until` has it.
        api: of the cluster.
        wanted: whose.
        waits: how long, and how often they are looked at.
        fix: what to do about pods that do not get ready.
        ended: why there is nothing to wait for any more; None while there is.

    Raises:
        CouldNotTellError: they are not in time or cannot be, with what their pods say; all that they say in its logs.
    """

    def ready() -> NotYet | None:
        left = "; ".join(filter(None, (one.unready(api) for one in wanted)))
        return NotYet(left) if left else None

    hopes = [ended, *(_hopeless(api, one) for one in wanted)]
    try:
        wait_until(
            what,
            ready,
            timeout_s=waits.pods_s,
            interval_s=waits.look_s,
            ended=lambda: next(filter(None, (why() for why in hopes)), None),
            fix=fix,
        )
    except CouldNotTellError as error:
        hopeless = isinstance(error, AwaitedGoneError) and ended() is None
        reason = NeverReadyError(error.what, why=error.why, fix=error.fix) if hopeless else error
        with suppress(CouldNotTellError):
            for one in wanted:
                reason.logs |= _words(api, one)
        if reason is not error:
            raise reason from error
        raise


def wait_for_own_pods(
    site: Site, subject: Subject, *, namespace_was_there: bool, image: str, ended: Callable[[], str | None]
) -> None:
    """Returns once controller, webhook and receiver are ready.

    Args:
        site: where.
        subject: whose controller.
        namespace_was_there: whether the subject's namespace is somebody's: what others have there keeps nobody.
        image: of the harness's own pods, for messages.
        ended: why there is nothing to wait for any more; None while there is.

    Raises:
        CouldNotTellError: they are not in time or cannot be, with what their pods say.
    """
    theirs = Workloads(
        namespace=subject.namespace,
        expected=(subject.workload.deployment,),
        run=site.run.id if namespace_was_there else "",
    )
    wait_for_pods(
        "controller, webhook and receiver ready",
        site.api,
        [theirs, Workloads(namespace=site.namespace)],
        waits=site.waits,
        ended=ended,
        fix=f"see what their pods and nodes say; the nodes need {image} and the subject's images, or a registry "
        "that has them (on --stack existing, --harness-image names the first as it is called there)",
    )


def wait_for_harness_pods(site: Site, *, image: str, ended: Callable[[], str | None]) -> None:
    """Returns once webhook and receiver are ready, whatever becomes of the controller.

    Raises:
        CouldNotTellError: they are not in time or cannot be, with what their pods say.
    """
    wait_for_pods(
        "webhook and receiver ready",
        site.api,
        [Workloads(namespace=site.namespace)],
        waits=site.waits,
        ended=ended,
        fix=f"see what their pods and nodes say; the nodes need {image}, or a registry that has it",
    )


@dataclass(slots=True, kw_only=True)
class PodWatch:
    """Ends a wait for pods where a trouble has lasted for a while: asked at every look of `wait_until`'s `ended`."""

    #: for so long a trouble is forgiven
    patience_s: float
    #: monotonic seconds
    clock: Callable[[], float] = time.monotonic
    #: what troubles -> since when
    _since_s: dict[Hashable, float] = field(default_factory=dict)

    def lasting(self, problems: Iterable[Hashable]) -> dict[Hashable, float]:
        """For how many seconds each of them has been seen at every look; one that was gone meanwhile begins anew."""
        now_s = self.clock()
        self._since_s = {one: self._since_s.get(one, now_s) for one in problems}
        return {one: now_s - since_s for one, since_s in self._since_s.items()}


@dataclass(slots=True, kw_only=True)
class ImagePulls(PodWatch):
    """Watches the images of the pods that are waited for."""

    patience_s: float = _PULL_PATIENCE_S

    def hopeless(self, pods: Iterable[Json]) -> str | None:
        """Which image does not come, and what is said of it; None while all may."""
        vain = {}
        for key, title, said in self._waiting(pods):
            reason = str(said.get("reason", ""))
            if reason in _NEVER:
                return f"{title}: {reason} {said.get('message', '')}".rstrip()
            if reason in _AGAIN:
                vain[key] = title, said.get("message", reason)
        for key, seconds in self.lasting(vain).items():
            if seconds >= self.patience_s:
                title, message = vain[key]
                return f"{title}: no image for {seconds:.0f} s, {message}"
        return None

    def _waiting(self, pods: Iterable[Json]) -> Iterator[tuple[object, str, Json]]:
        """Uid of the pod and name of the container, what it is called, and what it says."""
        for pod in pods:
            metadata = pod["metadata"]
            for one in container_statuses(pod):
                said = one.get("state", {}).get("waiting") or {}
                title = f"{metadata['name']}/{one['name']} ({one.get('image', '')})"
                yield (str(metadata.get("uid", metadata["name"])), str(one["name"])), title, said


@dataclass(slots=True, kw_only=True)
class LostNodes(PodWatch):
    """Watches the nodes that the pods that are waited for are on."""

    api: KubeApi
    patience_s: float = _NODE_PATIENCE_S

    def hopeless(self, pods: Iterable[Json]) -> str | None:
        """Which node with pods that are not ready is not ready either, and what is said of it; None while all may be.

        None also of nodes that the kubeconfig's user may not look at, on a cluster of somebody's.

        Raises:
            CouldNotTellError: the API server did not answer.
        """
        placed = ((pod.get("spec", {}).get("nodeName"), pod) for pod in pods)
        nodes = {str(node) for node, pod in placed if node and not holds(pod, "Ready")}
        troubled = {node: said for node in sorted(nodes) if (said := self._problem(node))}
        for node, seconds in self.lasting(troubled).items():
            if seconds >= self.patience_s:
                return f"the node {node} has not been ready for {seconds:.0f} s: {troubled[str(node)]}"
        return None

    def _problem(self, node: str) -> str:
        answer = self.api.send(ApiRequest(method="GET", path=f"/api/v1/nodes/{node}"))
        if answer.status == HTTPStatus.NOT_FOUND:
            return "it was removed"
        if not answer.accepted or holds(answer.body, "Ready"):
            return ""
        said = condition(answer.body, "Ready")
        return f"{said.get('reason', 'it says nothing')} {said.get('message', '')}".rstrip()


def crashed(pods: Iterable[Json]) -> str | None:
    """Which container ends again and again, and how; None while none does."""
    for pod in pods:
        for one in container_statuses(pod):
            waiting = one.get("state", {}).get("waiting") or {}
            if waiting.get("reason") == "CrashLoopBackOff" and int(one.get("restartCount", 0)) >= _RESTARTS:
                ended = one.get("lastState", {}).get("terminated") or {}
                code = ended.get("exitCode", "unknown")
                name, times = pod["metadata"]["name"], one["restartCount"]
                return f"{name}/{one['name']} was started again {times} times, exit code {code}"
    return None


def _hopeless(api: KubeApi, wanted: Workloads) -> Callable[[], str | None]:
    """Why they cannot get ready, by one reading of them at each look."""
    looks = (ImagePulls().hopeless, LostNodes(api=api).hopeless, crashed)

    def look() -> str | None:
        pods = wanted.pods(api)
        return next(filter(None, (one(pods) for one in looks)), None)

    return look


def _words(api: KubeApi, wanted: Workloads) -> dict[str, str]:
    """All that these pods say; of others' in the same namespace nothing."""
    namespace, found = wanted.namespace, wanted.pods(api)
    about = {*wanted.expected, *(str(pod["metadata"]["name"]) for pod in found)} if wanted.run else ()
    told = {"pods": pod_states(found), "events": events(api, namespace, about=about)}
    return {
        **{f"{namespace}.{name}.json": f"{json.dumps(what, indent=2)}\n" for name, what in told.items()},
        **{f"{namespace}.{name}": text for name, text in pod_logs(api, namespace, found).items()},
    }
