"""Whether what was applied is in force: asked of Prometheus and Alertmanager themselves, not of the operator.

Between the API server and a loaded configuration stand the operator, a Secret or ConfigMap, and the kubelet, which
refreshes what is mounted when it next looks at the pod: up to a minute and a half later. It looks at once at a pod that
has changed, so an annotation of it is touched while one waits:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
"""

import time
from collections.abc import Callable, Iterable

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.endpoint import answered
from harness.clients.kubernetes import ApiRequest, KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.waiting import NotYet

#: on a pod of the monitoring: changes while something waits for the kubelet
TOUCHED = "kubemirror-harness/touched"

Probe = Callable[[], NotYet | None]


def rules_loaded(prometheus: PrometheusReader, groups: Iterable[str]) -> Probe:
    """Whether Prometheus has loaded groups of these names and has evaluated each of them."""
    wanted = frozenset(groups)

    def look() -> NotYet | None:
        found = answered(prometheus.rules)
        if isinstance(found, NotYet):
            return found
        missing = sorted(wanted - {one.name for one in found.groups if one.evaluated})
        return NotYet(f"groups {', '.join(missing)} are not evaluated") if missing else None

    return look


def rules_gone(prometheus: PrometheusReader, groups: Iterable[str]) -> Probe:
    """Whether Prometheus has no group of these names any more."""
    unwanted = frozenset(groups)

    def look() -> NotYet | None:
        found = answered(prometheus.rules)
        if isinstance(found, NotYet):
            return found
        left = sorted(unwanted & {one.name for one in found.groups})
        return NotYet(f"groups {', '.join(left)} are loaded") if left else None

    return look


def receiver_loaded(alertmanager: AlertmanagerReader, receiver: str) -> Probe:
    """Whether Alertmanager's configuration has a receiver of this qualified name."""

    def look() -> NotYet | None:
        found = answered(alertmanager.receivers)
        if isinstance(found, NotYet):
            return found
        return None if receiver in found else NotYet(f"it has receivers {', '.join(found) or '(none)'}")

    return look


def touching(api: KubeApi, pod: str, probe: Probe) -> Probe:
    """The same question, with the pod (its path in the API) touched after each answer that is not yes.

    A pod that may not be touched, or is being replaced, costs time and nothing else: the refusal is not looked at.
    Raises ApiUnreachableError when there is no answer at all.
    """

    def look() -> NotYet | None:
        seen = probe()
        if seen is not None:
            touch(api, pod)
        return seen

    return look


def touch(api: KubeApi, pod: str) -> None:
    """Changes a pod (its path in the API) without consequence, so that its kubelet looks at it; a refusal is no error.

    Each time with a mark that it has not had.

    Raises:
        ApiUnreachableError: there is no answer at all.
    """
    mark = str(time.monotonic_ns())
    api.send(ApiRequest(method="PATCH", path=pod, body={"metadata": {"annotations": {TOUCHED: mark}}}))
