"""One pod's life on the node, from its first sight to its removal."""

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from harness.core.errors import RetryableError
from harness.stacks.embedded.cgroups import Group, LimitRefusedError, Limits, RunGroups
from harness.stacks.embedded.node.addresses import AddressPool, asked_byte
from harness.stacks.embedded.node.api import Api, ApiRefusedError, ClientConfig
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.container import ContainerWorker, UnknownImageError
from harness.stacks.embedded.node.credentials import Credentials
from harness.stacks.embedded.node.document import Json
from harness.stacks.embedded.node.environment import (
    DownwardValues,
    build_command,
    build_environment,
    refuse_unknown_features,
)
from harness.stacks.embedded.node.leftovers import marks
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.objects import look_up
from harness.stacks.embedded.node.past import past_view
from harness.stacks.embedded.node.pod import Container, Pod, RestartPolicy
from harness.stacks.embedded.node.process import Launch
from harness.stacks.embedded.node.resize import pod_limits, refusal
from harness.stacks.embedded.node.status import (
    PodView,
    Terminated,
    build_status,
    conditions,
    read_conditions,
    read_timestamp,
)

_RETRY_S: Final = 1.0
#: a resize that the kernel or the rules refuse is tried again this often
_RESIZE_RETRY_S: Final = 2.0
_NOT_FOUND: Final = 404
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all pods of the node share."""

    config: NodeConfig
    cluster: ClientConfig
    api: Api
    machine: Machine
    groups: RunGroups | None
    #: why there are no groups; empty where there are
    no_limits: str = ""
    #: the node's own environment, of which containers inherit a little
    inherited: dict[str, str]
    addresses: AddressPool = field(default_factory=AddressPool)


class PodWorker:
    """Runs one pod. `update` and `vanish` are called as the API changes; `run` ends when the pod is gone."""

    def __init__(self, pod: Pod, around: Surroundings) -> None:
        self._around = around
        self._pod = pod
        self._dirty, self._moved = asyncio.Event(), asyncio.Event()
        self._gone = False
        self._conditions = read_conditions(pod.status)
        self._started_at_s = read_timestamp(pod.status.text("startTime")) or time.time()
        known_ip = pod.status.text("podIP").rpartition(".")
        known = int(known_ip[2]) if known_ip[0] == around.config.pod_prefix else None
        wanted = asked_byte(dict(pod.annotations)) if known is None else known
        self._byte = around.addresses.take(pod.uid, wanted=wanted)
        self._directory = around.config.state_dir / "pods" / f"{pod.namespace}_{pod.name}_{pod.uid}"
        self._credentials = Credentials(around.api, around.cluster, pod, self._directory)
        self._group: Group | None = None
        self._resize_error = ""
        self._first_resources = tuple(one.resources for one in pod.containers)
        self._written = ""
        if around.groups is not None:
            self._group = around.groups.pod(pod.uid)
        self._init = tuple(self._worker(one, is_init=True) for one in pod.init_containers)
        self._main = tuple(self._worker(one, is_init=False) for one in pod.containers)

    @property
    def pod(self) -> Pod:
        """The pod, as last seen."""
        return self._pod

    @property
    def group(self) -> Group | None:
        """The pod's group; None on a machine without."""
        return self._group

    @property
    def containers(self) -> tuple[ContainerWorker, ...]:
        """The containers beside the init containers."""
        return self._main

    @property
    def directory(self) -> Path:
        """Where the pod's logs are."""
        return self._directory

    def view(self) -> PodView:
        """What is known of the pod now."""
        config = self._around.config
        return PodView(
            pod=self._pod,
            pod_ip=f"{config.pod_prefix}.{self._byte}",
            host_ip=config.node_ip,
            started_at_s=self._started_at_s,
            init_containers=tuple(worker.view for worker in self._init),
            containers=tuple(worker.view for worker in self._main),
            resize_error=self._resize_error,
        )

    def update(self, pod: Pod) -> None:
        """Takes a newer version of the pod."""
        shorter = pod.deletion_grace_s is not None and pod.deletion_grace_s != self._pod.deletion_grace_s
        self._pod = pod
        specs = {one.name: one for one in (*pod.init_containers, *pod.containers)}
        for worker in (*self._init, *self._main):
            worker.change(specs.get(worker.container.name, worker.container))
        if shorter:
            for worker in (*self._init, *self._main):
                worker.stop(float(pod.deletion_grace_s or 0))
        self._moved.set()
        self._dirty.set()

    def vanish(self) -> None:
        """The pod is no longer in the API: everything ends at once."""
        self._gone = True
        for worker in (*self._init, *self._main):
            worker.stop(0.0)
        self._moved.set()

    async def run(self) -> None:
        """Runs the pod until it is gone from the API; cancelled, it kills the processes and leaves the object."""
        self._dirty.set()
        tasks = [asyncio.create_task(self._write_statuses()), asyncio.create_task(self._resize())]
        try:
            # one that is being deleted at first sight lost its processes with an earlier life of the node, or has ended
            # already and only a finalizer keeps the object
            if self._pod.deletion_grace_s is None and not self._pod.is_finished:
                await self._run_containers(tasks)
            while not self._gone and self._pod.deletion_grace_s is None:
                self._moved.clear()
                await self._moved.wait()
            if not self._gone:
                await self._remove_object()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._credentials.remove()
            self._around.addresses.release(self._pod.uid)
            if self._around.groups is not None and self._group is not None:
                self._around.groups.discard(self._group)

    async def _run_containers(self, tasks: list[asyncio.Task[None]]) -> None:
        if self._pod.wants_token and (renew_after_s := await self._first_token()) is not None:
            tasks.append(asyncio.create_task(self._credentials.keep(renew_after_s)))
        for worker in self._init:
            await worker.run()
            state = worker.view.state
            if not isinstance(state, Terminated) or state.exit_code != 0:
                return
        async with asyncio.TaskGroup() as together:
            for worker in self._main:
                together.create_task(worker.run())

    async def _first_token(self) -> float | None:
        while not self._gone and self._pod.deletion_grace_s is None:
            try:
                return await self._credentials.fetch()
            except RetryableError as error:
                _log.warning("%s/%s waits for a token: %s", self._pod.namespace, self._pod.name, error.why)
                self._moved.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_RETRY_S):
                        await self._moved.wait()
        return None

    def _worker(self, container: Container, *, is_init: bool) -> ContainerWorker:
        policy = self._pod.restart_policy
        if is_init and policy is RestartPolicy.ALWAYS:
            policy = RestartPolicy.ON_FAILURE
        return ContainerWorker(
            container,
            policy=policy,
            view=past_view(self._pod, container, is_init=is_init),
            prepare=self._prepare,
            changed=self._dirty.set,
            listen_ip=self._listen_ip,
            uid=self._pod.uid,
            grace_s=float(self._pod.termination_grace_s),
            groups=self._around.groups,
            pod_group=self._group,
        )

    @property
    def _listen_ip(self) -> str:
        return f"{self._around.config.listen_prefix}.{self._byte}"

    async def _prepare(self, container: Container, attempt: int, group: Group | None) -> Launch:
        around, pod = self._around, self._pod
        refuse_unknown_features(container)
        found = around.config.find_image(container.image)
        if found is None:
            raise UnknownImageError(container.image, tuple(around.config.images))
        image_id, image = found
        place = DownwardValues(
            listen_ip=self._listen_ip,
            host_ip=around.config.node_ip,
            node_cpu_cores=Decimal(around.machine.cpu_cores),
            node_memory_bytes=Decimal(around.machine.memory_bytes),
        )
        objects = await look_up(around.api, pod.namespace, container)
        environment = build_environment(pod, container, place=place, objects=objects, inherited=around.inherited)
        environment.setdefault("HOME", str(self._directory))
        environment.update(marks(around.config.run_id, pod.uid))
        if pod.wants_token:
            environment["KUBECONFIG"] = str(self._credentials.kubeconfig)
        return Launch(
            command=build_command(container, image, environment),
            environment=environment,
            working_dir=container.working_dir,
            log_file=self._directory / container.name / f"{attempt}.log",
            group=group,
            image_id=image_id,
        )

    async def _write_statuses(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            try:
                await self._write_status()
            except RetryableError as error:
                if isinstance(error, ApiRefusedError) and error.status == _NOT_FOUND:
                    return
                _log.warning("status of %s/%s: %s", self._pod.namespace, self._pod.name, error.why)
                self._dirty.set()
                await asyncio.sleep(_RETRY_S)

    async def _write_status(self) -> None:
        """Writes the status when it differs from what was written last; the uid guards a successor of that name."""
        view = self.view()
        self._conditions = conditions(view, previous=self._conditions, now_s=time.time())
        status = build_status(view, self._conditions)
        text = str(status)
        if text != self._written:
            await self._around.api.strategic(
                f"{self._pod.path}/status", {"metadata": {"uid": self._pod.uid}, "status": status}
            )
            self._written = text

    async def _remove_object(self) -> None:
        """The last word: final status, then the object goes, unless another pod has taken its name."""
        while not self._gone:
            try:
                await self._write_status()
                await self._around.api.delete(self._pod.path, _final_delete(self._pod))
            except RetryableError as error:
                if isinstance(error, ApiRefusedError) and error.status == _NOT_FOUND:
                    return
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _resize(self) -> None:
        """Puts the pod's and the containers' limits into effect, and again whenever they change."""
        applied: Limits | None = None
        while True:
            wanted = pod_limits(tuple(worker.container.resources for worker in self._main))
            self._resize_error = self._resize_containers(grown=applied is not None and wanted != applied)
            if not self._resize_error and wanted != applied and self._group is not None:
                with suppress(LimitRefusedError):  # a container that is about to restart still has more: try again
                    self._group.apply(wanted)
                    applied = wanted
            self._dirty.set()
            self._moved.clear()
            settled = self._group is None or (applied == wanted and not self._resize_error)
            with suppress(TimeoutError):
                # not wait_for: before Python 3.12 it loses a cancellation now and then
                async with asyncio.timeout(None if settled else _RESIZE_RETRY_S):
                    await self._moved.wait()

    def _resize_containers(self, *, grown: bool) -> str:
        """Applies what changed since the containers started; the reason why it is refused, or the empty text."""
        if self._group is None and tuple(one.container.resources for one in self._main) != self._first_resources:
            return self._around.no_limits
        for worker in self._main:
            wanted, before = worker.container.resources, worker.view.resources
            if wanted == before or worker.group is None or not worker.view.container_id:
                continue
            why = refusal(before, wanted, used_bytes=worker.group.figures().memory_usage_bytes)
            if why:
                return why
            if grown and self._group is not None:
                self._group.apply(Limits())  # no bound of the pod's may be in the way; set again afterwards
            try:
                worker.resize()
            except LimitRefusedError as error:
                return f"{error.what}: {error.why}"
        return ""


def _final_delete(pod: Pod) -> Json:
    """How a node takes away a pod that has ended: at once, and only this very pod."""
    return {"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}}
