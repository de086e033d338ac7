"""Names and labels of what is applied to a real cluster: everything carries the run, so that it can be found again."""

import json
from collections.abc import Iterable, Mapping

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.errors import MisuseError
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field

#: on every object; its value is the run's id (the faults mark theirs with the same)
RUN_LABEL = "kubemirror-harness/run"


def harness_namespace(run_id: str) -> str:
    """Where the harness's own pods of a run are; several runs have room on one cluster."""
    return f"kubemirror-harness-{run_id}"


def documents(manifests: str) -> tuple[Manifest, ...]:
    """The objects of YAML documents, those of a List one by one: to be looked at, not to be applied.

    Go's reader of YAML is another: a mode `0644`, `yes` or a date are other values to it (`applying.labelled`).

    Raises:
        MisuseError: it is no YAML, or something else than objects.
    """
    try:
        found = [one for one in YAML(typ="safe", pure=True).load_all(manifests) if one is not None]
    except YAMLError as error:
        raise MisuseError("the manifests are no YAML", why=str(error), fix="correct the file named above") from error
    objects = [item for one in found for item in (one["items"] if _is_list(one) else [one])]
    for one in objects:
        if not isinstance(one, dict) or "kind" not in one or "metadata" not in one:
            raise MisuseError(
                "the manifests hold something that is no object",
                why=f"it has neither kind nor metadata: {str(one)[:80]!r}",
                fix="give objects of the Kubernetes API and nothing else",
            )
    return tuple(objects)


def marked(objects: Iterable[Manifest], labels: Mapping[str, str]) -> str:
    """The objects with these labels besides their own, as JSON documents, which are YAML too.

    Only the objects themselves: the labels of a pod template are what its owner's selector counts on.

    Raises:
        ShapeError: metadata or labels are no mappings.
    """
    return dumped(_marked(one, labels) for one in objects)


def dumped(objects: Iterable[Manifest]) -> str:
    """The objects as JSON documents."""
    return "\n---\n".join(map(json.dumps, objects))


def _marked(one: Manifest, labels: Mapping[str, str]) -> Manifest:
    metadata = Field("metadata", one.get("metadata"))
    known = {key: metadata.at(key).yaml() for key in metadata.names()}
    return {**one, "metadata": {**known, "labels": {**metadata.at("labels").text_map(), **labels}}}


def _is_list(one: object) -> bool:
    return isinstance(one, Mapping) and str(one.get("kind", "")).endswith("List") and isinstance(one.get("items"), list)
