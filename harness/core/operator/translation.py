"""The entrance: all objects in, all files out, and for each object whether it is in force, and if not, why."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ruamel.yaml import YAML

from harness.core.errors import MisuseError
from harness.core.operator.alertmanager_config import Part, alertmanager_config, part
from harness.core.operator.chart import Chart
from harness.core.operator.place import Place
from harness.core.operator.prometheus_config import prometheus_config
from harness.core.operator.reading import Custom, Field, ShapeError, Yaml
from harness.core.operator.scrape import monitor_jobs
from harness.core.operator.selector import LabelSelector
from harness.core.rules.file import read_documents, render

T = TypeVar("T")

KINDS = RULE, MONITOR, ALERTMANAGER_CONFIG = "PrometheusRule", "ServiceMonitor", "AlertmanagerConfig"
SECRET = "Secret"  # noqa: S105 - a kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """An object that is in force."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An object that is not in force, as it would not be on a cluster: nobody is told there either."""

    kind: str
    namespace: str
    name: str
    #: `label release=prometheus missing`
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Files, by content."""

    prometheus: str
    #: file name -> content, for the directory that the configuration names
    rules: Mapping[str, str]
    alertmanager: str
    accepted: tuple[Accepted, ...]
    rejected: tuple[Rejected, ...]


def translate(
    objects: Iterable[object], namespaces: Mapping[str, Mapping[str, str]], chart: Chart, place: Place
) -> Translation:
    """Translates the objects of a cluster.

    Args:
        objects: PrometheusRules, ServiceMonitors, AlertmanagerConfigs and the Secrets that these name, as the
            Kubernetes API gives them; others are passed over.
        namespaces: name -> labels, of all namespaces.
        chart: the chart's values.
        place: where the result runs.

    Raises:
        ShapeError: the chart's own configuration cannot work, or an object has no identity.
    """
    # the operator sorts by `namespace/name`, in which `a-b/x` comes before `a/x`
    read = [(Custom.read(document), document) for document in objects]
    customs = sorted((one for one, _ in read), key=lambda one: (one.kind, f"{one.namespace}/{one.name}"))
    secrets = {
        (one.namespace, one.name): Field("", document).at("data") for one, document in read if one.kind == SECRET
    }
    sieve = _Sieve(customs, namespaces)
    prometheus, alertmanager = chart.prometheus, chart.alertmanager
    rules = sieve.take(RULE, prometheus.rule_selector, prometheus.rule_namespaces, _rule_file)
    jobs = sieve.take(
        MONITOR,
        prometheus.monitor_selector,
        prometheus.monitor_namespaces,
        lambda monitor: monitor_jobs(monitor, prometheus, place),
    )
    own_namespace_only = LabelSelector(labels={"kubernetes.io/metadata.name": chart.namespace})
    parts: list[Part] = sieve.take(
        ALERTMANAGER_CONFIG,
        alertmanager.config_selector,
        alertmanager.config_namespaces or own_namespace_only,
        lambda config: part(config, chart, secrets),
    )
    return Translation(
        prometheus=_text(prometheus_config(chart, [job for group in jobs for job in group], place)),
        rules=dict(rules),
        alertmanager=_text(alertmanager_config(chart, parts)),
        accepted=tuple(sieve.accepted),
        rejected=tuple(sieve.rejected),
    )


class _Sieve:
    """Selects, translates, and keeps account."""

    def __init__(self, customs: Sequence[Custom], namespaces: Mapping[str, Mapping[str, str]]) -> None:
        self._customs = customs
        self._namespaces = namespaces
        self.accepted: list[Accepted] = []
        self.rejected: list[Rejected] = []

    def take(
        self, kind: str, selector: LabelSelector, namespaces: LabelSelector, translated: Callable[[Custom], T]
    ) -> list[T]:
        """The translations of all objects of a kind that are selected and valid."""
        results = []
        for one in self._customs:
            if one.kind != kind:
                continue
            try:
                why = self._not_selected(one, selector, namespaces)
                if why is None:
                    results.append(translated(one))
            except ShapeError as error:
                why = error.what
            except MisuseError as error:
                why = error.why
            if why is None:
                self.accepted.append(Accepted(kind=one.kind, namespace=one.namespace, name=one.name))
            else:
                self.rejected.append(Rejected(kind=one.kind, namespace=one.namespace, name=one.name, why=why))
        return results

    def _not_selected(self, one: Custom, selector: LabelSelector, namespaces: LabelSelector) -> str | None:
        # the API server puts this label on every namespace; a namespace not seen yet still has its name
        labels = {"kubernetes.io/metadata.name": one.namespace, **self._namespaces.get(one.namespace, {})}
        reason = namespaces.mismatch(labels)
        return selector.mismatch(one.labels) if reason is None else f"of namespace {one.namespace}, {reason}"


def _rule_file(rule: Custom) -> tuple[str, str]:
    document = {"kind": rule.kind, "spec": rule.spec.content}
    groups = read_documents([document], f"{rule.kind} {rule.namespace}/{rule.name}").groups
    return f"{rule.namespace}-{rule.name}-{rule.uid}.yaml", render(groups)


def _text(config: Yaml) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it as None
    yaml.width = 4_096
    yaml.representer.ignore_aliases = lambda _data: True  # anchors help nobody here
    out = io.StringIO()
    yaml.dump(config, out)
    return out.getvalue()
