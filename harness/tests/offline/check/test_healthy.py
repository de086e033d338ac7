"""Where healthy series are from: a recording, a page, or what the subject names."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.bench.corpus import CORPUS, HEALTHY, healthy_of
from harness.core.errors import MisuseError
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.healthy import NoHealthySeriesError, healthy
from harness.recording.recording import RecordingError
from harness.subject_reader import read_subject

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)
_PAGE = 'workqueue_depth{name="secret"} 3\n'


def test_the_default_subject_names_a_recording_of_its_own() -> None:
    """All that it has was seen."""
    found = healthy(_SUBJECT, endpoint="metrics")
    assert found.made_up == ""
    assert found.catalog.values_of("workqueue_depth", "name") == ("configmap", "secret")


def test_the_default_recording_is_of_the_corpus() -> None:
    """`make corpus` renews both; one that is older would be driven while the other is tested."""
    own, corpus = ({one.name: one.read_bytes() for one in place.iterdir()} for place in (HEALTHY, healthy_of(CORPUS)))
    assert own == corpus


def test_a_page_has_the_labels_of_the_subject_and_says_what_is_made_up(tmp_path: Path) -> None:
    """A bundle that was never run here."""
    page = tmp_path / "metrics.txt"
    page.write_text(_PAGE, encoding="utf-8")
    found = healthy(_SUBJECT, metrics=str(page), endpoint="metrics")
    (one,) = found.catalog.named("workqueue_depth")
    assert (one.labels["job"], one.labels["namespace"]) == ("kubemirror-controller-metrics", "kubemirror-system")
    assert "container_memory_working_set_bytes" in found.made_up


def test_a_subject_may_name_a_page(tmp_path: Path) -> None:
    """As a file beside it."""
    page = tmp_path / "metrics.txt"
    page.write_text(_PAGE, encoding="utf-8")
    subject = replace(_SUBJECT, files=replace(_SUBJECT.files, healthy=page))
    assert healthy(subject, endpoint="metrics").catalog.source == str(page)


def test_what_is_asked_for_comes_before_what_the_subject_names(tmp_path: Path) -> None:
    """A recording that is none is refused, though the subject has one."""
    with pytest.raises(RecordingError):
        healthy(_SUBJECT, recording=tmp_path, endpoint="metrics")


def test_where_nothing_is_named_nothing_is_driven() -> None:
    """And that is told with what to do."""
    subject = replace(_SUBJECT, files=replace(_SUBJECT.files, healthy=None))
    with pytest.raises(NoHealthySeriesError) as error:
        healthy(subject, endpoint="metrics")
    assert "--metrics" in error.value.fix


def test_a_recording_of_another_controller_is_refused() -> None:
    """Its series are not this subject's."""
    other = replace(_SUBJECT, workload=replace(_SUBJECT.workload, service="another"))
    with pytest.raises(MisuseError) as error:
        healthy(other, endpoint="metrics")
    assert "no target of this job" in error.value.why
