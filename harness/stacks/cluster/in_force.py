"""Whether what was applied is in force: asked of Prometheus and Alertmanager themselves, not of the operator.

Between the API server and a loaded configuration stand the operator, a Secret or ConfigMap, and the kubelet, which
refreshes what is mounted when it next looks at the pod: up to a minute and a half later. It looks at once at a pod that
has changed, so an annotation of it is touched while one waits:
https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
"""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from harness.clients.kubernetes import ApiRequest, KubeApi
from harness.core.errors import CouldNotTellError
from harness.core.promql import equal_to
from harness.waiting import NotYet

#: a proxy of the user's environment has no business between this process and its own loopback
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TIMEOUT_S = 10.0
#: on a pod of the monitoring: changes while something waits for the kubelet
TOUCHED = "kubemirror-harness/touched"

Probe = Callable[[], NotYet | None]


def scraped(prometheus_url: str, job: str) -> Probe:
    """Whether every target of a job is up, and there is one."""
    query = urllib.parse.quote(f"up{{{equal_to('job', job)}}}")

    def look() -> NotYet | None:
        try:
            found = _asked(f"{prometheus_url}/api/v1/query?query={query}")["data"]["result"]
        except (OSError, HTTPException, ValueError, KeyError) as error:
            return NotYet(f"Prometheus: {error}")
        up = [one for one in found if one["value"][1] == "1"]
        all_of_them = bool(up) and len(up) == len(found)
        return None if all_of_them else NotYet(f"{len(up)} of {len(found)} targets of job {job} are up")

    return look


def rules_loaded(prometheus_url: str, groups: Iterable[str]) -> Probe:
    """Whether Prometheus has loaded groups of these names and has evaluated each of them."""
    wanted = frozenset(groups)

    def look() -> NotYet | None:
        found = _groups(prometheus_url)
        if isinstance(found, NotYet):
            return found
        # the instant of an evaluation that has not been is the year 1
        done = {str(one["name"]) for one in found if not str(one.get("lastEvaluation", "0001")).startswith("0001")}
        missing = sorted(wanted - done)
        return NotYet(f"groups {', '.join(missing)} are not evaluated") if missing else None

    return look


def rules_gone(prometheus_url: str, groups: Iterable[str]) -> Probe:
    """Whether Prometheus has no group of these names any more."""
    unwanted = frozenset(groups)

    def look() -> NotYet | None:
        found = _groups(prometheus_url)
        if isinstance(found, NotYet):
            return found
        left = sorted(unwanted & {str(one["name"]) for one in found})
        return NotYet(f"groups {', '.join(left)} are loaded") if left else None

    return look


def receiver_loaded(alertmanager_url: str, receiver: str) -> Probe:
    """Whether Alertmanager's configuration has a receiver of this qualified name."""

    def look() -> NotYet | None:
        try:
            found = _asked(f"{alertmanager_url}/api/v2/receivers")
        except (OSError, HTTPException, ValueError) as error:
            return NotYet(f"Alertmanager: {error}")
        names = [str(one["name"]) for one in found]
        return None if receiver in names else NotYet(f"it has receivers {', '.join(names) or '(none)'}")

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


def began(prometheus_url: str) -> str:
    """When the process that answers queries began, as it says; empty while none does.

    https://github.com/prometheus/prometheus/blob/v3.5.0/web/web.go (`testReady`: 503 until it is ready)
    """
    try:
        return str(_asked(f"{prometheus_url}/api/v1/status/runtimeinfo")["data"]["startTime"])
    except (OSError, HTTPException, ValueError, KeyError):
        return ""


def quit_process(prometheus_url: str) -> None:
    """Asks Prometheus to end in good order.

    Raises:
        CouldNotTellError: it cannot be asked, or has its lifecycle API off.
    """
    try:
        with _DIRECT.open(f"{prometheus_url}/-/quit", data=b"", timeout=_TIMEOUT_S):
            return
    except ConnectionError:
        # It was quicker to end than to answer: a port-forward tells that by hanging up, or by a reset.
        # A connection that was not made at all is a URLError.
        return
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection, and is held itself by the error that comes of it
        raise CouldNotTellError(
            "Prometheus was not asked to end",
            why=f"{prometheus_url}: {error}",
            fix="see that it runs, with --web.enable-lifecycle",
        ) from error


def _groups(prometheus_url: str) -> list[Any] | NotYet:
    try:
        found: list[Any] = _asked(f"{prometheus_url}/api/v1/rules")["data"]["groups"]
    except (OSError, HTTPException, ValueError, KeyError) as error:
        return NotYet(f"Prometheus: {error}")
    return found


def _asked(url: str) -> Any:  # noqa: ANN401 - JSON, looked at by those who asked
    with _DIRECT.open(url, timeout=_TIMEOUT_S) as answer:
        return json.load(answer)
