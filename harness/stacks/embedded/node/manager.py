"""All pods of the node: one worker each, fed by one watch."""

import asyncio
import logging
from collections.abc import Callable

from harness.core.errors import HarnessError
from harness.stacks.embedded.node.addresses import asked_byte
from harness.stacks.embedded.node.api import Change, Event
from harness.stacks.embedded.node.document import Document, ShapeError
from harness.stacks.embedded.node.pod import Pod
from harness.stacks.embedded.node.podworker import PodWorker, Surroundings

_log = logging.getLogger(__name__)


class PodManager:
    """Starts a worker for a pod that appears, tells it what changes, and forgets it when it is done."""

    def __init__(self, around: Surroundings, *, work: Callable[[Pod, Surroundings], PodWorker] = PodWorker) -> None:
        """Args: what all pods share; makes a pod's worker."""
        self._around = around
        self._work = work
        self._workers: dict[str, PodWorker] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        #: pods that ask for an address that an ending pod still has
        self._waiting: dict[str, Pod] = {}

    @property
    def workers(self) -> tuple[PodWorker, ...]:
        """The workers of all pods on the node, in order of appearance."""
        return tuple(self._workers.values())

    async def run(self) -> None:
        """Follows the API until cancelled; then every process is killed."""
        config = self._around.config
        try:
            async for event in self._around.api.watch(
                "/api/v1/pods", fieldSelector=f"spec.nodeName={config.node_name}"
            ):
                self._take(event)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _take(self, event: Event) -> None:
        pods = [pod for pod in map(_read, event.objects) if pod is not None]
        if event.change is Change.LISTED:
            listed = {pod.uid for pod in pods}
            for uid in [uid for uid in self._workers if uid not in listed]:
                self._workers[uid].vanish()
            self._waiting = {uid: pod for uid, pod in self._waiting.items() if uid in listed}
        for pod in pods:
            if event.change is Change.DELETED:
                self._waiting.pop(pod.uid, None)
                if pod.uid in self._workers:
                    self._workers[pod.uid].vanish()
            elif pod.uid in self._workers:
                self._workers[pod.uid].update(pod)
            else:
                self._start(pod)

    def _start(self, pod: Pod) -> None:
        asked = asked_byte(dict(pod.annotations))
        if asked is not None and self._around.addresses.held(asked, besides=pod.uid):
            self._waiting[pod.uid] = pod
            return
        try:
            worker = self._work(pod, self._around)
        except (HarnessError, OSError) as error:
            _log.error("%s/%s cannot be run: %s", pod.namespace, pod.name, error)
            return
        self._workers[pod.uid] = worker
        task = asyncio.create_task(worker.run(), name=f"{pod.namespace}/{pod.name}")
        self._tasks[pod.uid] = task
        task.add_done_callback(lambda done: self._forget(pod, done))

    def _forget(self, pod: Pod, task: asyncio.Task[None]) -> None:
        self._workers.pop(pod.uid, None)
        self._tasks.pop(pod.uid, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the worker of %s/%s ended", pod.namespace, pod.name, exc_info=error)
        waiting, self._waiting = self._waiting, {}
        if not task.cancelled():
            for next_pod in waiting.values():
                self._start(next_pod)


def _read(document: Document) -> Pod | None:
    try:
        return Pod.read(document)
    except (ShapeError, ValueError) as error:
        _log.error("pod %s cannot be read: %s", document.at("metadata").text("name"), error)
        return None
