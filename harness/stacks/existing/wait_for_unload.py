"""The wait until monitoring that outlives a run has unloaded what was deleted: rules, monitors and routes.

At a speed that takes longer than a `for`. A controller that went meanwhile would be found down by its own rules; an
alert whose route went first would go to whomever the cluster's own route tells; and the next run of the same subject
would take the former rules for its own, at their speed, and the former route, which leads to a receiver that is gone.

Operator, kubelet and reloader stand between the API server and them, and the kubelet looks at a pod's volumes every 60
to 90 s: https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
Others' pods are not touched to hurry it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from harness.clients.alertmanager import AlertmanagerReader, HeldAlert
from harness.clients.endpoint import answered
from harness.clients.kubernetes import KubeApi, labels_of
from harness.clients.prometheus import PrometheusReader
from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.operator.reading import Custom
from harness.core.operator.translation import ALERTMANAGER_CONFIG, KINDS, MONITOR, RULE
from harness.stacks.cluster.waits import USUAL, Waits
from harness.stacks.existing.connection import (
    ALERTMANAGER,
    PROMETHEUS,
    ClusterAccess,
    Reach,
    credentials,
    monitoring_url,
)
from harness.stacks.existing.discovery import AnyFound, Asked, Wanted, each_replica, find_alertmanager, find_prometheus
from harness.stacks.existing.examination import in_the_clear
from harness.stacks.existing.inventory import of_run
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.removal import NothingToUnload, WaitForUnload
from harness.stacks.run import Run
from harness.toolchain import Ensure, Progress, ToolName, ensure
from harness.waiting import NotYet, wait_until

_UID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FIX: Final = "see whether the operator runs, and what its log says of Prometheus and Alertmanager"

#: gives back what of some objects is still in force, in words
Look = Callable[[], Sequence[str]]
#: looks at one of both, at this URL
_LookAt = Callable[[str], Look]
_TOLD: Final = "so it is not waited for: until it has let go of what is deleted, it may tell somebody of the controller"


def in_prometheus(url: str, objects: Iterable[Custom]) -> tuple[str, ...]:
    """Which of these rules and monitors it has loaded, by the names that the operator gives to files and jobs.

    `generateServiceMonitorConfig` and rule files, in
    https://github.com/prometheus-operator/prometheus-operator/tree/v0.85.0/pkg/prometheus

    Raises:
        CouldNotTellError: it does not answer, or as no Prometheus does.
    """
    objects = tuple(objects)
    with PrometheusReader(url) as prometheus:
        files, text = {group.file for group in prometheus.rules().groups}, prometheus.config()
    found = [one for one in objects if one.kind == RULE and any(_of(one).search(file) for file in files)]
    found += [one for one in objects if one.kind == MONITOR and _job(one).search(text)]
    return tuple(map(_title, found))


def in_alertmanager(url: str, objects: Iterable[Custom]) -> tuple[str, ...]:
    """Which of these AlertmanagerConfigs it has loaded, by the names that the operator gives to receivers.

    Raises:
        CouldNotTellError: it does not answer, or as no Alertmanager does.
    """
    with AlertmanagerReader(url) as alertmanager:
        text = alertmanager.config()
    return tuple(_title(one) for one in objects if one.kind == ALERTMANAGER_CONFIG and _receiver(one).search(text))


def alerts_of(url: str, objects: Iterable[Custom]) -> Look:
    """A look at which alerts an Alertmanager routes by these AlertmanagerConfigs as it did at the first look.

    An alert whose rule is gone is sent no more, and ends at the end that it was sent with, four times
    `--rules.alert.resend-delay` or the interval of its group after that:
    https://github.com/prometheus/prometheus/blob/v3.5.0/rules/alerting.go
    One that is sent again meanwhile is another rule's, and is waited for no longer.

    The look raises CouldNotTellError where it does not answer, or as no Alertmanager does.
    """
    routed = "|".join(f"{re.escape(_qualified(one))}/.*" for one in objects if one.kind == ALERTMANAGER_CONFIG)
    if not routed:
        return lambda: ()
    first: list[frozenset[HeldAlert]] = []

    def look() -> tuple[str, ...]:
        with AlertmanagerReader(url) as alertmanager:
            held = alertmanager.alerts(receivers=routed)
        if not first:
            first.append(frozenset(held))
        return tuple(f"alert {one.title}" for one in held if one in first[0])

    return look


def wait_until_gone(what: str, look: Look, waits: Waits) -> None:
    """Returns once nothing is in force any more.

    Args:
        what: is waited for, in messages: `Prometheus without ...`.
        look: at what is left.
        waits: how long, and how often it is looked at.

    Raises:
        WaitTimeoutError: something still is after that time, or it does not answer.
    """

    def gone() -> NotYet | None:
        left = answered(look)
        if isinstance(left, NotYet):
            return left
        return NotYet(f"it has {', '.join(left)}") if left else None

    wait_until(what, gone, timeout_s=waits.unload_s, interval_s=waits.unload_look_s, fix=_FIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringUnload:
    """Prometheus and Alertmanager of a cluster that lives on, at the end of one run (see `removal.WaitForUnload`).

    Whoever does not let go is told, with what may come of it, and keeps nobody.
    """

    #: opens the access through which they are asked
    enter: Callable[[], AbstractContextManager[ClusterAccess]]
    #: `PROMETHEUS` and `ALERTMANAGER`, if it is known where; what was given by URL is one, whoever answers there
    where: Mapping[str, AnyFound]
    #: of the run that they have taken up
    objects: Iterable[Custom]
    progress: Progress
    reach: Reach = monitoring_url
    waits: Waits = USUAL

    def wait_for_rules(self) -> None:
        """Returns once no replica of Prometheus has the rules any more.

        Raises:
            HarnessError: one still has, or is not reached.
        """
        problems = self._problems(PROMETHEUS, self._rules, "the rules")
        if problems:
            raise problems[0]

    def without_rules(self) -> None:
        """Returns once no replica of Prometheus has the rules any more."""
        self._tell(
            "rules out of force", "the rules", "they may still find the controller down", {PROMETHEUS: self._rules}
        )

    def without_alerts(self) -> None:
        """Returns once Alertmanager routes no alert of theirs any more, in none of its replicas."""
        self._tell(
            "alerts ended",
            "alerts of the deleted rules",
            "the cluster's own receivers may be told of them",
            {ALERTMANAGER: self._alerts},
        )

    def without_anything(self) -> None:
        """Returns once neither has anything of the run's, in none of its replicas."""
        self._tell(
            "monitoring without the run",
            "what was deleted",
            "the next run has to wait for it",
            {
                PROMETHEUS: lambda url: partial(in_prometheus, url, self.objects),
                ALERTMANAGER: lambda url: partial(in_alertmanager, url, self.objects),
            },
        )

    def _rules(self, url: str) -> Look:
        return partial(in_prometheus, url, [one for one in self.objects if one.kind == RULE])

    def _alerts(self, url: str) -> Look:
        return alerts_of(url, self.objects)

    def _tell(self, title: str, what_goes: str, consequence: str, looks: Mapping[str, _LookAt]) -> None:
        asked = {what: look for what, look in looks.items() if what in self.where}
        if not asked:
            return
        with self.progress.step(title):
            problems = [one for what, look in asked.items() for one in self._problems(what, look, what_goes)]
        for error in problems:
            self.progress.say(f"{error.what}: {error.why}; {consequence}")

    def _problems(self, what: str, look: _LookAt, what_goes: str) -> list[HarnessError]:
        """Asks each replica of one of both until it has let go. What went wrong."""
        problems: list[HarnessError] = []
        try:
            with self.enter() as near:
                for one in each_replica(self.where[what]):
                    try:
                        with self.reach(near, what, one) as url:
                            wait_until_gone(f"{what.capitalize()} without {what_goes}", look(url), self.waits)
                    except CouldNotTellError as error:
                        problems.append(error)
        except HarnessError as error:
            problems.append(error)
        return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """From where it is asked."""

    run: Run
    kubectl: Path
    kubeconfig: Path


