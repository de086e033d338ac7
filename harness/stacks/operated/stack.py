"""A stack on a real cluster: subject and monitoring installed as a user does, at a speed, and reached from here.

What differs between one cluster and another, the ground knows; how monitoring comes there, its installer.
"""

import base64
import secrets
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path, PurePosixPath

from harness.core.operator.at_speed import monitor_at, rule_at
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field
from harness.core.operator.routing_at_speed import SecretKey, routing_at
from harness.core.rules import parse_rules
from harness.core.speed import Speed
from harness.core.subject import Subject
from harness.kube_api import ApiRequest, KubeApi
from harness.stacks.applying import built
from harness.stacks.base import Access, AttendantBuilder, AttendantPlace, Attendants, Outage, StackFacts
from harness.stacks.operated.forward import Forward, ForwardSpec, Kubectl
from harness.stacks.operated.ground import Ground
from harness.stacks.operated.in_force import (
    Probe,
    began,
    quit_process,
    receiver_loaded,
    rules_loaded,
    scraped,
    touching,
)
from harness.stacks.operated.kept_forward import KeptForward
from harness.stacks.operated.monitored import Monitored, Monitoring
from harness.stacks.operated.named import documents, harness_namespace, marked
from harness.stacks.operated.pod_forwards import PodForwards
from harness.stacks.operated.site import Site
from harness.stacks.operated.workloads import unready
from harness.stacks.rhythm import StackTraits
from harness.stacks.room import check_room
from harness.stacks.run import Run, state_root
from harness.stacks.sweep import remove, sweep_abandoned
from harness.toolchain import Progress, ToolName, ensure
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: images may have to be pulled
_PODS_TIMEOUT_S = 600.0
#: operator, kubelet and reloader are done within seconds on a cluster of one's own
_IN_FORCE_TIMEOUT_S = 180.0
#: a container is started again at once after its first end
_RESTART_TIMEOUT_S = 90.0
_LOOK_S = 0.5

#: where the token of the notifications is, beside the subject's AlertmanagerConfig
_TOKEN = SecretKey(name="kubemirror-harness-receiver", key="token")
_RECEIVER = ("spec", "route", "receiver")
#: programs that every operated stack takes
TOOLS = (ToolName.KUBECTL, ToolName.AMTOOL)


