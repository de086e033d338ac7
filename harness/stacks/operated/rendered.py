"""What the chart makes of its values: which images run, and what its Prometheus and Alertmanager are called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field
from harness.stacks.embedded.prometheus import RESEND_DELAY
from harness.stacks.operated.named import documents

#: the operator puts it beside Prometheus and Alertmanager
_RELOADER = "--prometheus-config-reloader="
#: texts of the user's, and no pods
_NO_PODS = frozenset({"ConfigMap", "Secret"})
#: the operator's CRD fills an empty interval with this
_DEFAULT_INTERVAL = PromDuration(30_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The chart's objects, as far as the harness depends on them."""

    #: of every pod that there will be, each once
    images: tuple[str, ...]
    #: names of the objects; a pod's is `prometheus-NAME-0`, `alertmanager-NAME-0`
    prometheus: str
    alertmanager: str
    #: the clocks of its Prometheus, not documented ones
    scrape: PromDuration
    evaluation: PromDuration
    resend: PromDuration

    @classmethod
    def read(cls, text: str) -> Self:
        """From the output of `helm template` or `helm get manifest`.

        Raises:
            MisuseError: it has no Prometheus or no Alertmanager, or several.
        """
        objects = documents(text)
        spec = Field("Prometheus", _one(objects, "Prometheus")).at("spec")
        return cls(
            images=tuple(dict.fromkeys(image for one in objects for image in _images(one))),
            prometheus=_name(objects, "Prometheus"),
            alertmanager=_name(objects, "Alertmanager"),
            scrape=spec.at("scrapeInterval").duration() or _DEFAULT_INTERVAL,
            evaluation=spec.at("evaluationInterval").duration() or _DEFAULT_INTERVAL,
            resend=spec.at("rules", "alert", "resendDelay").duration() or RESEND_DELAY,
        )


def _one(objects: Sequence[Manifest], kind: str) -> Manifest:
    found = [one for one in objects if one["kind"] == kind]
    if len(found) != 1:
        raise MisuseError(
            f"the chart has {len(found) or 'no'} objects of the kind {kind}",
            why="alerts go from one Prometheus to one Alertmanager here",
            fix="see --chart and the values: both have to be enabled, once",
        )
    return found[0]


def _name(objects: Sequence[Manifest], kind: str) -> str:
    return Field(kind, _one(objects, kind)).at("metadata", "name").text()


def _images(one: Manifest) -> Iterator[str]:
    return iter(()) if one["kind"] in _NO_PODS else _named_in(one)


def _named_in(node: object) -> Iterator[str]:
    """What `image` says, of containers and of the operator's resources, and the one among the operator's arguments."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _named_in(value)
    elif isinstance(node, str):
        if node.startswith(_RELOADER):
            yield node.removeprefix(_RELOADER)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _named_in(item)
