"""The objects of manifests, read as kubectl reads them, and the namespace of those that name none."""

from collections.abc import Iterable, Iterator, Mapping

from harness.core.files.located import Document, Plain, meant, read_documents
from harness.core.files.mistakes import FileMistakesError, Mistake, Path
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field

_FIX = "give objects of the Kubernetes API and nothing else"
#: built-in kinds that stand outside of every namespace
#: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
_CLUSTER_WIDE = frozenset(
    (
        *("Namespace", "Node", "PersistentVolume", "ComponentStatus", "ClusterRole", "ClusterRoleBinding"),
        *("CustomResourceDefinition", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
        *("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"),
        *("ValidatingAdmissionPolicyBinding", "StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"),
        *("VolumeAttributesClass", "PriorityClass", "RuntimeClass", "IngressClass", "IPAddress", "ServiceCIDR"),
        *("CertificateSigningRequest", "ClusterTrustBundle", "FlowSchema", "PriorityLevelConfiguration"),
        *("DeviceClass", "ResourceSlice", "StorageVersion", "StorageVersionMigration", "TokenReview"),
        *("SubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SelfSubjectReview"),
    )
)
#: groups of built-in kinds besides those that end in `.k8s.io`, and the operator's, whose kinds all are namespaced
_KNOWN_GROUPS = frozenset(("", "apps", "batch", "autoscaling", "policy", "monitoring.coreos.com"))


def objects_of(manifests: str, source: str) -> tuple[Manifest, ...]:
    """The objects of YAML or JSON documents in their order, those of a List one by one.

    Args:
        manifests: text.
        source: where it comes from, for messages.

    Raises:
        FileMistakesError: no YAML, or something else than objects.
    """
    mistakes: list[Mistake] = []
    found: list[Manifest] = []
    for document in read_documents(manifests, source):
        for path, one in _each(document):
            wrong = [*_wrong(document, one, path)]
            mistakes += wrong
            if not wrong and isinstance(one, dict):
                found.append({key: Field(key, value).yaml() for key, value in one.items()})
    if mistakes:
        raise FileMistakesError(source, mistakes)
    return tuple(found)


def in_namespace(objects: Iterable[Manifest], namespace: str) -> Iterator[Manifest]:
    """The objects, those that name no namespace in this one, as `kubectl apply --namespace` has it.

    Where it is not known whether a kind has namespaces, an object stays as it is.
    """
    for one in objects:
        metadata = Field("metadata", one.get("metadata"))
        if metadata.at("namespace").present or not _namespaced(one):
            yield one
        else:
            yield {
                **one,
                "metadata": {**{key: metadata.at(key).yaml() for key in metadata.names()}, "namespace": namespace},
            }


def _namespaced(one: Manifest) -> bool:
    group = Field("", one).at("apiVersion").text().rpartition("/")[0]
    known = group in _KNOWN_GROUPS or group.endswith(".k8s.io")
    return known and one.get("kind") not in _CLUSTER_WIDE


def _each(document: Document) -> Iterator[tuple[Path, Plain]]:
    data = document.data
    if isinstance(data, dict) and str(data.get("kind", "")).endswith("List") and isinstance(data.get("items"), list):
        items = data["items"]
        yield from ((("items", index), one) for index, one in enumerate(items if isinstance(items, list) else ()))
    else:
        yield (), data


def _wrong(document: Document, one: Plain, path: Path) -> Iterator[Mistake]:
    """Why something is no object: what kubectl's decoder and the API server need of every one."""
    if not isinstance(one, Mapping):
        yield document.mistake(path, f"is {meant(one, document.written(path))}, no object", _FIX)
        return
    for key in ("apiVersion", "kind"):
        if not isinstance(one.get(key), str) or not one[key]:
            yield document.mistake((*path, key), _missing(document, one.get(key), (*path, key)), _FIX)
    metadata = one.get("metadata")
    if not isinstance(metadata, Mapping):
        yield document.mistake((*path, "metadata"), _missing(document, metadata, (*path, "metadata")), _FIX)
        return
    for key in ("name", "namespace", "generateName"):
        if not isinstance(metadata.get(key), str | None):
            at = (*path, "metadata", key)
            problem = f"must be text, not {meant(metadata[key], document.written(at))}; the API server refuses it"
            yield document.mistake(at, problem, f'quote it, if the text is meant: "{document.written(at)}"')
    for part in ("labels", "annotations"):
        yield from _not_texts(document, metadata.get(part), (*path, "metadata", part))


def _not_texts(document: Document, texts: Plain, path: Path) -> Iterator[Mistake]:
    if texts is None:
        return
    if not isinstance(texts, Mapping):
        yield document.mistake(path, f"must be a mapping, not {meant(texts, None)}; the API server refuses it", _FIX)
        return
    for key, text in texts.items():
        if not isinstance(text, str | None):
            at = (*path, key)
            problem = f"must be text, not {meant(text, document.written(at))}; the API server refuses it"
            yield document.mistake(at, problem, f'quote it, if the text is meant: "{document.written(at)}"')


def _missing(document: Document, value: Plain, path: Path) -> str:
    return "is missing" if value in (None, "") else f"is {meant(value, document.written(path))}"
