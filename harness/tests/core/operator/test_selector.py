"""Selectors match as in Kubernetes and say why not."""

import pytest

from harness.core.operator.reading import Field, ShapeError
from harness.core.operator.selector import LabelSelector


def mismatch(selector: object, **labels: str) -> str | None:
    """Why these labels do not match."""
    return LabelSelector.read(Field("s", selector)).mismatch(labels)


def expression(operator: str, *values: str) -> dict[str, object]:
    """A selector with one expression on key `a`."""
    return {"matchExpressions": [{"key": "a", "operator": operator, **({"values": list(values)} if values else {})}]}


@pytest.mark.parametrize(
    "selector",
    [{}, {"matchLabels": {"a": "1"}}, expression("In", "1", "2"), expression("NotIn", "3"), expression("Exists")],
)
def test_matching_labels_match(selector: object) -> None:
    """No reason is given where there is none."""
    assert mismatch(selector, a="1") is None


def test_absence_counts() -> None:
    """A missing label is not in any set and does not exist."""
    assert mismatch(expression("NotIn", "3")) is None
    assert mismatch(expression("DoesNotExist")) is None


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        ({"matchLabels": {"a": "2"}}, "label a is '1', but '2' is asked for"),
        ({"matchLabels": {"b": "2"}}, "label b=2 missing"),
        (expression("In", "2", "3"), "label a is '1', but In (2, 3) is asked for"),
        (expression("NotIn", "1"), "label a is '1', but NotIn (1) is asked for"),
        (expression("DoesNotExist"), "label a is '1', but DoesNotExist is asked for"),
    ],
)
def test_a_mismatch_is_explained(selector: object, why: str) -> None:
    """The reason names label, value found and value asked for."""
    assert mismatch(selector, a="1") == why


def test_a_missing_label_is_called_missing() -> None:
    """Exists without the label."""
    assert mismatch(expression("Exists")) == "label a is missing, but Exists is asked for"


@pytest.mark.parametrize(
    "selector",
    [
        {"matchLabel": {}},
        expression("Like", "x"),
        expression("In"),
        expression("Exists", "x"),
        {"matchExpressions": [{"operator": "Exists"}]},
    ],
)
def test_malformed_selectors_are_refused(selector: object) -> None:
    """As the API machinery would."""
    with pytest.raises(ShapeError):
        mismatch(selector)
