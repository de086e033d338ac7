"""A /metrics page as data: families with type and samples, read with the Prometheus client's own parser."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from harness.core.errors import CouldNotTellError


class MalformedPageError(CouldNotTellError):
    """What was answered is no page in the text exposition format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSample:
    """One line of a page."""

    #: with its suffix: `…_total`, `…_bucket`, `…_sum`, `…_count`
    name: str
    labels: Mapping[str, str]
    value: float
    #: Unix time in seconds at which it was measured, where the page says so
    at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All samples under one `# TYPE` line."""

    #: as on the page: a counter keeps its `_total`
    name: str
    #: `counter`, `gauge`, `histogram`, …; `unknown` without a `# TYPE` line
    type: str
    samples: tuple[PageSample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of one process, with the instant at which it was taken."""

    #: Unix time in seconds
    at_s: float
    #: which process answered, e.g. `198.18.0.3:8080`; pages of one source share their counters
    source: str
    families: tuple[Family, ...]

    def samples(self, name: str) -> tuple[PageSample, ...]:
        """The samples of exactly this name, suffix included, in the page's order."""
        return tuple(sample for family in self.families for sample in family.samples if sample.name == name)


def parse_page(text: str, *, at_s: float, source: str) -> Page:
    """Reads one page in the text format.

    https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

    Raises:
        MalformedPageError: the text is something else, an HTML page for example.
    """
    try:
        parsed = tuple(text_string_to_metric_families(text))
    except (ValueError, KeyError, IndexError) as error:
        raise MalformedPageError(
            f"the answer of {source} is no metrics page",
            why=f"{error}: {text.strip()[:80]!r}",
            fix="check that the address is the controller's /metrics",
        ) from error
    families = []
    for metric in parsed:
        samples = tuple(
            PageSample(
                name=sample.name,
                labels=dict(sample.labels),
                value=float(sample.value),
                # the page has milliseconds, the parser makes seconds of them
                at_s=None if sample.timestamp is None else float(sample.timestamp),
            )
            for sample in metric.samples
        )
        # The parser cuts `_total` off a counter's family name; the documentation and Prometheus's metadata keep it.
        total = f"{metric.name}_total"
        name = total if metric.type == "counter" and any(sample.name == total for sample in samples) else metric.name
        families.append(Family(name=name, type=metric.type, samples=samples))
    return Page(at_s=at_s, source=source, families=tuple(families))
