"""The types of objects that an API server can list, asked of the server itself.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#unaggregated-discovery
"""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.clients.kubernetes import ApiRequest, Json, KubeApi

#: gentle on a cluster that others use
AT_ONCE = 8


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
    answers = api.send_all([ApiRequest(method="GET", path=path) for *_, path in versions], at_once=AT_ONCE)
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
