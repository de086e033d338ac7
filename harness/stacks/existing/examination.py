"""The examination of somebody's cluster: everything that a run would fail on, or damage, found out by looking.

Objects of the same name that were there before are conflicts: applying would change them, removing would delete them,
above all what belongs to the whole cluster: a ClusterRole of the subject's name may be another installation's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from harness.clients.kubernetes import ApiRequest, Json, KubeApi, labels_of
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import RUN_LABEL
from harness.core.operator.reading import Custom, Field
from harness.stacks.existing.discovery import (
    Asked,
    FoundAlertmanager,
    FoundPrometheus,
    GivenUrl,
    NoMonitoringError,
    find_alertmanager,
    find_prometheus,
)
from harness.stacks.existing.guard import Tenancy, examine_namespace
from harness.stacks.existing.inventory import ObjectRef, ResourceTypes, resource_types
from harness.stacks.existing.manifests import SubjectManifests
from harness.stacks.existing.permissions import require_permissions

T = TypeVar("T", FoundPrometheus | GivenUrl, FoundAlertmanager | GivenUrl)


class ConflictsError(MisuseError):
    """Something of the subject's is in this cluster already, and is not this run's. Nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMonitoring:
    """The options of both."""

    prometheus: Asked = field(default_factory=Asked)
    alertmanager: Asked = field(default_factory=Asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a cluster offers to a run."""

    tenancy: Tenancy
    prometheus: FoundPrometheus | GivenUrl
    alertmanager: FoundAlertmanager | GivenUrl
    #: the subject's that they are to take up
    objects: Sequence[Custom] = ()


def examine(
    api: KubeApi, subject: Subject, manifests: SubjectManifests, asked: AskedMonitoring, *, context: str, run: str = ""
) -> Found:
    """Looks at permissions, namespace, monitoring and names, in this order; changes nothing.

    Args:
        api: where.
        subject: what would be installed.
        manifests: its objects.
        asked: which monitoring was asked for.
        context: for the commands in messages.
        run: the run's id; empty before there is one, when nothing at all may be there.

    Raises:
        MisuseError: it cannot be used, one subclass per cause.
        CouldNotTellError: the API server does not say.
    """
    require_permissions(api, subject)
    tenancy = examine_namespace(api, namespace=subject.namespace, run=run, context=context)
    wanted = manifests.wanted(api, run=run)
    found = Found(
        tenancy=tenancy,
        prometheus=in_the_clear(find_prometheus(api, wanted, asked.prometheus), "prometheus"),
        alertmanager=in_the_clear(find_alertmanager(api, wanted, asked.alertmanager), "alertmanager"),
        objects=wanted.objects,
    )
    _refuse_namespaces(api, manifests, subject, run)
    refuse_conflicts(api, manifests.objects, run=run)
    return found


def in_the_clear(found: T, option: str) -> T:
    """A forward leads to a name that no certificate has: behind one it is reached by its URL alone.

    Raises:
        NoMonitoringError: it has a certificate.
    """
    if not isinstance(found, GivenUrl) and found.at.scheme != "http":
        raise NoMonitoringError(
            f"{found.at.namespace}/{found.at.name} is reached by TLS only",
            why="its web server has a certificate (web.tlsConfig), which is not one for a forwarded port",
            fix=f"give its address: --{option}-url URL",
        )
    return found


def _refuse_namespaces(api: KubeApi, manifests: SubjectManifests, subject: Subject, run: str) -> None:
    """The subject's own namespace is the guard's; another one that is there would be marked, and deleted at the end."""
    others = [name for name in manifests.namespaces if name != subject.namespace]
    looks = {name: api.find(f"/api/v1/namespaces/{name}") for name in others}
    taken = [name for name, found in looks.items() if found and labels_of(found).get(RUN_LABEL) != run]
    if taken:
        raise ConflictsError(
            f"the subject makes namespaces that are there already: {', '.join(taken)}",
            why="applying would make them the run's, and the run's end delete them with all that is in them",
            fix="leave them out of the subject's manifests",
        )


def refuse_conflicts(api: KubeApi, manifests: Sequence[Json], *, run: str) -> None:
    """Checks that nothing is there yet of what is to be applied, except what this run made.

    Raises:
        ConflictsError: something is, or the cluster does not know a kind (monitoring without the operator's CRDs).
        CouldNotTellError: the API server refused to say.
        ShapeError: a manifest is none.
    """
    types = resource_types(api)
    refs = [ref for manifest in manifests if (ref := _ref(types, manifest)) is not None]
    answers = api.send_all([ApiRequest(method="GET", path=ref.path) for ref in refs])
    conflicts = []
    for ref, answer in zip(refs, answers, strict=True):
        if answer.accepted and labels_of(answer.body).get(RUN_LABEL) != run:
            conflicts.append(str(ref))
        elif not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
            raise CouldNotTellError(
                f"it cannot be told whether {ref} exists",
                why=str(answer.body.get("message", answer.status)),
                fix="check that you may get it",
            )
    if conflicts:
        raise ConflictsError(
            "the subject is in this cluster already, at least in part",
            why="\n       ".join(f"{one} exists" for one in conflicts),
            fix="use a cluster without it, or remove it: applying would change it, and the run's end delete it",
        )


def _ref(types: ResourceTypes, manifest: Json) -> ObjectRef | None:
    document = Field("", manifest)
    kind, name = document.at("kind").text(), document.at("metadata", "name").text()
    group = document.at("apiVersion").text().rpartition("/")[0]
    if (group, kind) == ("", "Namespace"):
        return None
    found = types.of_kind(group, kind)
    if found is None:
        raise ConflictsError(
            f"this cluster has no {kind} of {group or 'the core group'}",
            why=f"{name} is to be applied, and nothing would act on it",
            fix="install what defines it (the Prometheus Operator, for monitoring.coreos.com) or use another cluster",
        )
    namespace = (document.at("metadata", "namespace").text() or "default") if found.namespaced else ""
    return ObjectRef(type=found, namespace=namespace, name=name)
