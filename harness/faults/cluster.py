"""The cluster as a fault sees it: an API server, a run's mark on everything made, and the subject."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.core.controller_paths import ControllerPaths
from harness.core.errors import CouldNotTellError
from harness.core.subject import Subject
from harness.kube_api import KubeApi

#: the label on every object that a run creates or changes; its value is the run's id
RUN_LABEL = "kubemirror-harness/run"
#: what a namespace of the run is for: `source` or `target`
ROLE_LABEL = "kubemirror-harness/role"


def _nobody_counts(pod: str) -> float:
    raise CouldNotTellError(
        f"what pod {pod} uses is not known",
        why="nothing that counts it was given",
        fix="squeeze in a scenario, not by hand",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What every fault is given. The stack makes it; a fault cannot tell which stack it is."""

    api: KubeApi
    #: the run's id: a label value and part of names, so at most 30 of a-z, 0-9 and `-`
    run: str
    subject: Subject
    #: `clientConfig` of a webhook, without a path: `url` or `service`, and `caBundle`. Where the fault webhook listens
    webhook_client_config: Mapping[str, object]
    #: the working set of the controller's container in the pod of this name, bytes; as cAdvisor counts it
    working_set_bytes: Callable[[str], float] = _nobody_counts
    #: the CPU it uses on an average over some seconds, in cores; takes these seconds
    cpu_cores: Callable[[str], float] = _nobody_counts

    @property
    def paths(self) -> ControllerPaths:
        """Where the API server has the controller."""
        return ControllerPaths.of(self.subject)

    @property
    def labels(self) -> dict[str, str]:
        """The labels that everything of this run carries."""
        return {RUN_LABEL: self.run}

    @property
    def source_namespace(self) -> str:
        """Where this run's sources are created."""
        return f"kubemirror-harness-{self.run}-source"

    @property
    def target_namespace(self) -> str:
        """Where the controller mirrors them to, and the only place whose writes an API fault touches."""
        return f"kubemirror-harness-{self.run}-target"
