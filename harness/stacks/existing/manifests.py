"""The manifests: everything of the subject's that a run applies, read before anything is, to be looked for first."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.clients.kubernetes import KubeApi, labels_of
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.marks import RUN_LABEL
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Custom, Field
from harness.core.operator.receiver import TOKEN
from harness.stacks.applying import built
from harness.stacks.checked import monitoring_objects
from harness.stacks.existing.discovery import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectManifests:
    """As documented: at which speed it is applied changes neither names nor labels."""

    #: the subject's own
    manifests: tuple[Manifest, ...]
    rule: Manifest
    monitor: Manifest
    routing: Manifest

    @classmethod
    def read(cls, subject: Subject, kubectl: Path) -> Self:
        """Builds and reads the subject's files; needs no cluster.

        Raises:
            MisuseError: one of them cannot be built or is not what it should be.
            ApplyError: kubectl does not start.
        """
        objects = monitoring_objects(subject)
        if objects.routing is None:
            raise MisuseError(
                f"{subject.files.alertmanager} cannot be used in a cluster that lives on",
                why="it is a plain configuration of Alertmanager: to load it is to take that Alertmanager away from"
                " everybody else whom it tells",
                fix="give the route as an AlertmanagerConfig, or run with --stack embedded or --stack kind",
            )
        return cls(
            manifests=built(kubectl, subject),
            rule=objects.rule,
            monitor=objects.monitor,
            routing=objects.routing,
        )

    @property
    def objects(self) -> tuple[Manifest, ...]:
        """All of them, and the Secret that the harness puts beside the route."""
        beside = Field("", self.routing).at("metadata", "namespace").text()
        token: Manifest = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": TOKEN.name, "namespace": beside},
        }
        return (*self.manifests, self.rule, self.monitor, self.routing, token)

    @property
    def namespaces(self) -> Mapping[str, Mapping[str, str]]:
        """Name -> labels of the namespaces that the subject's manifests make."""
        found = [Field("", one) for one in self.manifests if one.get("kind") == "Namespace"]
        return {one.at("metadata", "name").text(): one.at("metadata", "labels").text_map() for one in found}

    def wanted(self, api: KubeApi, *, run: str) -> Wanted:
        """What the monitoring has to select, with the labels that it and its namespaces will have.

        Raises:
            ApiRefusedError: the user may not look at namespaces.
        """
        objects = [_labelled(one, run) for one in (self.rule, self.monitor, self.routing)]
        made = self.namespaces
        labels: dict[str, Mapping[str, str]] = {}
        for name in sorted({one.namespace for one in objects}):
            found = api.find(f"/api/v1/namespaces/{name}")
            labels[name] = made.get(name, {}) if found is None else labels_of(found)
        return Wanted(objects=objects, namespaces=labels)


def _labelled(one: Manifest, run: str) -> Custom:
    found = Field("", one).at("metadata")
    metadata = {key: found.at(key).yaml() for key in found.names()}
    return Custom.read({**one, "metadata": metadata | {"labels": {**found.at("labels").text_map(), RUN_LABEL: run}}})
