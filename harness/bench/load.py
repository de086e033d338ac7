"""The requests of the bench: objects that a controller mirrors, and the same ones without the labels it looks for."""

import time
from dataclasses import dataclass

from harness.clients.kubernetes import ApiRequest
from harness.core.marks import GROUP_LABEL
from harness.faults import source
from harness.faults.cluster import Cluster
from harness.faults.source import SourceKind

#: configmaps, because their content is text that can be compared as it is
KIND = SourceKind.CONFIGMAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many objects of one group in the run's source namespace."""

    cluster: Cluster
    #: names begin with it: a-z, 0-9 and `-`
    group: str
    count: int

    @property
    def names(self) -> list[str]:
        """As `QueueFlood` names the sources of a group."""
        return [f"{self.group}-{number}" for number in range(self.count)]

    def plain_creations(self) -> list[ApiRequest]:
        """Objects like sources in everything but the labels by which the controller knows one."""
        cluster = self.cluster
        metadata = {
            "labels": {**cluster.labels, GROUP_LABEL: self.group},
            "annotations": cluster.subject.sources.annotations_for((cluster.target_namespace,)),
        }
        data = {"serial": str(time.time_ns())}
        return [
            ApiRequest(method="POST", path=self._path, body={"metadata": {"name": name, **metadata}, "data": data})
            for name in self.names
        ]

    def touches(self) -> list[ApiRequest]:
        """Gives each object another content."""
        serial = time.time_ns()
        return [source.touch(self.cluster, kind=KIND, name=name, serial=serial) for name in self.names]

    def removals(self) -> list[ApiRequest]:
        """Deletes each object by itself, so that a wave of it compares with the others."""
        return [ApiRequest(method="DELETE", path=f"{self._path}/{name}") for name in self.names]

    @property
    def _path(self) -> str:
        return KIND.collection(self.cluster.source_namespace)
