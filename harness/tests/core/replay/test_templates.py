"""What is said of templates before they are rendered."""

import pytest

from harness.core.replay.templates import beyond_reach, is_template, reads_clock, reads_value


def test_text_without_an_action_is_itself() -> None:
    """A single brace is one."""
    assert not is_template("{ 12.5%% }")
    assert is_template("{{ $value }}")


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("plain", False),
        ("{{ $labels.pod }} and {{- .Labels.job -}}", False),
        ('{{ index $labels "pod.name" }}', False),
        ("{{ $value }}", True),
        ("{{ . }}", True),
        ("{{ $labels.pod | toUpper }}", True),
    ],
)
def test_what_prints_labels_alone_does_not_change_with_the_value(text: str, reads: bool) -> None:
    """In doubt it does."""
    assert reads_value({"a": text}) is reads


@pytest.mark.parametrize(
    ("text", "reads"), [("{{ now }}", True), ('{{ "now" }}', False), ("{{ $labels.now }}", False), ("now", False)]
)
def test_who_reads_the_clock_is_known(text: str, reads: bool) -> None:
    """By the function alone."""
    assert reads_clock({"a": text}) is reads


def test_what_only_its_prometheus_can_render_is_said() -> None:
    """With the label or annotation."""
    assert beyond_reach({"a": '{{ "query" }} {{ $labels.query }} query'}) is None
    assert beyond_reach({"a": "x", "b": "{{ range query `up` }}{{ end }}"}) == (
        "the template of `b` asks Prometheus (`query`)"
    )
    assert beyond_reach({"a": "{{ externalURL }}"}) == (
        "the template of `a` tells the address of Prometheus (`externalURL`)"
    )


def test_what_is_external_is_beyond_reach_where_it_is_not_known() -> None:
    """A label of that name is none of it."""
    assert beyond_reach({"a": "{{ $externalLabels.cluster }}"}) is None
    for text in ("{{ $externalLabels.cluster }}", "{{ .ExternalLabels.cluster }}", "{{ $externalURL }}"):
        assert "which is not known here" in str(beyond_reach({"a": text}, external_known=False))
    assert beyond_reach({"a": "{{ $labels.ExternalURL }} .ExternalURL"}, external_known=False) is None
