"""Names and labels of what is applied to a real cluster: everything carries the run, so that it can be found again."""

from collections.abc import Collection, Iterable, Mapping

from harness.core.operator.manifest import Manifest, dumped
from harness.core.operator.reading import Field


def harness_namespace(run_id: str) -> str:
    """Where the harness's own pods of a run are; several runs have room on one cluster."""
    return f"kubemirror-harness-{run_id}"


def marked(objects: Iterable[Manifest], labels: Mapping[str, str]) -> str:
    """The objects with these labels besides their own, as JSON documents, which are YAML too.

    Only the objects themselves: the labels of a pod template are what its owner's selector counts on.

    Raises:
        ShapeError: metadata or labels are no mappings.
    """
    return dumped(_marked(one, labels) for one in objects)


def without_namespaces(objects: Iterable[Manifest], names: Collection[str]) -> tuple[Manifest, ...]:
    """The objects without the Namespaces of these names, which were there before: applying makes their labels ours."""
    return tuple(one for one in objects if _namespace(one) not in names)


def _namespace(one: Manifest) -> str | None:
    """The name of a Namespace; None of anything else."""
    if (one.get("apiVersion"), one.get("kind")) != ("v1", "Namespace"):
        return None
    return Field("", one).at("metadata", "name").text()


def _marked(one: Manifest, labels: Mapping[str, str]) -> Manifest:
    metadata = Field("metadata", one.get("metadata"))
    known = {key: metadata.at(key).yaml() for key in metadata.names()}
    return {**one, "metadata": {**known, "labels": {**metadata.at("labels").text_map(), **labels}}}
