"""The wait for a run's own pods: the subject's and the harness's, with what keeps them in its error."""

from collections.abc import Callable

from harness.core.subject import Subject
from harness.stacks.operated.pulls import Pulls
from harness.stacks.operated.site import Site
from harness.stacks.operated.workloads import unready
from harness.waiting import NotYet, wait_until

#: images may have to be pulled
_TIMEOUT_S = 600.0
_LOOK_S = 0.5


def wait_for_own_pods(
    site: Site, subject: Subject, *, borrowed: bool, image: str, ended: Callable[[], str | None]
) -> None:
    """Returns once controller, webhook and receiver are ready.

    Args:
        site: where.
        subject: whose controller.
        borrowed: whether the subject's namespace is somebody's: what others have there keeps nobody.
        image: of the harness's own pods, for messages.
        ended: why there is nothing to wait for any more; None while there is.

    Raises:
        CouldNotTellError: they are not within ten minutes or cannot be, with what their pods say.
    """
    theirs, names = subject.namespace, (subject.workload.deployment,)
    run = site.run.id if borrowed else ""

    def ready() -> NotYet | None:
        both = (unready(site.api, theirs, expected=names, run=run), unready(site.api, site.namespace))
        left = "; ".join(filter(None, both))
        return NotYet(left) if left else None

    subjects = Pulls(api=site.api, namespaces=(theirs,), expected=names, run=run)
    pulls = Pulls(api=site.api, namespaces=(site.namespace,))
    wait_until(
        "controller, webhook and receiver ready",
        ready,
        timeout_s=_TIMEOUT_S,
        interval_s=_LOOK_S,
        ended=lambda: ended() or subjects.hopeless() or pulls.hopeless(),
        fix=f"see what their pods say; the nodes need {image} and the subject's images, or a registry that has them "
        "(on --stack existing, --harness-image names the first as it is called there)",
    )
