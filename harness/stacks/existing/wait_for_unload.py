"""What a Prometheus and an Alertmanager still have of objects that were deleted, and the wait until they have not.

Operator, kubelet and reloader stand between them and the API server, and the kubelet looks at a pod's volumes every 60
to 90 s: https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/#mounted-configmaps-are-updated-automatically
Others' pods are not touched to hurry it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from harness.core.operator.reading import Custom
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.existing.running import (
    NoAnswerError,
    TakenAlert,
    alertmanager_configuration,
    configuration,
    rule_files,
    taken_alerts,
)
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


def alerts_of(url: str, objects: Iterable[Custom]) -> Look:
    """A look at which alerts an Alertmanager routes by these AlertmanagerConfigs as it did at the first look.

    An alert whose rule is gone is sent no more, and ends at the end that it was sent with, four times
    `--rules.alert.resend-delay` or the interval of its group after that:
    https://github.com/prometheus/prometheus/blob/v3.5.0/rules/alerting.go
    One that is sent again meanwhile is another rule's, and is waited for no longer.

    The look raises NoAnswerError where it does not answer, or as no Alertmanager does.
    """
    routed = "|".join(f"{re.escape(_qualified(one))}/.*" for one in objects if one.kind == ALERTMANAGER_CONFIG)
    if not routed:
        return lambda: ()
    first: list[frozenset[TakenAlert]] = []

    def look() -> tuple[str, ...]:
        taken = taken_alerts(url, routed)
        if not first:
            first.append(frozenset(taken))
        return tuple(f"alert {one.title}" for one in taken if one in first[0])

    return look


def wait_until_gone(what: str, look: Look) -> None:
    """Returns once nothing is in force any more.

    Args:
        what: is waited for, in messages: `Prometheus without ...`.
        look: at what is left.

    Raises:
        WaitTimeoutError: something still is after five minutes, or it does not answer.
    """

    def gone() -> NotYet | None:
        try:
            left = look()
        except NoAnswerError as error:
            return NotYet(error.why)
        return NotYet(f"it has {', '.join(left)}") if left else None

    wait_until(what, gone, timeout_s=_TIMEOUT_S, interval_s=_LOOK_S, fix=_FIX)


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
