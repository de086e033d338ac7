"""One object from text: plain, whole, the right one, and what the API server would store of it."""

import pytest

from harness.core.errors import MisuseError
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.manifest import dumped, one_object, path_of, read_object
from harness.core.operator.reading import ShapeError

_HEAD = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"
_META = "metadata: {name: x, namespace: shop}\n"
_RULES = "spec: {groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]}\n"
_OBJECT = _HEAD + _META + _RULES


def refused(text: str, kind: str = "PrometheusRule") -> FileMistakesError:
    """The mistakes of a text."""
    with pytest.raises(FileMistakesError) as caught:
        one_object(text, kind, source="r.yaml")
    return caught.value


def test_an_object_is_read_whole() -> None:
    """Everything of the text, and empty documents around it do not count, least of all a `---` at the end."""
    assert one_object(f"---\n---\n{_OBJECT}\n---\n", "PrometheusRule", source="r.yaml") == {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "x", "namespace": "shop"},
        "spec": {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0"}]}]},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "r.yaml:2:1: is no valid YAML"),
        (f"{_OBJECT}---\n{_OBJECT}", "r.yaml:6:1: begins object 2 of 2"),
        (
            _OBJECT.replace("PrometheusRule", "ServiceMonitor"),
            "r.yaml:2:1: kind must be PrometheusRule, not ServiceMon",
        ),
        (_OBJECT.replace("kind: PrometheusRule\n", ""), "kind is missing"),
        (
            _OBJECT.replace("coreos.com/v1", "coreos.com/v2"),
            'r.yaml:1:1: apiVersion is "monitoring.coreos.com/v2", not',
        ),
        (_OBJECT.replace("apiVersion: monitoring.coreos.com/v1\n", ""), "apiVersion is empty, not monitoring"),
        (_OBJECT.replace("name: x, ", ""), "r.yaml:3:1: metadata.name is missing; the API server refuses it"),
        (_OBJECT.replace("name: x", "name: A_b"), 'metadata.name is "A_b"; the API server refuses it'),
        (_OBJECT.replace(", namespace: shop", ""), "metadata.namespace is missing"),
        (_OBJECT.replace("name: x,", "name: x, lables: {},"), "metadata.lables is not known there"),
        (_OBJECT.replace("name: x,", "name: x, labels: {a: yes},"), "not the boolean true, as YAML 1.1 reads yes"),
        (_OBJECT.replace("name: x,", "name: x, labels: {a: b c},"), 'metadata.labels.a is "b c"; the API server'),
        (_OBJECT.replace("{name: x, namespace: shop}", "5"), "metadata must be a mapping, not the number 5"),
        (_HEAD + _META, "spec is missing; the API server refuses it"),
        (f"{_OBJECT}extra: 1\n", "r.yaml:5:1: extra is not known there"),
        ("[]", "r.yaml:1:1: is a list, not one PrometheusRule"),
        ("groups: []", "is a plain rule file, not one PrometheusRule: the operator takes rules from objects only"),
    ],
)
def test_another_text_is_refused(text: str, words: str) -> None:
    """It says what is there instead, and where; it never says that the operator refuses what it never saw."""
    error = refused(text)
    assert words in error.why
    assert "operator would" not in str(error)
    assert error.exit_code == 2


def test_nothing_is_no_object() -> None:
    """An empty file, or one of comments alone."""
    with pytest.raises(MisuseError, match=r"r\.yaml is not one PrometheusRule"):
        one_object("# nothing\n---\n", "PrometheusRule", source="r.yaml")


def test_what_names_no_namespace_goes_where_it_is_applied() -> None:
    """As `kubectl apply --namespace` has it; one that it names stays."""
    without = _OBJECT.replace(", namespace: shop", "")
    for text, namespace in ((without, "theirs"), (_OBJECT, "shop")):
        found = one_object(text, "PrometheusRule", source="r.yaml", namespace="theirs")
        assert found["metadata"] == {"name": "x", "namespace": namespace}


def test_a_key_that_is_null_is_none() -> None:
    """As the API server stores it; an item of a list that is null is refused."""
    rules = "spec: {groups: [{name: g, labels: , rules: [{record: 'a:b', expr: up, labels: }]}], other: }"
    found = one_object(_HEAD + _META + rules.replace(", other: ", ""), "PrometheusRule", source="r.yaml")
    assert found["spec"] == {"groups": [{"name": "g", "rules": [{"record": "a:b", "expr": "up"}]}]}
    assert (
        "rules[0] must be a mapping, not empty"
        in refused(_HEAD + _META + "spec: {groups: [{name: g, rules: [~]}]}").why
    )


def test_what_is_written_is_what_is_applied() -> None:
    """Neither repaired nor bent on the way: numbers, octal too, and text that looks like one."""
    text = _HEAD + _META + "spec: {groups: [{name: '1', limit: 010, rules: [{alert: A, expr: 1, for: 5m}]}]}"
    spec = one_object(text, "PrometheusRule", source="r.yaml")["spec"]
    assert spec == {"groups": [{"name": "1", "limit": 8, "rules": [{"alert": "A", "expr": 1, "for": "5m"}]}]}


def test_documents_follow_each_other() -> None:
    """As `kubectl apply` takes them."""
    assert dumped([{"kind": "A"}, {"kind": "B"}]) == '{"kind": "A"}\n---\n{"kind": "B"}'


def test_what_is_wrong_with_a_field_is_told_by_its_line() -> None:
    """Also by whoever knows only the field's path."""
    found = read_object(_OBJECT, "PrometheusRule", source="r.yaml")
    with pytest.raises(FileMistakesError) as caught, found.blamed():
        raise ShapeError("spec.groups[0].rules[0].expr", "is not wanted")
    assert caught.value.why == "r.yaml:4:46: spec.groups[0].rules[0].expr is not wanted"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a.b.c", ("a.b", "c")),
        ("a.x", ("a", "x")),
        ("l[1].m", ("l", 1, "m")),
        ("l[7].m", ("l", 7, "m")),
        ("a.b.other", ("a.b", "other")),
        ("", ()),
    ],
)
def test_a_path_in_words_leads_to_its_place(text: str, path: tuple[str | int, ...]) -> None:
    """Keys may have dots in them: the longest that is there is meant."""
    assert path_of(text, {"a.b": {"c": 1}, "a": {"x": 2}, "l": [0, {"m": 1}]}) == path
