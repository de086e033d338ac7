"""Numbers with their units, as people write them."""

import pytest

from harness.report.figures import bracket, documented, figure, listed, share


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(0.125, "ratio", "12.5 %", id="ratio"),
        pytest.param(0.9, "ratio", "90 %", id="whole-percent"),
        pytest.param(0.00042, "ratio", "0.042 %", id="small-ratio"),
        pytest.param(240.0, "ratio", "24000 %", id="absurd-ratio"),
        pytest.param(5, "seconds", "5 s", id="seconds"),
        pytest.param(0.07123456, "seconds", "0.07123 s", id="part-of-a-second"),
        pytest.param(100, "items", "100 items", id="items"),
        pytest.param(1, "replicas", "1 replica", id="one"),
        pytest.param(0, "replicas", "0 replicas", id="none"),
    ],
)
def test_a_number_has_its_unit(value: float, unit: str, text: str) -> None:
    """A ratio is a percentage."""
    assert figure(value, unit) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(900, "15m", id="whole"),
        pytest.param(870.3, "14m30s", id="rounded"),
        pytest.param(-289.8, "-4m50s", id="before"),
        pytest.param(9.6, "9s600ms", id="short"),
        pytest.param(0, "0s", id="none"),
    ],
)
def test_documented_time_is_written_as_in_rules(seconds: float, text: str) -> None:
    """No finer than a run can tell."""
    assert documented(seconds) == text


@pytest.mark.parametrize(
    ("side", "low", "high", "text"),
    [
        pytest.param(">", 97, 131, "inactive up to 97 items, active from 131 items", id="above"),
        pytest.param("<", 0, 1, "active up to 0 items, inactive from 1 item", id="below"),
        pytest.param(">", 97, None, "inactive up to 97 items", id="one-side"),
        pytest.param(">", None, 131, "active from 131 items", id="other-side"),
        pytest.param(">", None, None, "", id="nothing"),
    ],
)
def test_a_threshold_is_seen_from_both_sides(side: str, low: float | None, high: float | None, text: str) -> None:
    """Which side is active depends on the alert."""
    assert bracket(low, high, side=side, unit="items") == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.0, "0 %"), (0.004, "under 1 %"), (0.12, "12 %"), (1.0, "100 %")], ids=str
)
def test_a_share_that_is_not_nothing_is_not_shown_as_nothing(ratio: float, text: str) -> None:
    """A near miss must not look like none."""
    assert share(ratio) == text


@pytest.mark.parametrize(("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    """However many."""
    assert listed(names) == text
