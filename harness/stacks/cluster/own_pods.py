"""The wait for a run's own pods: the subject's and the harness's, with what keeps them in its error."""

from collections.abc import Callable

from harness.core.contract.subject import Subject
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.pods_ready import wait_for_pods
from harness.stacks.cluster.wanted import Wanted


def wait_for_own_pods(
    site: Site, subject: Subject, *, existing_namespaces: bool, image: str, ended: Callable[[], str | None]
) -> None:
    """Returns once controller, webhook and receiver are ready.

    Args:
        site: where.
        subject: whose controller.
        existing_namespaces: whether the subject's namespace is somebody's: what others have there keeps nobody.
        image: of the harness's own pods, for messages.
        ended: why there is nothing to wait for any more; None while there is.

    Raises:
        CouldNotTellError: they are not within ten minutes or cannot be, with what their pods say.
    """
    theirs = Wanted(
        namespace=subject.namespace,
        expected=(subject.workload.deployment,),
        run=site.run.id if existing_namespaces else "",
    )
    wait_for_pods(
        "controller, webhook and receiver ready",
        site.api,
        [theirs, Wanted(namespace=site.namespace)],
        ended=ended,
        fix=f"see what their pods and nodes say; the nodes need {image} and the subject's images, or a registry "
        "that has them (on --stack existing, --harness-image names the first as it is called there)",
    )


def wait_for_harness_pods(site: Site, *, image: str, ended: Callable[[], str | None]) -> None:
    """Returns once webhook and receiver are ready, whatever becomes of the controller.

    Raises:
        CouldNotTellError: they are not within ten minutes or cannot be, with what their pods say.
    """
    wait_for_pods(
        "webhook and receiver ready",
        site.api,
        [Wanted(namespace=site.namespace)],
        ended=ended,
        fix=f"see what their pods and nodes say; the nodes need {image}, or a registry that has it",
    )
