"""The subject's own monitoring objects as every stack applies them: at the speed, with the harness's receiver."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.core.contract.subject import Subject
from harness.core.duration import PromDuration
from harness.core.operator.at_speed import monitor_at, rule_at
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Custom
from harness.core.operator.receiver import TOKEN
from harness.core.operator.route import qualified
from harness.core.operator.routing_at_speed import inherited_times, routing_at
from harness.core.rules.file import parse_rules
from harness.core.rules.speed import Speed
from harness.subject_reader import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectObjects:
    """What is applied of the subject besides the manifests that it is installed with."""

    #: Secret with `TOKEN`
    token: Manifest = field(repr=False)
    monitor: Manifest
    routing: Manifest
    rule: Manifest
    #: names of the rule's groups
    groups: tuple[str, ...]

    @property
    def receiver(self) -> str:
        """The name that the operator gives to the receiver of the AlertmanagerConfig's route."""
        routing = Custom.read(self.routing)
        return qualified(routing, routing.spec.at("route", "receiver").text())

    @property
    def slowest_s(self) -> float:
        """Seconds of the clock between two scrapes or evaluations, of whatever comes least often."""
        monitor, rule = (Custom.read(one).spec for one in (self.monitor, self.rule))
        lengths = [
            one.at("interval").duration() for one in (*monitor.at("endpoints").items(), *rule.at("groups").items())
        ]
        return max((length.seconds for length in lengths if length), default=0.0)


def subject_objects(
    subject: Subject, speed: Speed, *, chart: Chart, floor: PromDuration, receiver_url: str, receiver_token: str
) -> SubjectObjects:
    """Reads the subject's files and builds the objects.

    Args:
        subject: whose.
        speed: divides every duration.
        chart: its values, for what the objects leave to defaults.
        floor: no interval becomes shorter.
        receiver_url: ends with a slash; where all notifications go.
        receiver_token: the bearer token that they carry.

    Raises:
        MisuseError: one of the files is not the object that it should be, or one that the operator would refuse.
    """
    files, settings = subject.files, chart.prometheus
    rules = read_text(Path(files.rules), "the rules")
    routing = routing_at(
        read_text(Path(files.alertmanager), "the AlertmanagerConfig"),
        str(files.alertmanager),
        speed,
        namespace=subject.namespace,
        receiver_url=receiver_url,
        inherited=inherited_times(chart),  # where the root route is at the speed it says the same
    )
    place: Manifest = {"name": TOKEN.name, "namespace": Custom.read(routing).namespace}
    return SubjectObjects(
        token={"apiVersion": "v1", "kind": "Secret", "metadata": place, "stringData": {TOKEN.key: receiver_token}},
        monitor=monitor_at(
            read_text(Path(files.service_monitor), "the ServiceMonitor"),
            str(files.service_monitor),
            speed,
            namespace=subject.namespace,
            scrape=settings.scrape_interval,
            scrape_timeout=settings.scrape_timeout,
            floor=floor,
        ),
        routing=routing,
        rule=rule_at(
            rules,
            str(files.rules),
            speed,
            evaluation=settings.evaluation_interval,
            floor=floor,
            namespace=subject.namespace,
        ),
        groups=tuple(group.name for group in parse_rules(rules, str(files.rules)).groups),
    )


def title(one: Manifest) -> str:
    """An object in messages: `PrometheusRule monitoring/kubemirror`."""
    found = Custom.read(one)
    return f"{found.kind} {found.namespace}/{found.name}"
