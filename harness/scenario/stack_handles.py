"""The handles of a stack: one that is up, with everything a scenario needs to act on it and to look at it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.controller import ControllerPage
from harness.clients.kubernetes import KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.clients.receiver import ReceiverClient
from harness.clients.remote_storage import RemoteStorage
from harness.core.contract.model import Contract
from harness.core.contract.quantity import Exporter
from harness.core.contract.subject import Subject
from harness.core.judge import Pace
from harness.core.rules.file import parse_rules
from harness.core.rules.speed import Speed
from harness.evidence.window import Window
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import controller_nodes
from harness.scenario.pace import pace_of
from harness.scenario.stack_history import StackHistory
from harness.stacks.base import Stack, StackFacts
from harness.witness.container_figures import CadvisorFigures
from harness.witness.node_pages import NodePages
from harness.witness.pods import ControllerPods
from harness.witness.queue_pages import QueuePages

#: a page of cAdvisor that takes longer would fail the fastest scrape as well
_PAGE_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StackHandles:
    """Handles on one running stack; closed by `open_handles`."""

    stack: Stack
    facts: StackFacts
    subject: Subject
    contract: Contract
    cluster: Cluster
    prometheus: PrometheusReader
    #: the same Prometheus, for raw samples
    storage: RemoteStorage
    alertmanager: AlertmanagerReader
    receiver: ReceiverClient
    #: rule group -> how far its evaluations look back (`query_offset`), seconds of the clock; 0 where it is not there
    offsets_s: Mapping[str, float] = field(default_factory=dict)
    #: what scenarios note about the stack for the time after them
    history: StackHistory = field(default_factory=StackHistory)

    def window(self, *, start_s: float, end_s: float, pace: Pace | None = None) -> Window:
        """What Prometheus has recorded between two instants, Unix seconds; at the stack's pace unless it is given."""
        return Window(
            prometheus=self.prometheus,
            contract=self.contract,
            pace=pace or pace_of(self.facts),
            start_s=start_s,
            end_s=end_s,
            job=self.subject.workload.service,
            refresh_s=self.facts.refresh_s,
            offsets_s=self.offsets_s,
        )


def figures_of(facts: StackFacts, cluster: Cluster) -> CadvisorFigures:
    """What the controller's containers use, from cAdvisor's own page."""
    subject, url = cluster.subject, facts.access.cadvisor_url
    take = (
        ControllerPage(url, source="cadvisor", timeout_s=_PAGE_TIMEOUT_S).take
        if url
        else NodePages(cluster.api, namespace=subject.namespace, nodes=partial(controller_nodes, cluster)).take
    )
    return CadvisorFigures(
        take,
        namespace=subject.namespace,
        container=subject.workload.container,
        renewed_s=facts.refresh_s.get(Exporter.CADVISOR, 0.0),
    )


def offsets_of(rules: Path, speed: Speed) -> Mapping[str, float]:
    """How far each rule group looks back on the clock, of those that do; the API of Prometheus does not tell."""
    groups = parse_rules(rules.read_text(encoding="utf-8"), str(rules)).groups if rules.is_file() else ()
    return {group.name: speed.scale(group.query_offset).seconds for group in groups if group.query_offset is not None}


@contextmanager
def open_handles(stack: Stack, facts: StackFacts, subject: Subject, contract: Contract) -> Iterator[StackHandles]:
    """Connects to everything of a running stack, and disconnects at the end.

    Raises:
        CouldNotTellError: something does not answer.
    """
    with ExitStack() as undo:
        access = facts.access
        api = undo.enter_context(closing(KubeApi(access.kubeconfig)))
        bare = Cluster(
            api=api,
            run=facts.run_id,
            subject=subject,
            webhook_client_config=dict(facts.webhook_client_config),
        )
        queues = QueuePages(lambda: ControllerPods(api, subject, facts.pod_address))
        undo.callback(queues.close)
        cluster = replace(bare, usage=figures_of(facts, bare), queues=queues)
        yield StackHandles(
            stack=stack,
            facts=facts,
            subject=subject,
            contract=contract,
            cluster=cluster,
            offsets_s=offsets_of(Path(subject.files.rules), facts.speed),
            prometheus=undo.enter_context(PrometheusReader(access.prometheus_url)),
            storage=undo.enter_context(RemoteStorage(access.prometheus_url)),
            alertmanager=undo.enter_context(AlertmanagerReader(access.alertmanager_url)),
            receiver=undo.enter_context(ReceiverClient(access.receiver_url, access.receiver_token)),
        )
