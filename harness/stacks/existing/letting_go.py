"""Letting go: Prometheus and Alertmanager act on an object for a while after it was deleted.

Operator, kubelet and reloader stand between them and the API server, and the kubelet looks at a pod's volumes every 60
to 90 s: https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
Others' pods are not touched to hurry it. At a speed that is longer than a `for`. So a controller that went meanwhile
would be found down by its own rules, and the cluster's people be told; and the next run of the same subject would take
the former rules for its own, at their speed, and the former route, which leads to a receiver that is gone.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from harness.core.errors import CouldNotTellError
from harness.core.operator.reading import Custom
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.existing.examination import Found
from harness.stacks.existing.running import NoAnswerError, alertmanager_configuration, configuration, rule_files
from harness.stacks.existing.way import ALERTMANAGER, PROMETHEUS, AnyFound, Near, Reach, each_replica, reached
from harness.toolchain import Progress
from harness.waiting import NotYet, wait_until

#: three of the kubelet's longest looks: a busy one misses some
_TIMEOUT_S: Final = 300.0
_LOOK_S: Final = 1.0
_UID: Final = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FIX: Final = "see whether the operator runs, and what its log says of Prometheus and Alertmanager"

#: gives back what of some objects is still in force, in words
Look = Callable[[], Sequence[str]]


def in_prometheus(url: str, objects: Iterable[Custom]) -> tuple[str, ...]:
    """Which of these rules and monitors it has loaded, by the names that the operator gives to files and jobs.

    `generateServiceMonitorConfig` and rule files, in
    https://github.com/prometheus-operator/prometheus-operator/tree/v0.85.0/pkg/prometheus

    Raises:
        NoAnswerError: it does not answer, or as no Prometheus does.
    """
    objects = tuple(objects)
    files, text = rule_files(url), configuration(url)
    found = [one for one in objects if one.kind == RULE and any(_of(one).search(file) for file in files)]
    found += [one for one in objects if one.kind == MONITOR and _job(one).search(text)]
    return tuple(map(_title, found))


def in_alertmanager(url: str, objects: Iterable[Custom]) -> tuple[str, ...]:
    """Which of these AlertmanagerConfigs it has loaded, by the names that the operator gives to receivers.

    Raises:
        NoAnswerError: it does not answer, or as no Alertmanager does.
    """
    text = alertmanager_configuration(url)
    return tuple(_title(one) for one in objects if one.kind == ALERTMANAGER_CONFIG and _receiver(one).search(text))


def wait_until_gone(title: str, look: Look) -> None:
    """Returns once nothing is in force any more.

    Raises:
        WaitTimeoutError: something still is after three minutes, or it does not answer.
    """

    def gone() -> NotYet | None:
        try:
            left = look()
        except NoAnswerError as error:
            return NotYet(error.why)
        return NotYet(f"it has {', '.join(left)}") if left else None

    what = f"{title} without what was deleted"
    wait_until(what, gone, timeout_s=_TIMEOUT_S, interval_s=_LOOK_S, fix=_FIX)


def let_go(near: Near, found: Found, progress: Progress, *, reach: Reach = reached) -> None:
    """Returns once neither has anything of the subject's. One that does not let go is told and keeps nobody."""
    for what, where in ((PROMETHEUS, found.prometheus), (ALERTMANAGER, found.alertmanager)):
        let_go_of(near, what, where, found.objects, progress, reach=reach)


def let_go_of(
    near: Near, what: str, where: AnyFound, objects: Iterable[Custom], progress: Progress, *, reach: Reach = reached
) -> None:
    """Returns once one of both (`PROMETHEUS` or `ALERTMANAGER`) has none of these objects, in none of its replicas.

    What was given by URL is one, whoever answers there. One that does not let go is told and keeps nobody.
    """
    look = _LOOKS[what]
    for one in each_replica(where):
        try:
            with reach(near, what, one) as url:
                wait_until_gone(what.capitalize(), partial(look, url, objects))
        except CouldNotTellError as error:
            progress.say(f"{error.what}: {error.why}; until then it may tell somebody that the controller is down")


_LOOKS: Final = {PROMETHEUS: in_prometheus, ALERTMANAGER: in_alertmanager}


def _of(rule: Custom) -> re.Pattern[str]:
    return re.compile(rf"/{re.escape(f'{rule.namespace}-{rule.name}')}-{_UID}\.yaml$")


def _job(monitor: Custom) -> re.Pattern[str]:
    name = re.escape(f"{monitor.namespace}/{monitor.name}")
    return re.compile(rf"^- job_name: [\"']?serviceMonitor/{name}/", re.MULTILINE)


def _receiver(config: Custom) -> re.Pattern[str]:
    return re.compile(rf"[ \"']{re.escape(f'{config.namespace}/{config.name}')}/")


def _title(one: Custom) -> str:
    return f"{one.kind} {one.namespace}/{one.name}"
