"""Somebody else's bundle, with names and ways of its own: measured by its page alone, and without a false word."""

import pytest

from harness.core.check import CheckFinding
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle
from harness.offline.check.measuring import Measuring, measured_findings
from harness.subject_reader import read_subject
from harness.tests.parcel_courier import MODULE, SUBJECT
from harness.toolchain import Progress

_MEASURED = {"ParcelCourierAbsent", "ParcelNobodyLeads", "ParcelBacklog", "ParcelFailures", "ParcelMemoryTight"}


@pytest.fixture(scope="module")
def found() -> tuple[CheckFinding, ...]:
    """Its alerts read recorded values; its controller had not reconciled anything yet when the page was taken."""
    bundle = Bundle.read(*read_subject(SUBJECT), Progress())
    return tuple(measured_findings(bundle, Measuring(metrics=str(MODULE / "metrics.txt")), Progress()))


def test_its_alerts_do_what_its_contract_says(found: tuple[CheckFinding, ...]) -> None:
    """Thresholds, `for`, course, situations, labels and texts of all that its page can drive."""
    assert [one for one in found if one.verdict is Verdict.VIOLATED] == []
    measured = {one.about for one in found if one.check == "measured threshold" and one.verdict is Verdict.VERIFIED}
    assert measured == _MEASURED


def test_what_cannot_be_driven_is_unknown_with_the_reason(found: tuple[CheckFinding, ...]) -> None:
    """A histogram that is there only after the first reconcile; a quantity that nothing here brings about."""
    unknown = {one.about: one.cause for one in found if one.verdict is Verdict.UNKNOWN}
    assert "controller_runtime_reconcile_time_seconds_bucket" in unknown["ParcelSlow"]
    assert "once a controller has worked" in unknown["ParcelSlow"]
    assert unknown["ParcelFileHandles"].startswith("no fault that acts through the Kubernetes API")
    assert set(unknown) == {"ParcelSlow", "ParcelFileHandles", "courier:delivery_seconds:p99"}
