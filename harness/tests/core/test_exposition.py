"""A /metrics page is read with the documented names, or refused."""

import pytest

from harness.core.exposition import MalformedPageError, parse_page

PAGE = """\
# HELP adds_total Items added
# TYPE adds_total counter
adds_total{name="secret"} 3
# TYPE depth gauge
depth{name="secret"} 2
# TYPE time_seconds histogram
time_seconds_bucket{le="1"} 1
time_seconds_bucket{le="+Inf"} 2
time_seconds_sum 3
time_seconds_count 2
untyped_thing 1
"""


def test_families_keep_their_documented_names_and_types() -> None:
    """A counter keeps `_total`, which the parser cuts off."""
    page = parse_page(PAGE, at_s=5, source="pod")
    assert {family.name: family.type for family in page.families} == {
        "adds_total": "counter",
        "depth": "gauge",
        "time_seconds": "histogram",
        "untyped_thing": "unknown",
    }
    (found,) = page.samples("adds_total")
    assert (found.labels, found.value) == ({"name": "secret"}, 3.0)


def test_samples_are_found_by_their_full_name() -> None:
    """Suffix included."""
    page = parse_page(PAGE, at_s=5, source="pod")
    assert [sample.labels["le"] for sample in page.samples("time_seconds_bucket")] == ["1", "+Inf"]
    assert page.samples("time_seconds") == ()


def test_a_sample_keeps_the_instant_of_its_measurement() -> None:
    """The page has milliseconds, we have seconds; without one nothing is made up."""
    page = parse_page("a 1 1700000000500\nb 1\n", at_s=5, source="node")
    assert [page.samples(name)[0].at_s for name in ("a", "b")] == [1_700_000_000.5, None]


@pytest.mark.parametrize("text", ["<html>not found</html>", "depth{name= 2\n"], ids=["html", "broken"])
def test_what_is_no_page_is_refused_with_its_source(text: str) -> None:
    """The error names who answered."""
    with pytest.raises(MalformedPageError, match="pod"):
        parse_page(text, at_s=5, source="pod")