class OperatedStack:
    """One stack with a real Prometheus Operator, from nothing to a scraped controller and back."""

    def __init__(
        self,
        subject: Subject,
        speed: Speed,
        attendants: AttendantBuilder,
        progress: Progress,
        *,
        traits: StackTraits,
        chart: Chart,
        ground: Ground,
        monitoring: Monitoring,
        image: str,
    ) -> None:
        """What to install, and where.

        Args:
            subject: what is under test.
            speed: what durations are divided by.
            attendants: builds the harness's own pods.
            progress: is told of each step.
            traits: of the kind of stack.
            chart: the subject's values.
            ground: where the cluster comes from.
            monitoring: how monitoring comes there.
            image: of the harness's own pods.
        """
        self._subject = subject
        self._speed = speed
        self._attendants = attendants
        self._progress = progress
        self._traits = traits
        self._chart = chart
        self._ground = ground
        self._monitoring = monitoring
        self._image = image
        self._run: Run | None = None
        self._undo = ExitStack()
        self._forwards: dict[str, KeptForward] = {}
        self._pods: PodForwards | None = None
        self._kept = False

    def up(self) -> StackFacts:
        """Brings everything up and returns once the controller is scraped healthily; leaves nothing if it fails."""
        sweep_abandoned()
        check_room(state_root())
        tools = {name: tool.path for name, tool in ensure((*TOOLS, *self._ground.tools), self._progress).items()}
        try:
            run = self._run = Run.create()
            images = (self._image, *self._monitoring.images)
            kubeconfig = self._ground.up(run, tools, images, self._progress)
            api = self._undo.enter_context(closing(KubeApi(kubeconfig)))
            return self._start(run, tools[ToolName.KUBECTL], kubeconfig, api)
        except BaseException:
            self.down()
            raise

    def ended(self) -> str | None:
        """Which component has died, and how; None while all run."""
        ways = (forward.ended() for forward in self._forwards.values())
        return next(filter(None, (self._ground.ended(), *ways)), None)

    def outages(self) -> tuple[Outage, ...]:
        """When a port-forward to monitoring or receiver was down; those to pods go with their pods."""
        return tuple(
            Outage(what=forward.name, start_s=drop.at_s, end_s=drop.back_s, why=drop.why)
            for forward in self._forwards.values()
            for drop in forward.drops
        )

    def restart_prometheus(self) -> None:
        """Ends Prometheus in good order; its container is started again on the same data."""
        url = self._forwards["prometheus"].url()
        first = began(url)
        quit_process(url)

        def again() -> NotYet | None:
            now = began(url)
            return None if now and now != first else NotYet(f"it began at {now or '(no answer)'}")

        wait_until("Prometheus started again", again, timeout_s=_RESTART_TIMEOUT_S, interval_s=0.1, ended=self.ended)

    def keep(self) -> None:
        """From now on the stack outlives this process."""
        if self._run is not None:
            self._run = self._run.keep()
            self._kept = True

    def down(self) -> None:
        """Removes everything. May be called twice, and after half a start."""
        try:
            self._undo.close()
        finally:
            self._forwards, self._pods = {}, None
            if self._run is not None:
                try:
                    self._ground.down()
                finally:
                    remove(self._run)
                    self._run = None

    def _start(self, run: Run, kubectl: Path, kubeconfig: Path, api: KubeApi) -> StackFacts:
        token = secrets.token_urlsafe(24)
        attendants = self._attendants(
            AttendantPlace(
                image=self._image,
                namespace=harness_namespace(run.id),
                run_id=run.id,
                webhook_names=(),
                webhook_annotations={},
                receiver_annotations={},
                receiver_token=token,
                store=PurePosixPath("/deliveries/deliveries.jsonl"),
                mount_store=True,
            )
        )
        site = Site(
            run=run,
            kubectl=kubectl,
            kubeconfig=kubeconfig,
            api=api,
            receiver_token=token,
            receiver_service=attendants.receiver_service,
            receiver_port=attendants.receiver_port,
        )
        with self._progress.step("operator, Prometheus, Alertmanager, controller"):
            self._monitoring.install(site, self._speed)
            manifests = built(kubectl, map(Path, self._subject.files.manifests))
            site.apply(marked(documents(manifests), site.labels))
            site.apply(attendants.manifests)
            monitored = self._monitoring.wait(site, self._speed)
            self._wait_for_pods(site)
        with self._progress.step("port-forwards"):
            self._forward(site, attendants, monitored)
        with self._progress.step("first healthy scrape of the controller"):
            missing = self._scrape_and_route(site, monitored)
        with self._progress.step("rules"):
            missing += self._rules(site, monitored)
        return self._facts(site, attendants, monitored, not_in_force=tuple(missing))

    def _wait_for_pods(self, site: Site) -> None:
        def ready() -> NotYet | None:
            places = ((self._subject.namespace, (self._subject.workload.deployment,)), (site.namespace, ()))
            left = [unready(site.api, place, expected=names) for place, names in places]
            said = "; ".join(filter(None, left))
            return NotYet(said) if said else None

        wait_until("controller, webhook and receiver ready", ready, timeout_s=_PODS_TIMEOUT_S, interval_s=_LOOK_S)

    def _forward(self, site: Site, attendants: Attendants, monitored: Monitored) -> None:
        kubectl, logs = Kubectl(program=site.kubectl, kubeconfig=site.kubeconfig), site.run.directory / "logs"
        targets = {
            "prometheus": (monitored.namespace, monitored.prometheus, monitored.prometheus_port),
            "alertmanager": (monitored.namespace, monitored.alertmanager, monitored.alertmanager_port),
            "receiver": (site.namespace, f"svc/{attendants.receiver_service}", attendants.receiver_port),
        }
        for name, (namespace, target, port) in targets.items():
            spec = ForwardSpec(
                kubectl=kubectl,
                namespace=namespace,
                target=target,
                remote_port=port,
                log=logs / f"port-forward-{name}.log",
            )
            kept = KeptForward(Forward(spec, run_id=site.run.id))
            self._undo.callback(kept.close)
            kept.start()
            self._forwards[name] = kept
        pods = PodForwards(partial(_pod_at, site.api), kubectl=kubectl, logs=logs, run_id=site.run.id)
        self._undo.callback(pods.close)
        self._pods = pods

    def _scrape_and_route(self, site: Site, monitored: Monitored) -> list[str]:
        files, settings = self._subject.files, self._chart.prometheus
        monitor = monitor_at(
            Path(files.service_monitor).read_text(encoding="utf-8"),
            self._speed,
            scrape=settings.scrape_interval,
            scrape_timeout=settings.scrape_timeout,
            floor=self._traits.floor,
        )
        routing = routing_at(
            Path(files.alertmanager).read_text(encoding="utf-8"),
            self._speed,
            receiver_url=site.receiver_url,
            token=_TOKEN,
        )
        place: Manifest = {"name": _TOKEN.name, "namespace": _namespace_of(routing)}
        token: Manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": place,
            "stringData": {_TOKEN.key: site.receiver_token},
        }
        site.apply(marked((token, monitor, routing), site.labels))
        prometheus, alertmanager = self._forwards["prometheus"].url(), self._forwards["alertmanager"].url()
        receiver = _qualified(routing)
        job = self._subject.workload.service
        return [
            *self._await(site, monitored, "first healthy scrape", scraped(prometheus, job), monitored.prometheus),
            *self._await(
                site,
                monitored,
                f"AlertmanagerConfig {receiver}",
                receiver_loaded(alertmanager, receiver),
                monitored.alertmanager,
            ),
        ]

    def _rules(self, site: Site, monitored: Monitored) -> list[str]:
        file = Path(self._subject.files.rules)
        text = file.read_text(encoding="utf-8")
        evaluation = self._chart.prometheus.evaluation_interval
        rule = rule_at(text, str(file), self._speed, evaluation=evaluation, floor=self._traits.floor)
        site.apply(marked((rule,), site.labels))
        groups = [group.name for group in parse_rules(text, str(file)).groups]
        loaded = rules_loaded(self._forwards["prometheus"].url(), groups)
        return self._await(site, monitored, f"PrometheusRule {file.name}", loaded, monitored.prometheus)

    def _await(self, site: Site, monitored: Monitored, what: str, probe: Probe, pod: str) -> list[str]:
        """Waits; what does not come in force is the subject's own mistake, as likely as not, and the judge tells it."""
        name = pod.removeprefix("pod/")
        path = f"/api/v1/namespaces/{monitored.namespace}/pods/{name}"
        asked = touching(site.api, (path,), probe) if name != pod else probe
        try:
            wait_until(what, asked, timeout_s=_IN_FORCE_TIMEOUT_S, interval_s=_LOOK_S, ended=self.ended)
        except WaitTimeoutError as error:
            return [f"{error.what} ({error.why})"]
        return []

    def _facts(
        self, site: Site, attendants: Attendants, monitored: Monitored, *, not_in_force: tuple[str, ...]
    ) -> StackFacts:
        if self._pods is None:
            raise AssertionError("the port-forwards are there")
        return StackFacts(
            stack=self._traits.name,
            run_id=site.run.id,
            directory=site.run.directory,
            speed=self._speed,
            access=Access(
                kubeconfig=site.kubeconfig,
                prometheus_url=self._forwards["prometheus"].url(),
                alertmanager_url=self._forwards["alertmanager"].url(),
                receiver_url=self._forwards["receiver"].url(),
                receiver_token=site.receiver_token,
                notify_url=site.receiver_url,
                notify_token=_TOKEN,
            ),
            scrape_s=monitored.scrape_s,
            evaluation_s=monitored.evaluation_s,
            resend_s=monitored.resend_s,
            webhook_client_config={
                "service": {
                    "namespace": site.namespace,
                    "name": attendants.webhook_service,
                    "port": attendants.webhook_service_port,
                },
                "caBundle": base64.b64encode(attendants.webhook_ca.encode()).decode(),
            },
            pod_address=self._pods.address,
            not_in_force=not_in_force,
            refresh_s=self._traits.refresh_s,
        )


def _pod_at(api: KubeApi, pod_ip: str) -> tuple[str, str] | None:
    found = api.ask(ApiRequest(method="GET", path="/api/v1/pods", query={"fieldSelector": f"status.podIP={pod_ip}"}))
    alive = [one for one in found["items"] if one.get("status", {}).get("phase") not in {"Succeeded", "Failed"}]
    return next(((one["metadata"]["namespace"], one["metadata"]["name"]) for one in alive), None)


def _namespace_of(one: Manifest) -> str:
    return Field("", one).at("metadata", "namespace").text()


def _qualified(routing: Manifest) -> str:
    """The name that the operator gives to the receiver of an AlertmanagerConfig's route."""
    found = Field("", routing)
    return "/".join(found.at(*path).text() for path in (("metadata", "namespace"), ("metadata", "name"), _RECEIVER))
