"""Conflicts: objects of the same name that were there before. Applying would change them, removing would delete them.

Namespaces are the guard's; everything else that is to be applied is looked for here, above all what belongs to the
whole cluster: a ClusterRole of the subject's name may be that of an installation in another namespace.
"""

from collections.abc import Sequence
from http import HTTPStatus

from harness.clients.kubernetes import ApiRequest, Json, KubeApi
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import RUN_LABEL
from harness.core.operator.reading import Field
from harness.stacks.existing.inventory import ObjectRef
from harness.stacks.existing.resource_types import ResourceTypes, resource_types


class ConflictsError(MisuseError):
    """Something of the subject's is in this cluster already, and is not this run's. Nothing was done."""


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
        if answer.accepted and answer.body["metadata"].get("labels", {}).get(RUN_LABEL) != run:
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
