"""The teardown: everything of a run removed from a cluster that lives on, and the proof that it is as it was."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from harness.clients.kubernetes import ApiRequest, KubeApi, labels_of
from harness.core.contract.subject import Subject
from harness.core.controller_paths import ControllerPaths
from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_LABEL
from harness.stacks.existing.guard import down_command
from harness.stacks.existing.inventory import ObjectRef, inventory
from harness.stacks.existing.removal import WaitForUnload, remove_run
from harness.stacks.existing.snapshot import RunDiff, Snapshot
from harness.stacks.run import LeftoverError
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: of each step of the removal; and until what follows by itself (the Endpoints of a Service) has gone
TIMEOUT_S: Final = 120.0
#: a look is some two hundred requests
_INTERVAL_S: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TornDown:
    """What a run's removal came to."""

    #: in the order of removal
    removed: tuple[ObjectRef, ...]
    #: None where nobody knows what was there before
    diff: RunDiff | None


def tear_down(
    api: KubeApi,
    subject: Subject,
    run: str,
    before: Snapshot | None,
    *,
    context: str,
    timeout_s: float = TIMEOUT_S,
    unload: WaitForUnload | None = None,
) -> TornDown:
    """Removes the run, gives back what it borrowed, and looks at the cluster once more.

    What faults have changed has to be undone before. Harmless the second time.

    Args:
        api: where.
        subject: what the run installed.
        run: its id.
        before: what was there before it, if that is known. If not, the controller's Lease stays where it is.
        context: which leads there, for the command that does it again.
        timeout_s: of each step.
        unload: as `remove_run`.

    Raises:
        LeftoverError: something of the run is left, each object by its name.
        ApiUnreachableError: the API server does not answer.
    """
    try:
        removed = remove_run(api, run, step_timeout_s=timeout_s, unload=unload)
    except CouldNotTellError as error:
        raise LeftoverError(error.what, why=error.why, fix=_again(error.fix, context)) from error
    if before is None:
        return TornDown(removed=removed, diff=None)
    _remove_lease(api, subject, before, context)

    def gone() -> RunDiff | NotYet:
        diff = compare(api, subject, run, before)
        return NotYet("\n       ".join(map(str, diff.left))) if diff.left else diff

    try:
        diff = wait_until("nothing of the run left", gone, timeout_s=timeout_s, interval_s=_INTERVAL_S)
    except WaitTimeoutError as error:
        diff = compare(api, subject, run, before)
        raise LeftoverError(
            str(diff),
            why="\n       ".join(map(str, diff.left)) or f"it went only after {timeout_s:g} s",
            fix=_again("no label says whose these are: delete those that are not yours", context),
        ) from error
    return TornDown(removed=removed, diff=diff)


def compare(api: KubeApi, subject: Subject, run: str, before: Snapshot) -> RunDiff:
    """Looks at the cluster and changes nothing.

    Raises:
        CouldNotTellError: the API server does not say what it has.
    """
    return RunDiff(before=before.inventory, after=inventory(api), run=run, namespace=subject.namespace)


def _remove_lease(api: KubeApi, subject: Subject, before: Snapshot, context: str) -> None:
    """Deletes the Lease that the controller made by itself, and no other.

    One that somebody renews at this moment is somebody's: it stays, and the diff tells.
    """
    path = ControllerPaths.of(subject).lease
    found = None if path is None or before.lease else api.find(path)
    if path is None or found is None or RUN_LABEL in labels_of(found):
        return
    metadata = found["metadata"]
    same = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
    answer = api.send(ApiRequest(method="DELETE", path=path, body={"preconditions": same}))
    if not answer.accepted and answer.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
        raise LeftoverError(
            f"Lease {metadata['name']} is left",
            why=str(answer.body.get("message", answer.status)),
            fix=_again("delete it; the controller that made it is gone", context),
        )


def _again(fix: str, context: str) -> str:
    return f"{fix}\n       then: {down_command(context)}"
