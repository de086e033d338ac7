"""Documentation in Markdown, read for what it says of names: as headings, as lists, as tables."""

from dataclasses import replace

import pytest

from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.bundle import Bundle
from harness.offline.check.markdown_page import Page
from harness.offline.check.tables import table_findings
from harness.subject_reader import read_subject
from harness.toolchain import Progress

#: the documentation's own way to write
LISTED = """\
## Alert Rules
### Critical Alerts
- **KubeMirrorControllerDown**: Controller pod is not running
  - Severity: `critical`
  - Fires after: 5 minutes
### Warning Alerts
-
- **KubeMirrorHighReconcileErrors**: High error rate in reconciliation
  - Threshold: >10% error rate
  - Fires after: 10 minutes

- **KubeMirrorReconcileLatencyHigh**: Slow reconciliation loops
  - Threshold: p99 latency > 5 seconds
  - Fires after: 10 minutes
- **KubeMirrorWorkqueueDepthHigh**: Work items piling up
  - Threshold: >100 items in queue
  - Fires after: 15 minutes
- **KubeMirrorLeaderElectionLost**: Controller is not the leader
  - Fires after: 2 minutes
- **KubeMirrorHighFailureRate**: Overall operation failure rate high
  - Threshold: >5% failure rate
  - Fires after: 10 minutes
- **KubeMirrorMemoryHigh**: High memory usage
  - Threshold: >90% of memory limit
  - Fires after: 5 minutes
- **KubeMirrorCPUThrottling**: CPU throttling detected
  - Fires after: 10 minutes
"""
TABLE = """\
## Alerts

| alert | severity | condition | for |
|---|---|---|---|
| KubeMirrorControllerDown | critical | no pod | for 5m |
| KubeMirrorHighReconcileErrors | warning | stays above 10% for more than 10 minutes | for 10m |
| KubeMirrorReconcileLatencyHigh | warning | p99 above 5000ms | for 10m |
| KubeMirrorWorkqueueDepthHigh | warning | more than 100 items | for 15m |
| KubeMirrorLeaderElectionLost | warning | none leads | for 2m |
| KubeMirrorHighFailureRate | warning | over 5% | for 10m |
| KubeMirrorMemoryHigh | warning | above 90% | for 5m |
| KubeMirrorCPUThrottling | warning | over 25% | for 10m |
"""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The shipped one."""
    subject, contract = read_subject(DEFAULT_SUBJECT)
    return Bundle.read(subject, contract, Progress())


def said(bundle: Bundle, page: str) -> dict[tuple[str, str], Verdict]:
    """Of each alert and question, the verdict."""
    found = table_findings(replace(bundle, documentation=page))
    return {(one.about, one.check): one.verdict for one in found if one.about.startswith("KubeMirror")}


@pytest.mark.parametrize("page", [LISTED, TABLE], ids=["a list", "a table"])
def test_a_page_that_says_the_same_has_nothing_against_it(page: str, bundle: Bundle) -> None:
    """Whatever way it is laid out; what is not said in figures is left open."""
    found = said(bundle, page)
    assert set(found.values()) == {Verdict.VERIFIED, Verdict.SKIPPED}
    assert [
        about
        for (about, check), verdict in found.items()
        if check == "documented for" and verdict is not Verdict.VERIFIED
    ] == []
    assert found["KubeMirrorMemoryHigh", "documented threshold"] is Verdict.VERIFIED


@pytest.mark.parametrize("page", [LISTED, TABLE], ids=["a list", "a table"])
@pytest.mark.parametrize(
    ("old", "new", "about", "check"),
    [
        (("15 minutes", "15m"), ("10 minutes", "10m"), "KubeMirrorWorkqueueDepthHigh", "documented for"),
        (
            (">100 items", "than 100 items"),
            (">10 items", "than 10 items"),
            "KubeMirrorWorkqueueDepthHigh",
            "documented threshold",
        ),
        (
            ("> 5 seconds", "above 5000ms"),
            ("< 5 seconds", "below 5000ms"),
            "KubeMirrorReconcileLatencyHigh",
            "documented threshold",
        ),
        (("`critical`", "critical"), ("`warning`", "warning"), "KubeMirrorControllerDown", "documented severity"),
        (("KubeMirrorMemoryHigh",) * 2, ("KubeMirrorMemory",) * 2, "KubeMirrorMemoryHigh", "documented"),
        (("KubeMirrorMemoryHigh",) * 2, ("KubeMirrorMemory",) * 2, "KubeMirrorMemory", "documented"),
    ],
    ids=["for", "threshold", "side", "severity", "missing", "stranger"],
)
def test_what_it_says_otherwise_is_found(  # noqa: PLR0917 - a table's columns
    page: str, old: tuple[str, str], new: tuple[str, str], about: str, check: str, bundle: Bundle
) -> None:
    """In either layout."""
    index = (LISTED, TABLE).index(page)
    assert old[index] in page
    assert said(bundle, page.replace(old[index], new[index]))[about, check] is Verdict.VIOLATED


def test_what_stands_in_a_block_of_code_is_an_example() -> None:
    """Neither heading nor list."""
    page = Page.read("# A\n\n```\n# B\n- C\n| d |\n```\n\n- E\n")
    assert [one.head for one in page.entries] == ["A", "E"]
    assert page.rows == ()


def test_a_page_without_any_of_the_names_is_left_open(bundle: Bundle) -> None:
    """It proves nothing, and nothing is wrong."""
    assert {one.verdict for one in table_findings(replace(bundle, documentation="# Nothing\n"))} == {Verdict.SKIPPED}


def test_a_name_that_begins_another_is_not_taken_for_it() -> None:
    """Names of rules have colons, and some begin alike."""
    page = Page.read("- `shop:rate:5m` - one\n- `shop:rate` - two\n- **ShopDownLong**: x\n- **ShopDown**: y\n")
    for name, line in (("shop:rate", 2), ("ShopDown", 4)):
        found = page.about(name)
        assert found is not None
        assert found.line == line
