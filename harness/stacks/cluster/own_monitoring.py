"""Monitoring of the run's own, with the subject's rules loaded: what may be done to it, and not to others'."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from harness.clients.endpoint import answered
from harness.clients.kubernetes import ApiRequest, KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.core.errors import CouldNotTellError
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Custom
from harness.stacks.cluster.in_force import rules_gone, touch
from harness.stacks.cluster.remove_rules import out_of_force
from harness.stacks.cluster.waits import USUAL, Waits
from harness.toolchain import Progress
from harness.waiting import NotYet, wait_until

_LOOK_S: Final = 0.2
_RESTART_LOOK_S: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMonitoring:
    """Prometheus and Alertmanager of one run, as loaded."""

    api: KubeApi
    #: the subject's PrometheusRule
    rule: Manifest
    #: names of its groups
    groups: tuple[str, ...]
    prometheus: PrometheusReader
    #: Prometheus' and Alertmanager's, by their paths in the API
    pods: tuple[str, ...]
    waits: Waits = USUAL

    def remove_rules(self, progress: Progress, *, ended: Callable[[], str | None]) -> bool:
        """Deletes the PrometheusRule and returns once Prometheus has none of its groups.

        A cluster takes longer to go than a short `for` at a high speed. What fires meanwhile nobody would see.

        Args:
            progress: is told of it, and of what kept it.
            ended: which component has died; then nothing is waited for.

        Returns:
            Whether nothing evaluates them any more.
        """
        gone = rules_gone(self.prometheus, self.groups)

        def hurried() -> NotYet | None:
            left = gone()
            if left is not None:
                self.force_sync()
            return left

        def wait() -> None:
            wait_until(
                "rules out of force", hurried, timeout_s=self.waits.rules_gone_s, interval_s=_LOOK_S, ended=ended
            )

        return out_of_force(self._delete_rule, wait, progress)

    def restart_prometheus(self, *, ended: Callable[[], str | None]) -> None:
        """Ends Prometheus in good order; its container is started again on the same data.

        Args:
            ended: which component has died; then nothing is waited for.

        Raises:
            CouldNotTellError: it does not run, did not end, or did not come back.
        """
        first = answered(self.prometheus.started)
        if isinstance(first, NotYet):
            raise CouldNotTellError("Prometheus cannot be restarted", why=first.mismatch, fix="see the log of its pod")
        self.prometheus.quit()

        def again() -> NotYet | str:
            now = answered(self.prometheus.started)
            return NotYet(f"it began at {now}") if now == first else now

        wait_until(
            "Prometheus started again", again, timeout_s=self.waits.restart_s, interval_s=_RESTART_LOOK_S, ended=ended
        )

    def force_sync(self) -> None:
        """Has the kubelet look at the pods now, if the API server answers."""
        with suppress(CouldNotTellError):
            for pod in self.pods:
                touch(self.api, pod)

    def _delete_rule(self) -> None:
        """One that is gone already is as good as deleted."""
        rule = Custom.read(self.rule)
        path = f"/apis/monitoring.coreos.com/v1/namespaces/{rule.namespace}/prometheusrules/{rule.name}"
        answer = self.api.send(ApiRequest(method="DELETE", path=path))
        if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
            why = str(answer.body.get("message", answer.status))
            raise CouldNotTellError(f"PrometheusRule {rule.name} is left", why=why, fix="delete it")