def unload_of_killed_run(
    api: KubeApi,
    destination: Destination,
    run: str,
    progress: Progress,
    *,
    reach: Reach = monitoring_url,
    bring: Ensure = ensure,
) -> WaitForUnload:
    """Looks for who acts on rules, monitors and routes of a killed run while they are there; changes nothing.

    The options of the run are not known any more, so both are found by their selectors alone; where that is not one of
    each, what may come of it is told.

    Returns:
        Who is to be waited for. Whoever does not let go is told and keeps nobody.
    """
    try:
        wanted = _wanted(api, run)
        found = _found(api, wanted, progress)
    except HarnessError as error:
        progress.say(f"{error.what}: {error.why}; {_TOLD}")
        return NothingToUnload()

    @contextmanager
    def enter() -> Iterator[ClusterAccess]:
        kubectl = bring((ToolName.KUBECTL,), progress)[ToolName.KUBECTL].path
        with credentials(destination) as (own, kubeconfig):
            yield _Access(run=own, kubectl=kubectl, kubeconfig=kubeconfig)

    return MonitoringUnload(enter=enter, where=found, objects=wanted.objects, progress=progress, reach=reach)


def _found(api: KubeApi, wanted: Wanted, progress: Progress) -> dict[str, AnyFound]:
    """Those of both that can be asked; of the others it is told."""
    looks: list[tuple[str, Callable[[], AnyFound]]] = []
    if wanted.only(RULE, MONITOR):
        looks.append((PROMETHEUS, lambda: in_the_clear(find_prometheus(api, wanted, Asked()), PROMETHEUS)))
    if wanted.only(ALERTMANAGER_CONFIG):
        looks.append((ALERTMANAGER, lambda: in_the_clear(find_alertmanager(api, wanted, Asked()), ALERTMANAGER)))
    found: dict[str, AnyFound] = {}
    for what, look in looks:
        try:
            found[what] = look()
        except HarnessError as error:
            progress.say(f"{what.capitalize()}: {error.what} ({error.why}), {_TOLD}")
    return found


def _wanted(api: KubeApi, run: str) -> Wanted:
    """What the run has applied of the operator's kinds, with the labels that it has by now."""
    listed = [one for one in of_run(api, run).objects if one.ref.type.kind in KINDS]
    objects = [Custom.read({"kind": one.ref.type.kind, "metadata": one.metadata}) for one in listed]
    spaces = {name: api.find(f"/api/v1/namespaces/{name}") for name in sorted({one.namespace for one in objects})}
    labels = {name: labels_of(space) for name, space in spaces.items() if space is not None}
    return Wanted(objects=objects, namespaces=labels)


def _of(rule: Custom) -> re.Pattern[str]:
    return re.compile(rf"/{re.escape(f'{rule.namespace}-{rule.name}')}-{_UID}\.yaml$")


def _job(monitor: Custom) -> re.Pattern[str]:
    name = re.escape(_qualified(monitor))
    return re.compile(rf"^- job_name: [\"']?serviceMonitor/{name}/", re.MULTILINE)


def _receiver(config: Custom) -> re.Pattern[str]:
    return re.compile(rf"[ \"']{re.escape(_qualified(config))}/")


def _title(one: Custom) -> str:
    return f"{one.kind} {_qualified(one)}"


def _qualified(one: Custom) -> str:
    return f"{one.namespace}/{one.name}"
