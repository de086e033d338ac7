"""The subject's own monitoring objects as every stack applies them: at the speed, with the harness's receiver."""

from dataclasses import dataclass, field
from pathlib import Path

from harness.core.contract.subject import Subject
from harness.core.duration import PromDuration
from harness.core.operator.at_speed import monitor_at, rule_at
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest
from harness.core.operator.plain_routing import PlainRouting, plain_routing
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
    #: None where the route is a plain configuration, with which Alertmanager starts (`checked_chart`)
    routing: Manifest | None
    rule: Manifest
    #: the name that Alertmanager has for the receiver of the subject's route
    receiver: str
    #: names of the rule's groups
    groups: tuple[str, ...]

    @property
    def routes(self) -> tuple[Manifest, ...]:
        """What is applied for the sake of the route."""
        return () if self.routing is None else (self.routing,)

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
    text = read_text(Path(files.alertmanager), "the routing")
    plain = plain_routing(text, str(files.alertmanager))
    routing = (
        routing_at(
            text,
            str(files.alertmanager),
            speed,
            namespace=subject.namespace,
            receiver_url=receiver_url,
            inherited=inherited_times(chart),  # where the root route is at the speed it says the same
        )
        if plain is None
        else None
    )
    place: Manifest = {"name": TOKEN.name, "namespace": subject.namespace}
    if routing is not None:
        place["namespace"] = Custom.read(routing).namespace
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
        receiver=_receiver(routing, plain),
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


def _receiver(routing: Manifest | None, plain: PlainRouting | None) -> str:
    if routing is not None:
        found = Custom.read(routing)
        return qualified(found, found.spec.at("route", "receiver").text())
    own = () if plain is None else plain.config.at("receivers").items()
    return next((one.at("name").text() for one in own), "")


def title(one: Manifest) -> str:
    """An object in messages: `PrometheusRule monitoring/kubemirror`."""
    found = Custom.read(one)
    return f"{found.kind} {found.namespace}/{found.name}"
