"""A stack on a real cluster: subject and monitoring installed as a user does, at a speed, and reached from here.

What differs between one cluster and another, the provider knows; how monitoring comes there, its installer.
"""

import base64
import os
import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from harness.agents.pods import Agents
from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.kubernetes import KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.judge.preflight import (
    Installed,
    Selection,
    judge_controller,
    passed_over,
)
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest
from harness.core.operator.translation import ALERTMANAGER_CONFIG, RULE
from harness.core.rules.speed import Speed
from harness.stacks.applying import apply, built
from harness.stacks.base import (
    Access,
    Capability,
    GoOn,
    Outage,
    StackFacts,
    always,
)
from harness.stacks.bring_up import taken_away_unless_up
from harness.stacks.checked import chart_values
from harness.stacks.cluster.dashboard_map import dashboard_map
from harness.stacks.cluster.in_force import Probe, receiver_loaded, rules_loaded, touching
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored, Monitoring, pods_of
from harness.stacks.cluster.named import marked, without_namespaces
from harness.stacks.cluster.own_monitoring import OwnMonitoring
from harness.stacks.cluster.pods_ready import wait_for_harness_pods, wait_for_own_pods
from harness.stacks.cluster.port_forward import Kubectl
from harness.stacks.cluster.port_forwards import PortForwards
from harness.stacks.cluster.provider import Provider
from harness.stacks.cluster.selecting import monitoring_selections
from harness.stacks.cluster.waits import USUAL, Waits
from harness.stacks.free_space import check_room
from harness.stacks.installed import read_installed
from harness.stacks.refusals import Refusals
from harness.stacks.run import Run, end_processes, log_ends, state_root
from harness.stacks.scrape_profile import StackTraits
from harness.stacks.scrape_watch import ScrapeWatch, scraped
from harness.stacks.subject_objects import SubjectObjects, subject_objects, title
from harness.stacks.sweep import Sweep
from harness.subject_reader import read_text
from harness.toolchain import Ensure, Progress, ToolName, ensure
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: programs that every operated stack takes
TOOLS = (ToolName.KUBECTL, ToolName.AMTOOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a stack takes from outside of this process, each as the function that it is by default."""

    ensure: Ensure = ensure
    built: Callable[[Path, Subject], tuple[Manifest, ...]] = built
    open_api: Callable[[Path], KubeApi] = KubeApi
    apply: Callable[..., None] = apply
    port_forwards: Callable[..., PortForwards] = PortForwards
    check_room: Callable[[Path], None] = check_room


class ClusterStack:
    """One stack with a real Prometheus Operator, from nothing to a scraped controller and back."""

    def __init__(
        self,
        subject: Subject,
        speed: Speed,
        progress: Progress,
        sweep: Sweep,
        *,
        traits: StackTraits,
        chart: Chart,
        provider: Provider,
        monitoring: Monitoring,
        image: str,
        no_grafana: str = "this stack has no Grafana",
        outside: Outside | None = None,
        waits: Waits = USUAL,
    ) -> None:
        """What to install, and where.

        Args:
            subject: what is under test.
            speed: what durations are divided by.
            progress: is told of each step.
            sweep: removes its run, and former ones of every kind before it starts.
            traits: of the kind of stack.
            chart: the subject's values.
            provider: where the cluster comes from.
            monitoring: how monitoring comes there.
            image: of the harness's own pods.
            no_grafana: why the monitoring has none, in case it has none.
            outside: other than the real one, for tests.
            waits: how long for what.
        """
        self._subject = subject
        self._speed = speed
        self._progress = progress
        self._sweep = sweep
        self._traits = traits
        self._chart = chart
        self._provider = provider
        self._monitoring = monitoring
        self._image = image
        self._no_grafana = no_grafana
        self._outside = outside or Outside()
        self._waits = waits
        self._run: Run | None = None
        self._undo = ExitStack()
        self._forwards: PortForwards | None = None
        #: whether the monitoring is others' as well
        self._shared = False
        #: unless it is others' as well; once the rules are loaded
        self._own: OwnMonitoring | None = None
        self._refusals = Refusals(subject)
        self._selections: dict[str, Selection] = {}

    def up(self, go_on: GoOn = always) -> StackFacts:
        """Brings everything up and returns once the controller is scraped healthily; leaves nothing if it fails.

        Objects of the subject that do not come in force are no failure: the facts name them, and the judge tells.

        Args:
            go_on: asked before anything is started, and once there is a cluster.

        Raises:
            MisuseError: manifests that cannot be built or read.
            CouldNotTellError: something did not come up, with the last words of what failed.
        """
        self._sweep.remove_abandoned(self._progress.say)
        self._outside.check_room(state_root())
        wanted = (*TOOLS, *self._provider.tools)
        tools = {name: tool.path for name, tool in self._outside.ensure(wanted, self._progress).items()}
        manifests = self._outside.built(tools[ToolName.KUBECTL], self._subject)
        with taken_away_unless_up(self.down, self._progress.say, self._log_ends):
            go_on()
            self._refusals = Refusals(self._subject)
            run = self._run = Run.create()
            images = (self._image, *self._monitoring.images(run))
            kubeconfig = self._provider.up(run, tools, images, self._progress)
            go_on()
            api = self._undo.enter_context(closing(self._outside.open_api(kubeconfig)))
            # somebody's kubeconfig may ask a program of theirs for credentials, as for `Site.apply`
            kubectl = Kubectl(program=tools[ToolName.KUBECTL], kubeconfig=kubeconfig, env=os.environ)
            return self._start(run, kubectl, api, manifests)

    def _log_ends(self) -> dict[str, str]:
        return log_ends(self._run.directory if self._run else None)

    def ended(self) -> str | None:
        """Which component has died, and how; None while all run."""
        return self._provider.ended() or (self._forwards.ended() if self._forwards else None)

    def outages(self) -> tuple[Outage, ...]:
        """When a port-forward to monitoring or receiver was down; those to pods go with their pods."""
        return self._forwards.outages() if self._forwards else ()

    def restart_prometheus(self) -> None:
        """Ends Prometheus in good order; its container is started again on the same data.

        Raises:
            NotHereError: it watches over others too.
            CouldNotTellError: it does not run, did not end, or did not come back.
        """
        if self._shared:
            raise NotHereError(
                "Prometheus is not restarted here",
                why="it is the cluster's own, and others' alerts come from it too",
                fix="see this on --stack embedded or kind",
            )
        if self._own is None:
            raise CouldNotTellError(
                "Prometheus cannot be restarted", why="it does not run", fix="bring the stack up first"
            )
        self._own.restart_prometheus(ended=self.ended)

    def remove_rules(self) -> bool:
        """Takes the subject's rules out of force: one way or another, by whose Prometheus it is."""
        if self._own is not None:
            return self._own.remove_rules(self._progress, ended=self.ended)
        return self._provider.remove_rules()

    def force_sync(self) -> None:
        """Has the kubelet look at the pods of monitoring, where they are the run's own."""
        if self._own is not None:
            self._own.force_sync()

    def keep(self) -> None:
        """From now on the stack outlives this process.

        Its port-forwards do so too, but nobody starts them again then: each lasts as long as the pod that it leads to.
        """
        if self._run is not None:
            self._run = self._run.keep()

    def down(self) -> None:
        """Removes everything, unless it is kept. May be called twice, and after half a start.

        Raises:
            LeftoverError: something is left, and so is the run's directory: another call or a later start goes on.
        """
        if self._run is not None and self._run.kept:
            return
        try:
            with suppress(WaitTimeoutError):  # a kubectl that goes on ends with the run
                self._undo.close()
        finally:
            self._forwards = self._own = None
            if self._run is not None:
                self._take_away(self._run)
                self._run = None

    def _take_away(self, run: Run) -> None:
        try:
            self._provider.down()
        except BaseException:
            # the directory stays: with it, whoever comes later knows that there is something to take away
            end_processes(run.id)
            raise
        self._sweep.remove(run)

    def _start(self, run: Run, kubectl: Kubectl, api: KubeApi, manifests: tuple[Manifest, ...]) -> StackFacts:
        token = secrets.token_urlsafe(24)
        site = Site(
            run=run,
            kubectl=kubectl.program,
            kubeconfig=kubectl.kubeconfig,
            api=api,
            receiver_token=token,
            receiver_service=Agents.receiver_service,
            receiver_port=Agents.receiver_port,
            apply_with=self._outside.apply,
            waits=self._waits,
        )
        agents = Agents.build(
            token,
            image=self._image,
            namespace=site.namespace,
            labels=site.labels,
            store=PurePosixPath("/deliveries/deliveries.jsonl"),
            mount_store=True,
        )
        objects = subject_objects(
            self._subject,
            self._speed,
            chart=self._chart,
            floor=self._traits.floor,
            receiver_url=site.receiver_url,
            receiver_token=token,
        )
        with self._progress.step("operator, Prometheus, Alertmanager, controller"):
            self._monitoring.install(site, self._speed)
            ours = without_namespaces(manifests, self._provider.existing_namespaces)
            self._refusals.offer_manifests(partial(site.apply, marked(ours, site.labels)))
            site.apply(agents.manifests)
            monitored = self._monitoring.wait(site, self._speed)
            self._shared = monitored.shared
            if not monitored.shared:
                site.apply(marked((self._dashboard(),), site.labels))
            self._selections = monitoring_selections(api, monitored)
            self._wait_for_pods(site)
        with self._progress.step("port-forwards"):
            forwards = self._open_forwards(site, kubectl, agents, monitored)
            prometheus = self._undo.enter_context(PrometheusReader(forwards.url("prometheus")))
        with self._progress.step("first healthy scrape of the controller"):
            site.apply(marked((objects.token,), site.labels))
            for one in (objects.monitor, *objects.routes):
                self._refusals.offer(one, partial(site.apply, marked((one,), site.labels)))
            self._scrape_and_route(site, objects, monitored, forwards, prometheus)
        # Last: no speed divides the seconds in which a controller starts, and rules that watch it start would rightly
        # find it down for as many documented minutes.
        with self._progress.step("rules"):
            self._refusals.offer(objects.rule, partial(site.apply, marked((objects.rule,), site.labels)))
            loaded = rules_loaded(prometheus, objects.groups)
            pod, patience_s = (monitored.namespace, monitored.prometheus), self._patience_s(objects)
            if not passed_over(self._installed(site), RULE):
                self._await(site, pod, objects.rule, loaded, timeout_s=patience_s)
        if not monitored.shared:
            self._own = OwnMonitoring(
                api=api,
                rule=objects.rule,
                groups=objects.groups,
                prometheus=prometheus,
                pods=pods_of(monitored),
                waits=self._waits,
            )
        return self._facts(site, agents, monitored, forwards, plain_routing=not objects.routes)

    def _dashboard(self) -> Manifest:
        text = read_text(Path(self._subject.files.dashboard), "the dashboard")
        values = chart_values(self._subject)
        return dashboard_map(text, subject=self._subject.name, namespace=self._chart.namespace, values=values)

    def _open_forwards(self, site: Site, kubectl: Kubectl, agents: Agents, monitored: Monitored) -> PortForwards:
        logs = site.run.directory / "logs"
        forwards = self._outside.port_forwards(site.api, kubectl=kubectl, logs=logs, run_id=site.run.id)
        self._forwards = forwards
        self._undo.callback(forwards.close)
        targets = {
            "prometheus": (monitored.namespace, monitored.prometheus, monitored.prometheus_port),
            "alertmanager": (monitored.routing_namespace, monitored.alertmanager, monitored.alertmanager_port),
            "receiver": (site.namespace, f"svc/{agents.receiver_service}", agents.receiver_port),
        }
        if monitored.grafana:
            targets["grafana"] = (monitored.namespace, monitored.grafana, monitored.grafana_port)
        for name, (namespace, target, port) in targets.items():
            if name in monitored.urls:
                forwards.add_url(name, monitored.urls[name])
            else:
                prefix = monitored.prefixes.get(name, "")
                forwards.open(name, namespace=namespace, target=target, port=port, prefix=prefix)
        return forwards

    def _installed(self, site: Site) -> Installed:
        return read_installed(
            site.api,
            self._subject,
            self._selections,
            refused=self._refusals.by_kind.values(),
            manifests_refused=self._refusals.manifests,
        )

    def _wait_for_pods(self, site: Site) -> None:
        """Returns once controller, webhook and receiver are ready, or the controller cannot get ready."""
        was_there = self._subject.namespace in self._provider.existing_namespaces
        begun_s, crashed = time.monotonic(), False

        def hopeless() -> str | None:
            nonlocal crashed
            waited_s = time.monotonic() - begun_s
            crashed = crashed or judge_controller(self._installed(site), waited_s=waited_s).broken
            return self.ended() or ("the controller cannot get ready" if crashed else None)

        try:
            wait_for_own_pods(site, self._subject, namespace_was_there=was_there, image=self._image, ended=hopeless)
        except CouldNotTellError:
            if not crashed or self.ended() is not None:
                raise
            wait_for_harness_pods(site, image=self._image, ended=self.ended)

    def _scrape_and_route(
        self,
        site: Site,
        objects: SubjectObjects,
        monitored: Monitored,
        forwards: PortForwards,
        prometheus: PrometheusReader,
    ) -> None:
        """Returns once the controller is scraped and its receiver known, or neither will be."""
        up = partial(scraped, prometheus, self._subject.workload.service)
        pod, patience_s = (monitored.namespace, monitored.prometheus), self._patience_s(objects)
        watch = ScrapeWatch(read=partial(self._installed, site), after_ready_s=patience_s)
        # what keeps it from being scraped preflight sees more closely than this wait
        self._await(site, pod, objects.monitor, up, timeout_s=patience_s, in_vain=watch.in_vain, noted=False)
        if passed_over(self._installed(site), ALERTMANAGER_CONFIG):
            return
        pod = (monitored.routing_namespace, monitored.alertmanager)
        with AlertmanagerReader(forwards.url("alertmanager")) as alertmanager:
            loaded = receiver_loaded(alertmanager, objects.receiver)
            for one in objects.routes:  # with a plain configuration Alertmanager has begun
                self._await(site, pod, one, loaded, timeout_s=patience_s)

    def _await(
        self,
        site: Site,
        reached: tuple[str, str],
        one: Manifest,
        probe: Probe,
        *,
        timeout_s: float,
        in_vain: Callable[[], bool] = lambda: False,
        noted: bool = True,
    ) -> None:
        """Waits, and touches the pod that is to load it, if it is known which.

        What is not in force is no error of the place: it is the subject's own mistake, as likely as not, and preflight
        tells it.
        """
        namespace, target = reached
        kind, _, name = target.partition("/")
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"
        asked = touching(site.api, path, probe) if kind == "pod" and not self._shared else probe

        def there() -> NotYet | None:
            seen = asked()
            return None if seen is not None and in_vain() else seen

        try:
            wait_until(title(one), there, timeout_s=timeout_s, interval_s=self._waits.look_s, ended=self.ended)
        except WaitTimeoutError as error:
            if noted:
                self._refusals.refuse(str(one["kind"]), f"it is not in force after {timeout_s:g} s; {error.why}")

    def _facts(
        self, site: Site, agents: Agents, monitored: Monitored, forwards: PortForwards, *, plain_routing: bool
    ) -> StackFacts:
        return StackFacts(
            stack=self._traits.name,
            run_id=site.run.id,
            directory=site.run.directory,
            speed=self._speed,
            access=Access(
                kubeconfig=site.kubeconfig,
                prometheus_url=forwards.url("prometheus"),
                alertmanager_url=forwards.url("alertmanager"),
                receiver_url=forwards.url("receiver"),
                receiver_token=site.receiver_token,
                notify_url=site.receiver_url,
                grafana_url=forwards.url("grafana") if monitored.grafana else "",
                grafana_namespace=monitored.namespace if monitored.grafana else "",
            ),
            scrape_s=monitored.scrape_s,
            evaluation_s=monitored.evaluation_s,
            resend_s=monitored.resend_s,
            webhook_client_config={
                "service": {
                    "namespace": site.namespace,
                    "name": agents.webhook_service,
                    "port": agents.webhook_service_port,
                },
                "caBundle": base64.b64encode(agents.webhook_ca.encode()).decode(),
            },
            pod_address=forwards.pod_address,
            refused=tuple(self._refusals.by_kind.values()),
            manifests_refused=self._refusals.manifests,
            selections=self._selections,
            cannot={} if monitored.grafana else {Capability.GRAFANA: self._no_grafana},
            plain_routing=plain_routing,
            settles_s=self._waits.in_force_s,
            refresh_s={who: old_s + monitored.scraped_later_s for who, old_s in self._traits.refresh_s.items()},
        )

    def _patience_s(self, objects: SubjectObjects) -> float:
        """How long what was applied of the subject may take to come in force."""
        return self._waits.in_force_s + self._waits.in_force_intervals * objects.slowest_s
