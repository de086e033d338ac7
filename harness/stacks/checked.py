"""Subjects that are refused before anything starts, by what is in their files: the same for every kind of stack."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness.core.contract.subject import Subject
from harness.core.files.located import LocatedYaml, Plain, json_object, meant
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.operator.manifest import Manifest, one_object, path_of
from harness.core.operator.plain_routing import plain_routing
from harness.core.operator.reading import ShapeError
from harness.core.operator.routing_at_speed import base_at
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.core.rules.speed import Speed, check_speed
from harness.stacks.applying import check_manifest_files
from harness.stacks.rules_file import read_rules
from harness.stacks.scrape_profile import StackTraits
from harness.stacks.subject_objects import subject_objects
from harness.subject_reader import read_text
from harness.toolchain import ResolvedTool, Toolchain, ToolName
from harness.toolchain.amtool_config import config_refusal

#: namespace of Prometheus and Alertmanager, as the documentation installs them
MONITORING_NAMESPACE = "monitoring"
#: stands for the receiver's address where no run has one yet
NOWHERE = "http://receiver.invalid/notify/"


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringObjects:
    """The subject's own monitoring objects, as documented; what names no namespace is in the subject's."""

    rule: Manifest
    monitor: Manifest
    #: None where the route is a plain configuration
    routing: Manifest | None


def checked_chart(
    subject: Subject, traits: StackTraits, speed: Speed, installation: Installation | None = None
) -> Chart:
    """The subject's chart values, read; rules, monitor and routes work at this speed on this kind of stack.

    Args:
        subject: whose.
        traits: of the kind of stack.
        speed: divides.
        installation: how monitoring is installed by these values; None where it is there already.

    Raises:
        MisuseError: one of them cannot work.
    """
    chart = _chart(subject, installation, speed)
    settings, rules = chart.prometheus, Path(subject.files.rules)
    profile = traits.profile(scrape_interval=settings.scrape_interval, evaluation_interval=settings.evaluation_interval)
    groups = read_rules(rules).groups
    subject_objects(subject, speed, chart=chart, floor=traits.floor, receiver_url=NOWHERE, receiver_token="")
    check_manifest_files(subject)
    dashboard = Path(subject.files.dashboard)
    json_object(read_text(dashboard, "the dashboard"), str(dashboard))
    check_speed(groups, profile, speed)
    return chart


def monitoring_objects(subject: Subject) -> MonitoringObjects:
    """Reads rules, ServiceMonitor and AlertmanagerConfig.

    Raises:
        MisuseError: one of them is not there, is not the object that it should be, or one that the API server refuses.
    """
    files, namespace = subject.files, subject.namespace
    rule, monitor = (
        one_object(read_text(Path(file), what), kind, source=str(file), namespace=namespace)
        for file, what, kind in (
            (files.rules, "the rules", RULE),
            (files.service_monitor, "the ServiceMonitor", MONITOR),
        )
    )
    text, source = read_text(Path(files.alertmanager), "the routing"), str(files.alertmanager)
    plain = plain_routing(text, source)
    routing = None if plain else one_object(text, ALERTMANAGER_CONFIG, source=source, namespace=namespace)
    return MonitoringObjects(rule=rule, monitor=monitor, routing=routing)


def routed(chart: Chart, subject: Subject) -> Chart:
    """The chart with the subject's plain configuration as Alertmanager's, where the subject brings such a one.

    Raises:
        MisuseError: the file cannot be read, or holds a configuration that Alertmanager would refuse.
    """
    source = str(subject.files.alertmanager)
    plain = plain_routing(read_text(Path(source), "the routing"), source)
    if plain is None:
        return chart
    config = plain.worked_in(chart.alertmanager.base)
    tool = Toolchain().find(ToolName.AMTOOL)  # where it is not at hand yet, Alertmanager says it when it starts
    if isinstance(tool, ResolvedTool) and (why := config_refusal(tool.path, json.dumps(config))):
        problem = f"is refused by Alertmanager: {why}"
        raise FileMistakesError(
            source, [plain.document.mistake((), problem, "correct it; `amtool check-config` says the same")]
        )
    return chart.with_configuration(config)


def chart_values(subject: Subject) -> Plain:
    """The content of the subject's values file; None for an empty one.

    Raises:
        MisuseError: it is no YAML, or no mapping.
    """
    return _values(subject).data


def checked_values(file: Path, what: str) -> LocatedYaml:
    """A file of values for a chart, as Helm reads it.

    Raises:
        MisuseError: it is not there, is no YAML, or no mapping.
    """
    document = LocatedYaml(read_text(file, what), str(file))
    if not isinstance(document.data, dict | None):
        problem = f"is {meant(document.data, None)}, not a mapping of values"
        raise FileMistakesError(str(file), [document.mistake((), problem, "give values for kube-prometheus-stack")])
    return document


def _values(subject: Subject) -> LocatedYaml:
    return checked_values(Path(subject.files.chart_values), "the chart's values")


def _chart(subject: Subject, installation: Installation | None, speed: Speed) -> Chart:
    document = _values(subject)
    try:
        chart = Chart.read(
            document.data,
            release=subject.release,
            namespace=MONITORING_NAMESPACE,
            installation=installation or Installation.CHART,
        )
        chart = routed(chart, subject)
        if installation is not None:
            base_at(chart, speed, receiver_url=NOWHERE, receiver_token="")
    except ShapeError as error:
        found = document.mistake(path_of(error.path, document.data), error.problem, error.fix)
        raise FileMistakesError(document.source, [found]) from error
    return chart
