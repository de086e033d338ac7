"""Somebody's cluster as the provider of a stack: looked at before anything is changed, and given back as it was."""

from collections.abc import Callable, Collection, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.clients.kubernetes import KubeApi
from harness.core.contract.subject import Subject
from harness.stacks.cluster.remove_rules import out_of_force
from harness.stacks.existing.connection import ALERTMANAGER, PROMETHEUS, Reach, monitoring_url, write_kubeconfig
from harness.stacks.existing.examination import AskedMonitoring, Found, examine
from harness.stacks.existing.guard import NotAllowedError, Tenancy, claim_namespace
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.manifests import SubjectManifests
from harness.stacks.existing.removal import remove_rules
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.existing.teardown import TIMEOUT_S, tear_down
from harness.stacks.existing.wait_for_unload import MonitoringUnload
from harness.stacks.run import Run
from harness.toolchain import Progress, ToolName


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entered:
    """What there is to tear down."""

    run: Run
    kubectl: Path
    kubeconfig: Path
    before: Snapshot
    progress: Progress


@dataclass(slots=True, kw_only=True)
class ExistingProvider:
    """One run in the cluster of a context that was confirmed."""

    subject: Subject
    destination: Destination
    asked: AskedMonitoring
    open_api: Callable[[Path], KubeApi] = KubeApi
    read_manifests: Callable[[Subject, Path], SubjectManifests] = SubjectManifests.read
    #: opens the connection to monitoring, which is waited for at the end
    reach: Reach = monitoring_url
    #: of each step of the removal
    timeout_s: float = TIMEOUT_S
    _found: Found | None = field(default=None, init=False)
    _entered: _Entered | None = field(default=None, init=False)

    @property
    def tools(self) -> Collection[ToolName]:
        """None of its own."""
        return ()

    @property
    def existing_namespaces(self) -> Collection[str]:
        """The subject's namespace, if it was there."""
        return (self.subject.namespace,) if self._found and self._found.tenancy is Tenancy.EXISTING else ()

    @property
    def found(self) -> Found:
        """What the cluster offers; once it is up."""
        if self._found is None:
            raise AssertionError("the cluster is entered")
        return self._found

    def up(
        self,
        run: Run,
        tools: Mapping[ToolName, Path],
        images: Collection[str],  # noqa: ARG002 - the protocol's shape
        progress: Progress,
    ) -> Path:
        """Looks at everything, notes down what is there, and takes the subject's namespace as the first change.

        Images are not loaded: the cluster's nodes pull what they have not.

        Raises:
            MisuseError: the cluster may not be used, or not for this; nothing was changed.
            CouldNotTellError: the API server does not answer, or somebody was faster.
        """
        kubeconfig = write_kubeconfig(self.destination, run.directory / "secrets")
        context = self.destination.context
        with closing(self.open_api(kubeconfig)) as api:
            with progress.step(f"a look at the cluster of {context}"):
                manifests = self.read_manifests(self.subject, tools[ToolName.KUBECTL])
                self._found = examine(api, self.subject, manifests, self.asked, run=run.id, context=context)
                before = Snapshot.look(api, self.subject, context=context, server=self.destination.server)
                before.save(run.directory)
            # before the claim, whose answer may be lost
            self._entered = _Entered(
                run=run,
                kubectl=tools[ToolName.KUBECTL],
                kubeconfig=kubeconfig,
                before=before,
                progress=progress,
            )
            try:
                claim_namespace(api, namespace=self.subject.namespace, run=run.id, context=context)
            except NotAllowedError:
                # another run was faster: what appears there from now on is that one's
                self._entered = None
                Snapshot.forget(run.directory)
                raise
        return kubeconfig

    def ended(self) -> str | None:
        """Nothing is watched for it: every request to the API server tells."""
        return None

    def remove_rules(self) -> bool:
        """Takes the subject's rules out of force; True once Prometheus, which outlives the run, has none of them."""
        it = self._entered
        if it is None:
            return False
        with closing(self.open_api(it.kubeconfig)) as api:
            return out_of_force(partial(remove_rules, api, it.run.id), self._unload(it).wait_for_rules, it.progress)

    def down(self) -> None:
        """Removes everything of the run, gives the namespace back, and tells what was there before and after.

        What faults have changed is put back by then. After an error another call goes on with what is left.

        Raises:
            LeftoverError: something of the run is left, each object by its name.
            ApiUnreachableError: the API server does not answer.
        """
        it = self._entered
        if it is None:
            return
        with (
            it.progress.step(f"the cluster of {it.before.context} as it was"),
            closing(self.open_api(it.kubeconfig)) as api,
        ):
            torn_down = tear_down(
                api,
                self.subject,
                it.run.id,
                it.before,
                context=it.before.context,
                timeout_s=self.timeout_s,
                unload=self._unload(it),
            )
        self._entered = None
        Snapshot.forget(it.run.directory)
        it.progress.say(str(torn_down.diff))

    def _unload(self, it: _Entered) -> MonitoringUnload:
        return MonitoringUnload(
            enter=lambda: nullcontext(it),
            where={PROMETHEUS: self.found.prometheus, ALERTMANAGER: self.found.alertmanager},
            objects=self.found.objects,
            progress=it.progress,
            reach=self.reach,
        )
