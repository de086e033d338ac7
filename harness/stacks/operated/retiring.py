"""Taking the subject's rules out of force on a Prometheus of the run's own, while everything that they watch runs.

A cluster takes longer to go than a short `for` at a high speed. What fires meanwhile nobody would see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Custom
from harness.kube_api import ApiRequest, KubeApi
from harness.stacks.operated.in_force import rules_gone, touching
from harness.toolchain import Progress
from harness.waiting import wait_until

#: as long as they may take to come in force
_TIMEOUT_S = 180.0
_LOOK_S = 0.2


def out_of_force(delete: Callable[[], object], wait: Callable[[], object], progress: Progress) -> bool:
    """Deletes PrometheusRules and waits.

    Args:
        delete: them, and nothing else.
        wait: returns once nobody evaluates them.
        progress: is told of it, and of what kept it.

    Returns:
        Whether nothing evaluates them any more. If not, what follows takes the rest away all the same.
    """
    try:
        with progress.step("rules out of force"):
            delete()
            wait()
    except HarnessError as error:
        progress.say(f"{error.what}: {error.why}; what fires from now on is not seen")
        return False
    return True


def _delete(api: KubeApi, rule: Custom) -> None:
    """One that is gone already is as good as deleted."""
    path = f"/apis/monitoring.coreos.com/v1/namespaces/{rule.namespace}/prometheusrules/{rule.name}"
    answer = api.send(ApiRequest(method="DELETE", path=path))
    if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
        why = str(answer.body.get("message", answer.status))
        raise CouldNotTellError(f"PrometheusRule {rule.name} is left", why=why, fix="delete it")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInForce:
    """The subject's rules, as loaded."""

    api: KubeApi
    #: the PrometheusRule
    rule: Manifest
    #: names of its groups
    groups: tuple[str, ...]
    prometheus_url: str
    #: of Prometheus, in the API: looked at by the kubelet when it is touched
    pod: str

    def retire(self, progress: Progress, *, ended: Callable[[], str | None]) -> bool:
        """Deletes the PrometheusRule and returns once Prometheus has none of its groups.

        Args:
            progress: is told of it, and of what kept it.
            ended: which component has died; then nothing is waited for.

        Returns:
            Whether nothing evaluates them any more.
        """
        gone = touching(self.api, self.pod, rules_gone(self.prometheus_url, self.groups))

        def wait() -> None:
            wait_until("rules out of force", gone, timeout_s=_TIMEOUT_S, interval_s=_LOOK_S, ended=ended)

        return out_of_force(partial(_delete, self.api, Custom.read(self.rule)), wait, progress)
