"""Crash loop: the controller's container gets a command that ends at once, again and again."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashLoop:
    """Pods exist and are restarted with growing back-off, but none of them serves.

    The strategy becomes Recreate meanwhile: a rolling update would keep the old, healthy pod until a new one is ready.
    """

    name: ClassVar[str] = "crash-loop"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    #: an image without it fails to start the container, which loops just as well
    command: tuple[str, ...] = ("/bin/false",)

    def inject(self, cluster: Cluster) -> None:
        """Changes the template and does not wait for the first crash."""
        container = {
            "name": cluster.subject.workload.container,
            "command": list(self.command),
            "args": None,
        }
        former_spec.change(
            cluster,
            {
                "strategy": {"type": "Recreate", "rollingUpdate": None},
                "template": {"spec": {"containers": [container]}},
            },
        )

    def undo(self, cluster: Cluster) -> None:
        """Puts the exact former template and strategy back and does not wait for the pods."""
        former_spec.restore(cluster)
