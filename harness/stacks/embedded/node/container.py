"""One container's life: start, probe, end, start again. The only place where its state changes."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from harness.core.errors import RetryableError
from harness.stacks.embedded.cgroups import Group, LimitRefusedError, RunGroups
from harness.stacks.embedded.node.backoff import BackOff
from harness.stacks.embedded.node.environment import ConfigurationError
from harness.stacks.embedded.node.pod import Container, Resources, RestartPolicy
from harness.stacks.embedded.node.probing import Looker, keep_probing
from harness.stacks.embedded.node.process import Launch, Process, launch_error
from harness.stacks.embedded.node.resize import restarts
from harness.stacks.embedded.node.status import ContainerView, Running, Terminated, Waiting

#: pause before a container that could not be created is tried again
_RETRY_S = 5.0
_START_ERROR = 128


class UnknownImageError(RetryableError):
    """No local command stands for the container's image."""

    def __init__(self, image: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f'Failed to pull image "{image}"',
            why=f"the process node runs only images of its table: {', '.join(known) or 'none'}",
            fix="name a local command for the image in the subject's file",
        )


#: makes what is to be started for an attempt: (container, number of the attempt, group) -> launch
Prepare = Callable[[Container, int, Group | None], Awaitable[Launch]]


class ContainerWorker:
    """Runs one container until it is told to stop, or until its restart policy says that it is done."""

    def __init__(
        self,
        container: Container,
        *,
        policy: RestartPolicy,
        view: ContainerView,
        prepare: Prepare,
        changed: Callable[[], None],
        listen_ip: str,
        uid: str,
        grace_s: float,
        groups: RunGroups | None,
        pod_group: Group | None,
    ) -> None:
        self._container = container
        self._policy = policy
        self._prepare = prepare
        self._changed = changed
        self._listen_ip = listen_ip
        self._uid = uid
        self._grace_s = grace_s
        self._groups = groups
        self._pod_group = pod_group
        self._back_off = BackOff()
        self._attempt = view.restarts
        self._wish = asyncio.Event()
        self._stopping = False
        self._replaced = False
        self._kill_at_s = float("inf")
        self._killed_sooner = asyncio.Event()
        #: what is known now
        self.view = view if pod_group is not None else replace(view, resources=Resources())
        #: the group of the running process
        self.group: Group | None = None

    @property
    def container(self) -> Container:
        """What is to be run, as last told."""
        return self._container

    def change(self, container: Container) -> None:
        """Takes a changed spec: another image starts the container anew, other resources are the pod's matter.

        Another text for the same image counts as another image, and a running container is started anew whatever its
        restart policy, as by a kubelet (pkg/kubelet/kuberuntime: containerChanged, HashContainer, computePodActions).
        """
        restart = container.image != self._container.image
        self._container = container
        if restart:
            self._replaced = isinstance(self.view.state, Running)
            self.restart()

    def restart(self) -> None:
        """Ends the process with its grace; the restart policy starts it again, without back-off."""
        self._back_off = BackOff()
        self._wish.set()

    def resize(self) -> None:
        """Puts the container's present resources into effect, by a restart where its resizePolicy asks for one.

        Raises:
            LimitRefusedError: the kernel refused.
        """
        wanted, before = self._container.resources, self.view.resources
        if self._wish.is_set():
            return  # the next instance starts with them
        if restarts(before, wanted, restart_on=self._container.restart_on_resize):
            self.restart()
        elif self.group is not None:
            self.group.apply(wanted.to_limits())
            self._show(resources=wanted)

    def stop(self, grace_s: float) -> None:
        """Ends the container for good; called again, it may only shorten the grace."""
        self._stopping = True
        self._kill_at_s = min(self._kill_at_s, asyncio.get_running_loop().time() + grace_s)
        self._wish.set()
        self._killed_sooner.set()

    async def run(self) -> None:
        """Runs until stopped or done; cancelled, it kills the process at once."""
        earlier = self.view.state
        if isinstance(earlier, Terminated):
            if not self._wants_restart(earlier):
                return
            await self._pause(earlier)
        while not self._stopping:
            self._wish.clear()
            try:
                await self._run_once()
            except UnknownImageError as error:
                await self._wait("ErrImagePull", str(error.why), 1.0)
                await self._wait("ImagePullBackOff", f'Back-off pulling image "{self._container.image}": {error.why}')
                continue
            except ConfigurationError as error:
                await self._wait("CreateContainerConfigError", error.why)
                continue
            except (RetryableError, LimitRefusedError, OSError) as error:
                await self._wait("CreateContainerError", getattr(error, "why", str(error)))
                continue
            ended = self.view.state
            if self._stopping or not isinstance(ended, Terminated) or not self._wants_restart(ended):
                return
            self._replaced = False
            self._wish.clear()
            await self._pause(ended)

    def _wants_restart(self, ended: Terminated) -> bool:
        if self._replaced:
            return True
        if self._policy is RestartPolicy.ON_FAILURE:
            return ended.exit_code != 0
        return self._policy is RestartPolicy.ALWAYS

    async def _pause(self, ended: Terminated) -> None:
        """Waits for the back-off, then counts the restart."""
        now_s = asyncio.get_running_loop().time()
        age_s = max(0.0, time.time() - ended.finished_at_s)
        wait_s = self._back_off.wait_s(ended_s=now_s - age_s, now_s=now_s)
        if wait_s > 0:
            pause = f"back-off {self._back_off.pause_s:g}s restarting failed container={self._container.name}"
            self._show(state=Waiting(reason="CrashLoopBackOff", message=pause), last=ended)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wish.wait()
        if self._stopping:
            self._show(state=ended)
            return
        now_s = asyncio.get_running_loop().time()
        self._back_off = self._back_off.restarted(ended_s=now_s - age_s, now_s=now_s)
        self._attempt += 1
        self._show(last=ended, restarts=self._attempt)

    async def _wait(self, reason: str, message: str, seconds: float = _RETRY_S) -> None:
        self._show(state=Waiting(reason=reason, message=message))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wish.wait()

    async def _run_once(self) -> None:
        container, attempt = self._container, self._attempt
        identity = hashlib.sha256(f"{self._uid}/{container.name}/{attempt}".encode()).hexdigest()
        self.group = self._pod_group.child(identity) if self._pod_group else None
        try:
            launch = await self._prepare(container, attempt, self.group)
            refusal = launch_error(launch)
            if self.group is not None:
                self.group.apply(container.resources.to_limits())
            self._show(
                image=container.image,
                image_id=launch.image_id,
                container_id=f"process://{identity}",
                resources=Resources() if self.group is None else container.resources,
            )
            if refusal is not None:
                self._end(_START_ERROR, "StartError", refusal, time.time())
                return
            await self._live(launch)
        finally:
            if self._groups is not None and self.group is not None:
                self._groups.discard(self.group)
            self.group = None

    async def _live(self, launch: Launch) -> None:
        process, started_at_s = Process(launch), time.time()
        self._show(
            state=Running(started_at_s=started_at_s),
            started=self._container.startup is None,
            ready=self._container.startup is None and self._container.readiness is None,
        )
        probing = asyncio.create_task(self._probe(launch))
        exit_task, wish_task = asyncio.create_task(process.wait()), asyncio.create_task(self._wish.wait())
        try:
            await asyncio.wait({exit_task, wish_task}, return_when=asyncio.FIRST_COMPLETED)
            if not process.has_exited:
                await self._finish(process, launch)
            code = await exit_task
        finally:
            for task in (probing, exit_task, wish_task):
                task.cancel()
            await process.bury()  # also when this is cancelled: nobody else would reap it
        killed = self.group is not None and self.group.figures().oom_kills > 0
        reason = "OOMKilled" if killed and code else "Completed" if code == 0 else "Error"
        self._end(code, reason, "", started_at_s)

    def _end(self, code: int, reason: str, message: str, started_at_s: float) -> None:
        self._show(
            state=Terminated(
                exit_code=code,
                reason=reason,
                message=message,
                started_at_s=started_at_s,
                finished_at_s=time.time(),
                container_id=self.view.container_id,
            ),
            ready=False,
            started=False,
        )

    async def _finish(self, process: Process, launch: Launch) -> None:
        """preStop, SIGTERM, and SIGKILL when the grace is over; the grace may be shortened meanwhile."""
        clock = asyncio.get_running_loop().time
        kill_at_s = min(self._kill_at_s, clock() + self._grace_s)
        hook = self._container.pre_stop
        if hook is not None and kill_at_s > clock():
            await self._looker(launch).look(hook, kill_at_s - clock())
        process.terminate()
        while not process.has_exited and clock() < (kill_at_s := min(kill_at_s, self._kill_at_s)):
            self._killed_sooner.clear()
            tasks = {asyncio.create_task(process.wait()), asyncio.create_task(self._killed_sooner.wait())}
            _, pending = await asyncio.wait(tasks, timeout=kill_at_s - clock(), return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
        process.kill()

    async def _probe(self, launch: Launch) -> None:
        looker, container = self._looker(launch), self._container
        if container.startup is not None:
            await keep_probing(container.startup, looker.look, self._startup_decided, eager=True, until_success=True)
        async with asyncio.TaskGroup() as both:
            if container.readiness is not None:
                both.create_task(keep_probing(container.readiness, looker.look, self._readiness_decided, eager=True))
            if container.liveness is not None:
                both.create_task(keep_probing(container.liveness, looker.look, self._liveness_decided, eager=False))

    def _looker(self, launch: Launch) -> Looker:
        return Looker(self._container, listen_ip=self._listen_ip, launch=launch)

    def _startup_decided(self, ok: bool) -> None:
        if ok:
            self._show(started=True, ready=self._container.readiness is None)
        else:
            self._wish.set()

    def _readiness_decided(self, ok: bool) -> None:
        self._show(ready=ok)

    def _liveness_decided(self, ok: bool) -> None:
        if not ok:
            self._wish.set()

    def _show(self, **changes: object) -> None:
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]  # dataclasses.replace has no typed form
        self._changed()
