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
        pytest.param(1_814_400, "seconds", "1814400 s", id="weeks"),
        pytest.param(2e9, "items", "2000000000 items", id="many"),
        pytest.param(1e21, "items", "1e+21 items", id="too-many"),
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
    ("side", "value", "low", "high", "text"),
    [
        pytest.param(">", 100, 97, 131, "fires somewhere between 97 and 131 items", id="a width"),
        pytest.param(">", 100, 100, 101, "fires at > 100 items, seen on both sides of it", id="no width"),
        pytest.param(">", 100, 100, 102, "fires somewhere between 100 and 102 items", id="one between"),
        pytest.param("<", 1, 0, 1, "fires at < 1 item, seen on both sides of it", id="below"),
        pytest.param("<", 2, 0, 2, "fires somewhere between 0 and 2 items", id="below, one between"),
        pytest.param(">", 100, 97, None, "silent at 97 items; it was not seen active", id="silent only"),
        pytest.param(
            ">", 100, None, 131, "fires at 131 items; nothing nearer to the threshold was seen", id="active only"
        ),
        pytest.param("<", 1, 0, None, "fires at 0 items; nothing nearer to the threshold was seen", id="below, active"),
        pytest.param("<", 1, None, 1, "silent at 1 item; it was not seen active", id="below, silent only"),
        pytest.param(">", 100, None, None, "", id="nothing"),
    ],
)
def test_where_an_alert_fires_is_told_as_far_as_it_was_seen(
    side: str, value: float, low: float | None, high: float | None, text: str
) -> None:
    """Of whole things nothing lies between a number and the next; of others something always does."""
    assert bracket(low, high, side=side, value=value, unit="items") == text
    assert "somewhere" in bracket(0.89, 0.91, side=">", value=0.9, unit="ratio")


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
