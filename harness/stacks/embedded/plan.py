"""The plan of one embedded stack: which files, ports and intervals, all decided before anything is started."""

import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness.agents.pods import Agents
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.marks import HARNESS_IMAGE, RUN_LABEL
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.installation import Installation
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags
from harness.stacks.checked import checked_chart
from harness.stacks.embedded.control_plane import ControlPlane
from harness.stacks.embedded.node.addresses import ADDRESS_ANNOTATION
from harness.stacks.embedded.node.config import LocalImage, NodeConfig
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.slot import Slot
from harness.stacks.run import Run
from harness.stacks.scrape_profile import EMBEDDED
from harness.stacks.subject_objects import SubjectObjects, subject_objects

FLOOR = EMBEDDED.floor
NODE_NAME = "kubemirror-harness"
HARNESS_NAMESPACE = "kubemirror-harness"

#: what each port of the slot is for; the first five are the control plane's
_PROMETHEUS, _ALERTMANAGER = 5, 6
#: ports on the node's own loopback address, which nobody else uses
_KUBELET_PORT, _METRICS_PORT = 10_250, 10_255
#: path on the receiver that takes notifications; a receiver's name comes behind it
_NOTIFY = "/notify/"
#: last bytes of the addresses of the harness's own pods: others are told of them before the pods exist
_WEBHOOK_BYTE, _RECEIVER_BYTE = 2, 3


def check_subject(subject: Subject, speed: Speed, installation: Installation = Installation.CHART) -> Chart:
    """Everything that can be refused without starting anything: chart values, programs, rules, the speed for them.

    Raises:
        MisuseError: one of them cannot work.
    """
    _check_programs(subject)
    return checked_chart(subject, EMBEDDED, speed, installation)


def _check_programs(subject: Subject) -> None:
    """Refuses a program named by its path that cannot be run; one named without is looked for in the pod's own PATH."""
    for image in subject.images:
        program = image.command_for(sys.executable)[0]
        if "/" in program and shutil.which(program) is None:
            raise MisuseError(
                f"image {image.image} cannot run",
                why=f"{program} is no program that can be executed",
                fix=f"build it, or correct `images` in {subject.source}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One stack, decided."""

    run: Run
    slot: Slot
    subject: Subject
    speed: Speed
    #: the installation whose monitoring this stack has, and what is applied of the subject; both on the clock
    chart: Chart
    flags: TimingFlags
    objects: SubjectObjects
    receiver_token: str = field(repr=False)
    agents: Agents

    @classmethod
    def of(
        cls,
        run: Run,
        slot: Slot,
        subject: Subject,
        speed: Speed,
        *,
        chart: Chart,
    ) -> "Plan":
        """A plan with a token and a certificate of its own.

        Args:
            run: whose files.
            slot: whose addresses.
            subject: what is under test.
            speed: divides.
            chart: as documented (`check_subject`).

        Raises:
            MisuseError: the chart's own Alertmanager configuration is one that would be refused.
        """
        token = secrets.token_urlsafe(24)
        agents = Agents.build(
            token,
            image=HARNESS_IMAGE,
            namespace=HARNESS_NAMESPACE,
            labels={RUN_LABEL: run.id},
            webhook_names=(f"{slot.listen_prefix}.{_WEBHOOK_BYTE}",),
            webhook_annotations={ADDRESS_ANNOTATION: str(_WEBHOOK_BYTE)},
            receiver_annotations={ADDRESS_ANNOTATION: str(_RECEIVER_BYTE)},
            store=PurePosixPath(run.directory / "deliveries.jsonl"),
            mount_store=False,
        )
        notify_url = f"http://{slot.listen_prefix}.{_RECEIVER_BYTE}:{agents.receiver_port}{_NOTIFY}"
        values = values_at(
            chart, speed, floor=FLOOR, cadvisor_floor=FLOOR, receiver_url=notify_url, receiver_token=token
        )
        return cls(
            run=run,
            slot=slot,
            subject=subject,
            speed=speed,
            chart=chart.laid_over(values),
            flags=TimingFlags.at(speed, FLOOR),
            objects=subject_objects(
                subject, speed, chart=chart, floor=FLOOR, receiver_url=notify_url, receiver_token=token
            ),
            receiver_token=token,
            agents=agents,
        )

    @property
    def control_plane(self) -> ControlPlane:
        """Where the control plane lives."""
        return ControlPlane(directory=self.run.directory / "control-plane", slot=self.slot)

    @property
    def prometheus_address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.slot.port(_PROMETHEUS)}"

    @property
    def alertmanager_address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.slot.port(_ALERTMANAGER)}"

    @property
    def webhook_url(self) -> str:
        """Where the API server finds the fault webhook: a fixed address, because its certificate names it."""
        return f"https://{self.slot.listen_prefix}.{_WEBHOOK_BYTE}:{self.agents.webhook_port}"

    @property
    def receiver_url(self) -> str:
        """Where Alertmanager finds the notification receiver."""
        return f"http://{self.slot.listen_prefix}.{_RECEIVER_BYTE}:{self.agents.receiver_port}"

    @property
    def notify_url(self) -> str:
        """Where it takes notifications; a receiver's name is appended to it."""
        return f"{self.receiver_url}{_NOTIFY}"

    @property
    def cadvisor_url(self) -> str:
        """Where the node says what containers use."""
        return f"http://{self.slot.node_address}:{_METRICS_PORT}/metrics/cadvisor"

    @property
    def monitoring_directory(self) -> Path:
        """Configuration and data of Prometheus and Alertmanager."""
        return self.run.directory / "monitoring"

    def pod_address(self, pod_ip: str, port: int) -> str:
        """host:port at which this machine reaches a pod's port."""
        return f"{self.slot.listen_prefix}.{pod_ip.rpartition('.')[2]}:{port}"

    @property
    def start_file(self) -> Path:
        """Appears when the API server answers: node and operator wait for it."""
        return self.run.directory / "api-ready"

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.run.directory / "logs" / f"{name}.log"

    @property
    def node(self) -> NodeConfig:
        """What the node is told."""
        images = {
            image.image: LocalImage(command=image.command, append_args=image.append_args)
            for image in self.subject.images
        }
        return NodeConfig(
            run_id=self.run.id,
            kubeconfig=self.control_plane.kubeconfig,
            node_name=NODE_NAME,
            state_dir=self.run.directory,
            pod_prefix=self.slot.pod_prefix,
            listen_prefix=self.slot.listen_prefix,
            node_ip=self.slot.node_address,
            kubelet_port=_KUBELET_PORT,
            metrics_port=_METRICS_PORT,
            images={**images, HARNESS_IMAGE: LocalImage(command=(sys.executable, "-m"))},
        )

    @property
    def operator(self) -> OperatorConfig:
        """What the operator is told."""
        return OperatorConfig(
            kubeconfig=self.control_plane.kubeconfig,
            chart=self.chart,
            prometheus_config=self.monitoring_directory / "prometheus.yaml",
            rules_dir=self.monitoring_directory / "rules",
            alertmanager_config=self.monitoring_directory / "alertmanager.yaml",
            status_file=self.monitoring_directory / "operator-status.json",
            prometheus_address=self.prometheus_address,
            alertmanager_address=self.alertmanager_address,
            node_name=NODE_NAME,
            node_metrics_address=f"{self.slot.node_address}:{_METRICS_PORT}",
        )
