"""Where the healthy series are from that a measurement drives: a recording, or a page of the running controller."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.clients.controller import ControllerPage
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.exposition import Page, parse_page
from harness.core.measured.catalog import Catalog
from harness.core.measured.page import OF_CONTAINERS, Scraped, catalog_of_page
from harness.recording.recording import Recording
from harness.subject_reader import read_text

_URLS: Final = ("http://", "https://")
_FIX: Final = (
    "name a recording of a run of it (--recording DIR), or its page while it runs (--metrics FILE or URL), or one of"
    " them in the subject file, as healthy:"
)


class NoHealthySeriesError(MisuseError):
    """Nobody has said which series the controller has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """The series, and what rests on them."""

    catalog: Catalog
    #: what of them nobody has seen, in words; empty if all was
    made_up: str = ""


def healthy(subject: Subject, *, recording: Path | None = None, metrics: str | None = None, endpoint: str) -> Healthy:
    """The healthy series of a subject.

    Args:
        subject: whose; names its own where nothing else is named.
        recording: a directory that a run left.
        metrics: a file with its page, or where it is served.
        endpoint: the name of the port that is scraped, as the ServiceMonitor has it.

    Raises:
        NoHealthySeriesError: nothing is named.
        MisuseError: what is named cannot be used, or has no healthy target of this subject.
        CouldNotTellError: the page is not answered.
    """
    own = None if subject.files.healthy is None else Path(subject.files.healthy)
    if recording is None and metrics is None and own is not None:
        recording, metrics = (own, None) if own.is_dir() else (None, str(own))
    if recording is not None:
        return Healthy(catalog=of_recording(Recording.read(recording), subject))
    if metrics is None:
        raise NoHealthySeriesError(
            f"{subject.source} does not say what the controller's series are",
            why="rules are measured by driving the series that it really has",
            fix=_FIX,
        )
    page = _page(metrics)
    target = Scraped(
        namespace=subject.namespace,
        service=subject.workload.service,
        deployment=subject.workload.deployment,
        container=subject.workload.container,
        endpoint=endpoint,
        port=subject.workload.metrics_port,
    )
    made_up = f"{', '.join(OF_CONTAINERS)} and limits have the labels that a default chart gives them: none was seen"
    return Healthy(catalog=catalog_of_page(page, target), made_up=made_up)


def of_recording(recording: Recording, subject: Subject) -> Catalog:
    """The healthy series of a recording.

    Raises:
        MisuseError: it is of another subject, or nothing in it was healthy.
    """
    return Catalog.of(recording.scraped.series(), job=subject.workload.service, source=str(recording.directory))


def _page(metrics: str) -> Page:
    if metrics.startswith(_URLS):
        with ControllerPage(metrics, source=metrics) as page:
            return page.take()
    return parse_page(read_text(Path(metrics), "the page"), at_s=0.0, source=metrics)
