"""The embedded stack, started: pure builders say what; this starts it in order and undoes it, also half a start."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from harness.clients.endpoint import answered, listens
from harness.clients.kubernetes import KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError
from harness.core.judge.preflight import Installed
from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.operator.manifest import Manifest, dumped
from harness.core.operator.translation import ALERTMANAGER_CONFIG, KINDS, MONITOR
from harness.core.rules.speed import Speed
from harness.stacks.applying import apply, built
from harness.stacks.base import GoOn, Outage, StackFacts, always
from harness.stacks.bring_up import taken_away_unless_up
from harness.stacks.embedded.alertmanager import alertmanager_command
from harness.stacks.embedded.control_plane import ControlPlane, ControlPlanePrograms
from harness.stacks.embedded.facts import facts_of
from harness.stacks.embedded.operator.status import OperatorStatus
from harness.stacks.embedded.plan import HARNESS_NAMESPACE, Plan, check_subject
from harness.stacks.embedded.prometheus import prometheus_command
from harness.stacks.embedded.refusals import EmbeddedRefusals
from harness.stacks.embedded.slot import Slot, claim_slot
from harness.stacks.embedded.turn import turn_to_start
from harness.stacks.free_space import check_room
from harness.stacks.installed import read_installed, selections_of
from harness.stacks.process import ProcessSpec, RunningProcess, last_line
from harness.stacks.run import Run, log_ends, state_root
from harness.stacks.scrape_watch import ScrapeWatch, scraped
from harness.stacks.sweep import Sweep
from harness.toolchain import Ensure, Progress, ToolName, ensure
from harness.waiting import NotYet, WaitTimeoutError, wait_until

_API_TIMEOUT_S = 60.0
_CONFIG_TIMEOUT_S = 30.0
#: pod start included; a healthy one takes 2 s
_SCRAPE_TIMEOUT_S = 60.0
#: a controller that is ready is discovered and scraped within this and so many scrapes: Prometheus hands on what it
#: discovers every 5 s, https://github.com/prometheus/prometheus/blob/v3.13.5/discovery/manager.go (`sender`)
_SCRAPED_S, _SCRAPES = 10.0, 3
#: Prometheus writes out what it holds in memory before it ends, and reads it back when it starts: some seconds of it
_RESTART_TIMEOUT_S = 30.0

_TOOLS = (
    ToolName.KWOKCTL,
    ToolName.ETCD,
    ToolName.KUBE_APISERVER,
    ToolName.KUBE_CONTROLLER_MANAGER,
    ToolName.KUBE_SCHEDULER,
    ToolName.KUBECTL,
    ToolName.PROMETHEUS,
    ToolName.ALERTMANAGER,
    # surveys ask it where alerts are routed; a build in the middle of a scenario would be a surprise
    ToolName.AMTOOL,
)


class _Lasting(Protocol):
    """A process that must not end while the stack is up."""

    def ended(self) -> str | None:
        """How it ended, with its last words; None while it runs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What a stack takes from outside of this process, each as the function that it is by default."""

    ensure: Ensure = ensure
    check_room: Callable[[Path], None] = check_room
    claim_slot: Callable[[], Slot] = claim_slot
    start: Callable[..., RunningProcess] = RunningProcess.start
    #: runs the node and the operator
    python: str = sys.executable
    #: whether the API server says it is ready
    api_ready: Callable[[ControlPlane], NotYet | None] = ControlPlane.probe


class EmbeddedStack:
    """One embedded stack, from nothing to a scraped controller and back to nothing."""

    def __init__(
        self,
        subject: Subject,
        speed: Speed,
        progress: Progress,
        sweep: Sweep,
        *,
        installation: Installation = Installation.CHART,
        outside: Outside | None = None,
    ) -> None:
        """Checks everything that can be checked without starting anything.

        Raises:
            MisuseError: rules, chart values or the speed cannot work.
        """
        self._subject = subject
        self._speed = speed
        self._progress = progress
        self._sweep = sweep
        self._outside = outside or Outside()
        self._chart: Chart = check_subject(subject, speed, installation)
        self._run: Run | None = None
        self._slot: Slot | None = None
        self._plan: Plan | None = None
        #: every process started here
        self._started: list[RunningProcess] = []
        #: those that must not end while the stack is up, each after what it needs: the first dead one is to blame
        self._lasting: list[_Lasting] = []
        self._prometheus: RunningProcess | None = None
        self._refusals = EmbeddedRefusals(subject)
        self._go_on: GoOn = always

    def up(self, go_on: GoOn = always) -> StackFacts:
        """Brings everything up and returns once the controller is scraped healthily, or cannot be for its own fault.

        Leaves nothing if it fails.

        Args:
            go_on: asked while it waits for its turn and at every look at what comes up; what it raises ends that.

        Raises:
            MisuseError: manifests that cannot be built or read; nothing was started.
            CouldNotTellError: something did not come up; the message has the last words of what failed.
        """
        self._sweep.remove_abandoned(self._progress.say)
        self._outside.check_room(state_root())
        tools = {name: tool.path for name, tool in self._outside.ensure(_TOOLS, self._progress).items()}
        manifests = built(tools[ToolName.KUBECTL], self._subject)
        with (
            turn_to_start(self._progress, go_on),
            taken_away_unless_up(self.down, self._progress.say, self._log_ends),
        ):
            self._go_on = go_on
            self._refusals = EmbeddedRefusals(self._subject)
            self._run = Run.create()
            self._slot = self._outside.claim_slot()
            plan = self._plan = Plan.of(
                self._run,
                self._slot,
                self._subject,
                self._speed,
                chart=self._chart,
            )
            self._start(plan, tools, manifests)
            return facts_of(plan, self._refusals)

    def _log_ends(self) -> dict[str, str]:
        return log_ends(self._run.directory if self._run else None)

    def ended(self) -> str | None:
        """Which component has died, and how; None while all run."""
        return next(filter(None, (process.ended() for process in self._lasting)), None)

    def outages(self) -> tuple[Outage, ...]:
        """None: everything is a process of this machine."""
        return ()

    def restart_prometheus(self) -> None:
        """Ends Prometheus in good order and starts it again on the same data; returns when it answers queries.

        Raises:
            CouldNotTellError: it did not end, or did not come back; `ended()` then says so too.
        """
        if self._prometheus is None or self._plan is None:
            raise CouldNotTellError("Prometheus cannot be restarted", why="it does not run", fix="bring the stack up")
        place = self._lasting.index(self._prometheus)
        del self._lasting[place]
        try:
            self._prometheus.terminate(timeout_s=_RESTART_TIMEOUT_S)
            self._prometheus = self._launch(self._prometheus.spec, self._plan)
            ended = self._prometheus.ended
            with PrometheusReader(f"http://{self._plan.prometheus_address}") as reader:
                ready = partial(answered, reader.ready)
                wait_until("Prometheus ready again", ready, timeout_s=_RESTART_TIMEOUT_S, interval_s=0.02, ended=ended)
        finally:
            self._lasting.insert(place, self._prometheus)

    def remove_rules(self) -> bool:
        """Nothing: Prometheus goes with the stack."""
        return False

    def force_sync(self) -> None:
        """Nothing: files are read when they are written."""

    def keep(self) -> None:
        """From now on the stack outlives this process, and its node holds the slot."""
        if self._run is not None:
            self._run = self._run.keep()
            self._release_slot()

    def down(self) -> None:
        """Removes everything, unless it is kept. May be called twice, and after half a start.

        Raises:
            LeftoverError: something is left, and so is the run's directory: another call or a later start goes on.
        """
        if self._run is not None and self._run.kept:
            return
        if self._run is not None:
            self._sweep.remove(self._run)
            for process in self._started:
                process.bury()
            self._run = None
        self._release_slot()
        self._lasting, self._started = [], []
        self._plan, self._prometheus = None, None

    def _release_slot(self) -> None:
        """Lets go of the claim, which lasts for as long as a node holds it."""
        if self._slot is not None:
            self._slot.claim.close()
            self._slot = None

    def _start(self, plan: Plan, tools: Mapping[ToolName, Path], manifests: tuple[Manifest, ...]) -> None:
        kubectl, kubeconfig, objects = tools[ToolName.KUBECTL], plan.control_plane.kubeconfig, plan.objects
        with self._progress.step("control plane"):
            start = self._launch(plan.control_plane.start_spec(_programs(tools), plan.log("kwokctl")), plan)
            self._lasting += plan.control_plane.components(plan.run.id)
            self._start_agent(plan)
            # a component that has died knows more than kwokctl, which only waits for it
            ended = _either(self.ended, _failure(start))
            ready = partial(self._outside.api_ready, plan.control_plane)
            self._wait("API server ready", ready, timeout_s=_API_TIMEOUT_S, ended=ended)
        with self._progress.step("node, operator, Prometheus, Alertmanager"):
            plan.start_file.touch(mode=0o600)
            apply(kubectl, kubeconfig, _namespace(plan.chart.namespace))
            self._refusals.offer_manifests(partial(apply, kubectl, kubeconfig, dumped(manifests)))
            self._start_monitoring(plan, tools)
        with self._progress.step("monitor, routing, webhook, receiver"):
            apply(kubectl, kubeconfig, plan.agents.manifests)
            for one, beside in ((objects.monitor, ()), *((one, (objects.token,)) for one in objects.routes)):
                self._refusals.offer(one, partial(apply, kubectl, kubeconfig, dumped([*beside, one])))
        with self._progress.step("first healthy scrape of the controller"):
            self._wait_for_operator(plan, MONITOR, ALERTMANAGER_CONFIG)
            self._wait_for_scrape(plan)
        # Last: no speed divides the seconds in which a controller starts, and rules that watch it start would rightly
        # find it down for as many documented minutes.
        with self._progress.step("rules"):
            self._refusals.offer(objects.rule, partial(apply, kubectl, kubeconfig, dumped([objects.rule])))
            self._wait_for_operator(plan, *KINDS)
        with self._progress.step("webhook and receiver answer"):
            for url in (plan.webhook_url, plan.receiver_url):
                self._wait(f"{url} answers", partial(_answers, url, plan), timeout_s=_SCRAPE_TIMEOUT_S)

    def _wait(
        self,
        what: str,
        probe: Callable[[], NotYet | None],
        *,
        timeout_s: float,
        ended: Callable[[], str | None] | None = None,
        interval_s: float = 0.05,
    ) -> None:
        """Waits for a step of the bring-up, as long as that is wanted and everything lives."""

        def probed() -> NotYet | None:
            self._go_on()
            return probe()

        wait_until(what, probed, timeout_s=timeout_s, ended=ended or self.ended, interval_s=interval_s)

    def _launch(self, spec: ProcessSpec, plan: Plan, *, keep_fds: tuple[int, ...] = ()) -> RunningProcess:
        process = self._outside.start(spec, run_id=plan.run.id, keep_fds=keep_fds)
        self._started.append(process)
        return process

    def _start_agent(self, plan: Plan) -> None:
        plan.monitoring_directory.mkdir(mode=0o700)
        plan.operator.rules_dir.mkdir(mode=0o700)
        node, operator = plan.run.directory / "node.json", plan.monitoring_directory / "operator.json"
        plan.node.write(node)
        operator.touch(mode=0o600)
        operator.write_text(plan.operator.json)
        argv = (
            self._outside.python,
            "-m",
            "harness.stacks.embedded.agent",
            str(node),
            str(operator),
            str(plan.start_file),
        )
        spec = ProcessSpec(name="node", argv=argv, log=plan.log("node"))
        # the slot stays claimed for as long as the node lives, whatever becomes of this process
        self._lasting.append(self._launch(spec, plan, keep_fds=(plan.slot.claim.fileno(),)))

    def _start_monitoring(self, plan: Plan, tools: Mapping[ToolName, Path]) -> None:
        config = plan.operator

        def written() -> NotYet | None:
            missing = [
                file.name for file in (config.prometheus_config, config.alertmanager_config) if not file.exists()
            ]
            return NotYet(f"{', '.join(missing)} not written yet") if missing else None

        self._wait("operator's configuration", written, timeout_s=_CONFIG_TIMEOUT_S, interval_s=0.02)
        prometheus = prometheus_command(
            tools[ToolName.PROMETHEUS],
            config_file=config.prometheus_config,
            data_dir=plan.monitoring_directory / "prometheus",
            listen=plan.prometheus_address,
            timing=plan.flags,
            log=plan.log("prometheus"),
        )
        alertmanager = alertmanager_command(
            tools[ToolName.ALERTMANAGER],
            config_file=config.alertmanager_config,
            data_dir=plan.monitoring_directory / "alertmanager",
            listen=plan.alertmanager_address,
            timing=plan.flags,
            log=plan.log("alertmanager"),
        )
        self._prometheus = self._launch(prometheus, plan)
        self._lasting += [self._prometheus, self._launch(alertmanager, plan)]

    def _wait_for_operator(self, plan: Plan, *kinds: str) -> None:
        """Returns when the operator has seen these kinds of objects, and what it made of them is loaded."""
        wanted = set(kinds) - self._refusals.by_kind.keys()
        if not plan.objects.routes:
            wanted.discard(ALERTMANAGER_CONFIG)  # Alertmanager has begun with the subject's route

        def settled() -> NotYet | None:
            status = OperatorStatus.read(plan.operator.status_file)
            if status is not None and self._refusals.of_reload(plan, status.problem, kinds):
                return None
            if status is None or not status.settled:
                return NotYet(f"configuration not loaded: {status.problem if status else 'not written'}")
            if status.problem:
                return NotYet(status.problem)
            known = {one.kind for one in status.accepted} | {one.kind for one in status.rejected}
            return None if known >= wanted else NotYet(f"it has seen {', '.join(sorted(known)) or 'nothing'}")

        self._wait(f"operator with {', '.join(kinds)}", settled, timeout_s=_SCRAPE_TIMEOUT_S)

    def _wait_for_scrape(self, plan: Plan) -> None:
        """Returns once it is scraped, or preflight has something to tell instead."""
        service = self._subject.workload.service
        with ExitStack() as undo:
            api: list[KubeApi] = []

            def read() -> Installed:
                if not api:  # most are scraped at once, and nobody has to be asked why not
                    api.append(undo.enter_context(closing(KubeApi(plan.control_plane.kubeconfig))))
                return self._installed(plan, api[0])

            scrape_s = plan.chart.prometheus.scrape_interval.seconds
            watch = ScrapeWatch(read=read, after_ready_s=_SCRAPED_S + _SCRAPES * scrape_s)

            prometheus = undo.enter_context(PrometheusReader(f"http://{plan.prometheus_address}"))

            def seen() -> NotYet | None:
                found = scraped(prometheus, service)
                return None if found is None or watch.in_vain() else found

            with suppress(WaitTimeoutError):  # whatever keeps it, preflight looks closer than this wait
                self._wait("Prometheus ready", partial(answered, prometheus.ready), timeout_s=_SCRAPE_TIMEOUT_S)
                self._wait("first healthy scrape of the controller", seen, timeout_s=_SCRAPE_TIMEOUT_S)

    def _installed(self, plan: Plan, api: KubeApi) -> Installed:
        return read_installed(
            api,
            self._subject,
            selections_of(plan.chart),
            refused=self._refusals.all(plan),
            manifests_refused=self._refusals.manifests,
        )


def _programs(tools: Mapping[ToolName, Path]) -> ControlPlanePrograms:
    return ControlPlanePrograms(
        kwokctl=tools[ToolName.KWOKCTL],
        etcd=tools[ToolName.ETCD],
        kube_apiserver=tools[ToolName.KUBE_APISERVER],
        kube_controller_manager=tools[ToolName.KUBE_CONTROLLER_MANAGER],
        kube_scheduler=tools[ToolName.KUBE_SCHEDULER],
        kubectl=tools[ToolName.KUBECTL],
    )


def _namespace(name: str) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def _answers(url: str, plan: Plan) -> NotYet | None:
    """Whether somebody listens there; if not, the last words of the harness's own pods."""
    silent = listens(url)
    if silent is None:
        return None
    logs = sorted((plan.run.directory / "pods").glob(f"{HARNESS_NAMESPACE}_*/*/*.log"))
    words = [f"{log.parent.name} said {last_line(log)}" for log in logs]
    return NotYet("; ".join([silent.mismatch, *(words or ["its pod has not been started"])]))


def _failure(process: RunningProcess) -> Callable[[], str | None]:
    """Why a command that ends by itself has failed; None while it runs and after success."""
    return lambda: None if process.ended() is None or process.succeeded else process.ended()


def _either(*reasons: Callable[[], str | None]) -> Callable[[], str | None]:
    """The first of several reasons to give up."""
    return lambda: next(filter(None, (reason() for reason in reasons)), None)
