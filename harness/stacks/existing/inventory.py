"""The inventory: what objects a cluster has, so that a list before and a list after prove that nothing is left."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.clients.kubernetes import ApiRequest, Json, KubeApi
from harness.core.errors import MisuseError
from harness.core.marks import RUN_LABEL
from harness.stacks.existing.resource_types import AT_ONCE, ResourceType, resource_types

#: what a run's id is made of; in a selector an empty one would mean others' objects
_RUN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
#: types whose objects come and go by themselves -> why they say nothing about a run
CHANGING = {
    "events": "everybody writes them about everything, and they expire within an hour or so",
    "events.events.k8s.io": "the same objects by another path",
    "nodes": "an autoscaler's machines come and go; a run makes none",
    "certificatesigningrequests.certificates.k8s.io": "kubelets ask for their own certificates; removed after an hour",
    "ipaddresses.networking.k8s.io": "the API server's own book of Services' addresses; the Services are listed",
}
#: Leases of nodes and of the control plane; a controller's own Lease is listed
_HEARTBEATS = "leases.coordination.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ObjectRef:
    """One object, by its name: one that was deleted and made again is the same."""

    type: ResourceType
    #: empty for one of the whole cluster
    namespace: str
    name: str

    @property
    def path(self) -> str:
        """From the API server's root."""
        return self.type.path(self.namespace, self.name)

    def __str__(self) -> str:
        return f"{self.type} {self.namespace}/{self.name}" if self.namespace else f"{self.type} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object and what a removal has to know of it."""

    ref: ObjectRef
    metadata: Json = field(repr=False)

    @property
    def owned(self) -> bool:
        """Whether it lives and dies with another object, as a pod does with its ReplicaSet."""
        return bool(self.metadata.get("ownerReferences"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What was there at one time."""

    objects: tuple[Listed, ...]
    #: types and groups that could not be listed: nobody knows what is there of them
    unseen: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The objects of a cluster that stand for themselves: neither owned by another nor changing by themselves."""

    objects: frozenset[ObjectRef]
    #: as in `Listing`
    unseen: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two inventories do not have in common. Others work in the cluster as well: not all of it is a run's."""

    appeared: frozenset[ObjectRef]
    vanished: frozenset[ObjectRef]
    #: could not be listed before, or not after: about these nothing is proved
    unseen: frozenset[str]


def inventory(api: KubeApi) -> Inventory:
    """Lists everything.

    Raises:
        CouldNotTellError: the API server does not answer, or does not say what it has.
    """
    found = listing(api)
    return Inventory(
        objects=frozenset(one.ref for one in found.objects if not one.owned and not _heartbeat(one.ref)),
        unseen=found.unseen,
    )


def difference(before: Inventory, after: Inventory) -> Difference:
    """What appeared and what vanished."""
    return Difference(
        appeared=after.objects - before.objects,
        vanished=before.objects - after.objects,
        unseen=before.unseen | after.unseen,
    )


def of_run(api: KubeApi, run: str) -> Listing:
    """Everything that carries the run's label, also what is owned by another object.

    Raises:
        MisuseError: that is no run's id.
        CouldNotTellError: as `inventory`.
    """
    if not _RUN.fullmatch(run):
        raise MisuseError(
            f"{run!r} is no run's id", why="an id is made of a-z, 0-9 and -", fix=f"see the label {RUN_LABEL}"
        )
    return listing(api, selector=f"{RUN_LABEL}={run}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsLeft:
    """Runs of which something is in a cluster."""

    ids: frozenset[str]
    #: as in `Listing`: of other runs nothing else may be there
    unseen: frozenset[str]


def runs_left(api: KubeApi) -> RunsLeft:
    """The ids of all runs of which anything is seen in this cluster, also of those that are under way.

    Raises:
        CouldNotTellError: as `inventory`.
    """
    found = listing(api, selector=RUN_LABEL)
    ids = frozenset(str(one.metadata["labels"][RUN_LABEL]) for one in found.objects)
    return RunsLeft(ids=ids, unseen=found.unseen)


def listing(api: KubeApi, *, selector: str = "") -> Listing:
    """Lists all types but those that change by themselves.

    Raises:
        CouldNotTellError: as `inventory`.
    """
    types = resource_types(api)
    asked = [one for one in types.known if str(one) not in CHANGING]
    query = {"labelSelector": selector} if selector else {}
    answers = api.send_all([ApiRequest(method="GET", path=one.path(), query=query) for one in asked], at_once=AT_ONCE)
    objects: list[Listed] = []
    unseen = set(types.silent)
    for one, answer in zip(asked, answers, strict=True):
        if answer.accepted:
            objects.extend(_listed(one, answer.body.get("items") or []))
        else:
            unseen.add(str(one))
    return Listing(objects=tuple(objects), unseen=frozenset(unseen))


def _listed(kind: ResourceType, items: Iterable[Json]) -> Iterable[Listed]:
    for item in items:
        metadata: Json = item["metadata"]
        ref = ObjectRef(type=kind, namespace=str(metadata.get("namespace") or ""), name=str(metadata["name"]))
        yield Listed(ref=ref, metadata=metadata)


def _heartbeat(ref: ObjectRef) -> bool:
    return str(ref.type) == _HEARTBEATS and ref.namespace.startswith("kube-")
