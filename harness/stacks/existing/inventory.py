"""The inventory: what objects a cluster has, so that a list before and a list after prove that nothing is left.

The types are asked of the API server itself:
https://kubernetes.io/docs/concepts/overview/kubernetes-api/#unaggregated-discovery
What could not be listed matters only as far as a run makes such objects.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from harness.clients.kubernetes import ApiRequest, Json, KubeApi
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import RUN_LABEL
from harness.stacks.existing.permissions import NEEDS

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
#: gentle on a cluster that others use
_AT_ONCE = 8
_FIX = "let your user list them (`python -m harness.stacks.existing.permissions`), or wait for an API that is ill"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ResourceType:
    """One type of objects."""

    #: empty for the core group
    group: str
    version: str
    #: plural, as in paths
    resource: str
    kind: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """Of the collection (of all namespaces if none is given), or of one object."""
        api = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{namespace}" if namespace else ""
        return f"{api}{within}/{self.resource}{f'/{name}' if name else ''}"

    def __str__(self) -> str:
        """As kubectl writes it: `deployments.apps`."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTypes:
    """What the server says it has."""

    #: types whose objects can be listed and deleted; what nobody can delete (figures, states), nobody created either
    known: tuple[ResourceType, ...]
    #: groups that did not tell their types: their own server (an aggregated one) is ill
    silent: tuple[str, ...]

    def of_kind(self, group: str, kind: str) -> ResourceType | None:
        """The type of this kind, whatever the version."""
        return next((one for one in self.known if (one.group, one.kind) == (group, kind)), None)


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
    unlistable: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The objects of a cluster that stand for themselves: neither owned by another nor changing by themselves."""

    objects: frozenset[ObjectRef]
    #: as in `Listing`
    unlistable: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two inventories do not have in common. Others work in the cluster as well: not all of it is a run's."""

    appeared: frozenset[ObjectRef]
    vanished: frozenset[ObjectRef]
    #: could not be listed before, or not after: about these nothing is proved
    unlistable: frozenset[str]


def inventory(api: KubeApi) -> Inventory:
    """Lists everything.

    Raises:
        CouldNotTellError: the API server does not answer, or does not say what it has.
    """
    found = listing(api)
    return Inventory(
        objects=frozenset(one.ref for one in found.objects if not one.owned and not _heartbeat(one.ref)),
        unlistable=found.unlistable,
    )


def difference(before: Inventory, after: Inventory) -> Difference:
    """What appeared and what vanished."""
    return Difference(
        appeared=after.objects - before.objects,
        vanished=before.objects - after.objects,
        unlistable=before.unlistable | after.unlistable,
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
    unlistable: frozenset[str]


def runs_left(api: KubeApi) -> RunsLeft:
    """The ids of all runs of which anything is seen in this cluster, also of those that are under way.

    Raises:
        CouldNotTellError: as `inventory`.
    """
    found = listing(api, selector=RUN_LABEL)
    ids = frozenset(str(one.metadata["labels"][RUN_LABEL]) for one in found.objects)
    return RunsLeft(ids=ids, unlistable=found.unlistable)


def listing(api: KubeApi, *, selector: str = "") -> Listing:
    """Lists all types but those that change by themselves.

    Raises:
        CouldNotTellError: as `inventory`.
    """
    types = resource_types(api)
    asked = [one for one in types.known if str(one) not in CHANGING]
    query = {"labelSelector": selector} if selector else {}
    answers = api.send_all([ApiRequest(method="GET", path=one.path(), query=query) for one in asked], at_once=_AT_ONCE)
    objects: list[Listed] = []
    unlistable = set(types.silent)
    for one, answer in zip(asked, answers, strict=True):
        if answer.accepted:
            objects.extend(_listed(one, answer.body.get("items") or []))
        else:
            unlistable.add(str(one))
    return Listing(objects=tuple(objects), unlistable=frozenset(unlistable))


def _listed(kind: ResourceType, items: Iterable[Json]) -> Iterable[Listed]:
    for item in items:
        metadata: Json = item["metadata"]
        ref = ObjectRef(type=kind, namespace=str(metadata.get("namespace") or ""), name=str(metadata["name"]))
        yield Listed(ref=ref, metadata=metadata)


def _heartbeat(ref: ObjectRef) -> bool:
    return str(ref.type) == _HEARTBEATS and ref.namespace.startswith("kube-")


def resource_types(api: KubeApi) -> ResourceTypes:
    """Asks for all types, each in the first version that has it: the preferred one, if that has it.

    A preferred version may lack types (AlertmanagerConfig is not in monitoring.coreos.com/v1), so all are asked.

    Raises:
        ApiRefusedError: not even the list of groups is given.
    """
    groups = api.ask(ApiRequest(method="GET", path="/apis"))["groups"]
    versions = [("", "v1", "/api/v1")]
    versions += [
        (str(group["name"]), version, f"/apis/{group['name']}/{version}")
        for group in groups
        for version in _versions(group)
    ]
    answers = api.send_all([ApiRequest(method="GET", path=path) for *_, path in versions], at_once=_AT_ONCE)
    known: dict[tuple[str, str], ResourceType] = {}
    silent = []
    for (group, version, path), answer in zip(versions, answers, strict=True):
        if not answer.accepted:
            silent.append(path)
        for one in answer.body.get("resources", []) if answer.accepted else []:
            if "/" not in one["name"] and {"list", "delete"} <= set(one.get("verbs", [])):
                found = ResourceType(
                    group=group,
                    version=version,
                    resource=str(one["name"]),
                    kind=str(one["kind"]),
                    namespaced=bool(one["namespaced"]),
                )
                known.setdefault((group, found.resource), found)
    return ResourceTypes(known=tuple(known.values()), silent=tuple(silent))


def _versions(group: Json) -> Iterator[str]:
    preferred = str(group["preferredVersion"]["version"])
    yield preferred
    yield from (str(one["version"]) for one in group["versions"] if one["version"] != preferred)


def unlistable_made(unlistable: Collection[str]) -> tuple[str, ...]:
    """Those of which a run makes objects, of types and of paths of groups that did not tell their types."""
    types = frozenset(
        f"{need.resource}.{need.group}" if need.group else need.resource for need in NEEDS if "create" in need.verbs
    )
    groups = frozenset(need.group for need in NEEDS if "create" in need.verbs)
    return tuple(one for one in sorted(unlistable) if one in types or (one.startswith("/") and _group(one) in groups))


def untold(unlistable: Collection[str]) -> list[str]:
    """What of a run may be in a cluster unseen, each in words."""
    return [f"{one}: could not be listed, and a run makes such objects" for one in unlistable_made(unlistable)]


def refuse_unlistable(unlistable: Collection[str]) -> None:
    """Returns where everything that a run makes could be looked for.

    Raises:
        CouldNotTellError: with what could not.
    """
    if problems := untold(unlistable):
        raise CouldNotTellError(
            "it cannot be told what of a run is in this cluster",
            why="\n       ".join(problems),
            fix=_FIX,
        )


def _group(path: str) -> str:
    """Of `/apis/apps/v1`; empty for the core's `/api/v1`."""
    return path.split("/")[2] if path.startswith("/apis/") else ""
