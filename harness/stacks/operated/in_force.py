"""Whether what was applied is in force: asked of Prometheus and Alertmanager themselves, not of the operator.

Between the API server and a loaded configuration stand the operator, a Secret or ConfigMap, and the kubelet, which
refreshes what is mounted when it next looks at the pod: up to a minute and a half later. It looks at once at a pod that
has changed, so its annotation is touched while one waits:
https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
"""

import itertools
import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import Any

from harness.core.promql import equal_to
from harness.kube_api import ApiRequest, KubeApi
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
        return (
            None if up and len(up) == len(found) else NotYet(f"{len(up)} of {len(found)} targets of job {job} are up")
        )

    return look


def rules_loaded(prometheus_url: str, groups: Iterable[str]) -> Probe:
    """Whether Prometheus has loaded groups of these names and has evaluated each of them."""
    wanted = frozenset(groups)

    def look() -> NotYet | None:
        try:
            found = _asked(f"{prometheus_url}/api/v1/rules")["data"]["groups"]
        except (OSError, HTTPException, ValueError, KeyError) as error:
            return NotYet(f"Prometheus: {error}")
        # the instant of an evaluation that has not been is the year 1
        done = {str(one["name"]) for one in found if not str(one.get("lastEvaluation", "0001")).startswith("0001")}
        missing = sorted(wanted - done)
        return NotYet(f"groups {', '.join(missing)} are not evaluated") if missing else None

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


def touching(api: KubeApi, pods: Iterable[str], probe: Probe) -> Probe:
    """The same question, with the pods (paths in the API) touched before each answer that is not yes."""
    paths, count = tuple(pods), itertools.count()

    def look() -> NotYet | None:
        seen = probe()
        if seen is not None:
            body = {"metadata": {"annotations": {TOUCHED: str(next(count))}}}
            for path in paths:
                api.send(ApiRequest(method="PATCH", path=path, body=body))
        return seen

    return look


def began(prometheus_url: str) -> str:
    """When the process that answers began, as it says; empty while none does."""
    try:
        return str(_asked(f"{prometheus_url}/api/v1/status/runtimeinfo")["data"]["startTime"])
    except (OSError, HTTPException, ValueError, KeyError):
        return ""


def quit_process(prometheus_url: str) -> None:
    """Asks Prometheus to end in good order.

    Raises:
        OSError: it does not answer, or has its lifecycle API off.
    """
    with _DIRECT.open(f"{prometheus_url}/-/quit", data=b"", timeout=_TIMEOUT_S):
        return


def _asked(url: str) -> Any:  # noqa: ANN401 - JSON, looked at by those who asked
    with _DIRECT.open(url, timeout=_TIMEOUT_S) as answer:
        return json.load(answer)
