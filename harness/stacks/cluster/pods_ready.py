"""The one wait for pods: with what keeps them in its error, and no longer than there is hope."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from harness.clients.kubernetes import KubeApi
from harness.clients.pods import events, pod_logs, pod_states
from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.lost_nodes import LostNodes
from harness.stacks.cluster.pulls import Pulls
from harness.stacks.cluster.wanted import Wanted
from harness.waiting import AwaitedGoneError, NotYet, wait_until

#: images may have to be pulled
_TIMEOUT_S = 600.0
_LOOK_S = 0.5
#: what to do about pods that do not get ready on a cluster of one's own; what Docker's store has is loaded into it
FIX: Final = (
    "see what their pods and nodes say; an image that the nodes cannot pull: `docker pull IMAGE` first, and start again"
)


class NeverReadyError(CouldNotTellError):
    """Pods that cannot get ready: an image that does not come, a node that is lost. Another try ends the same way."""


def wait_for_pods(
    what: str, api: KubeApi, wanted: Sequence[Wanted], *, fix: str = FIX, ended: Callable[[], str | None] | None = None
) -> None:
    """Returns once all of them are ready.

    Args:
        what: for messages, as `wait_until` has it.
        api: of the cluster.
        wanted: whose.
        fix: what to do about pods that do not get ready.
        ended: why there is nothing to wait for any more; None while there is.

    Raises:
        CouldNotTellError: they are not within ten minutes or cannot be, with what their pods say; all that they say in
            its logs.
    """
    try:
        _wait(what, api, wanted, fix=fix, ended=ended)
    except CouldNotTellError as error:
        hopeless = isinstance(error, AwaitedGoneError) and (ended is None or ended() is None)
        reason = NeverReadyError(error.what, why=error.why, fix=error.fix) if hopeless else error
        with suppress(CouldNotTellError):
            for one in wanted:
                reason.logs |= _words(api, one)
        if reason is not error:
            raise reason from error
        raise


def _wait(
    what: str, api: KubeApi, wanted: Sequence[Wanted], *, fix: str, ended: Callable[[], str | None] | None
) -> None:
    def ready() -> NotYet | None:
        left = "; ".join(filter(None, (one.unready(api) for one in wanted)))
        return NotYet(left) if left else None

    without_hope = [*([ended] if ended else []), *_without_hope(api, wanted)]
    wait_until(
        what,
        ready,
        timeout_s=_TIMEOUT_S,
        interval_s=_LOOK_S,
        ended=lambda: next(filter(None, (why() for why in without_hope)), None),
        fix=fix,
    )


def _without_hope(api: KubeApi, wanted: Sequence[Wanted]) -> Iterator[Callable[[], str | None]]:
    for one in wanted:
        yield Pulls(api=api, wanted=one).hopeless
        yield LostNodes(api=api, wanted=one).hopeless


def _words(api: KubeApi, wanted: Wanted) -> dict[str, str]:
    """All that these pods say; of others' in the same namespace nothing."""
    namespace, found = wanted.namespace, wanted.pods(api)
    about = {*wanted.expected, *(str(pod["metadata"]["name"]) for pod in found)} if wanted.run else ()
    told = {"pods": pod_states(found), "events": events(api, namespace, about=about)}
    return {
        **{f"{namespace}.{name}.json": f"{json.dumps(what, indent=2)}\n" for name, what in told.items()},
        **{f"{namespace}.{name}": text for name, text in pod_logs(api, namespace, found).items()},
    }
