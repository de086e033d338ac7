"""A subject is refused for what is in its files, before anything starts, by what its kind of stack can do."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.installation import Installation
from harness.core.rules.speed import Speed, SpeedError
from harness.home import DEFAULT_SUBJECT
from harness.stacks.checked import MONITORING_NAMESPACE, chart_values, checked_chart, monitoring_objects
from harness.stacks.scrape_profile import EMBEDDED, EXISTING, KIND, StackTraits
from harness.subject_reader import read_subject

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)


def with_values(tmp_path: Path, text: str | bytes) -> Subject:
    """The default subject with this values file."""
    file = tmp_path / "values.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return replace(_SUBJECT, files=replace(_SUBJECT.files, chart_values=file))


@pytest.mark.parametrize("traits", [EMBEDDED, KIND, EXISTING], ids=lambda traits: traits.name)
def test_the_default_subject_works_at_the_default_speed(traits: StackTraits) -> None:
    """Of each kind of stack; release and namespace are the documented ones."""
    chart = checked_chart(_SUBJECT, traits, traits.default_speed)
    assert (chart.release, chart.namespace) == (_SUBJECT.release, MONITORING_NAMESPACE)


def test_how_fast_it_may_go_depends_on_the_kind() -> None:
    """What one keeps up with is too much for another."""
    checked_chart(_SUBJECT, EMBEDDED, Speed(120))
    with pytest.raises(SpeedError, match="speed 120 is too high"):
        checked_chart(_SUBJECT, EXISTING, Speed(120))


def test_the_documented_intervals_count(tmp_path: Path) -> None:
    """A scrape every ten minutes leaves the same rules too little to look at."""
    slow = with_values(tmp_path, 'prometheus: {prometheusSpec: {scrapeInterval: "10m", evaluationInterval: "10m"}}')
    assert str(checked_chart(slow, EMBEDDED, Speed(1)).prometheus.scrape_interval) == "10m"
    checked_chart(with_values(tmp_path, ""), EMBEDDED, Speed(60))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "values.yaml:2:1: is no valid YAML"),
        (b"a: \xff", "it is not text in UTF-8: byte 4"),
        (b"a: \0", "it is a binary file, not text"),
        ("- a", "values.yaml:1:1: is a list, not a mapping of values"),
        ("text", 'values.yaml:1:1: is "text", not a mapping of values'),
        (
            "a: 1\nprometheus:\n  prometheusSpec: {scrapeInterval: 30}",
            "values.yaml:3:20: prometheus.prometheusSpec.scrap",
        ),
        ("a: 1\nalertmanager: {tplConfig: yes}", "values.yaml:2:16: alertmanager.tplConfig is not translated"),
    ],
)
def test_values_that_cannot_be_used_are_named(tmp_path: Path, text: str | bytes, words: str) -> None:
    """By their file, with the line, and without words about an operator that never sees them."""
    with pytest.raises(MisuseError) as caught:
        checked_chart(with_values(tmp_path, text), EMBEDDED, Speed(1))
    assert words in str(caught.value)
    assert "operator would" not in str(caught.value)


def test_an_alertmanager_that_would_not_start_is_refused_where_it_is_installed(tmp_path: Path) -> None:
    """With the line; on somebody's cluster another one runs."""
    subject = with_values(tmp_path, "alertmanager:\n  config:\n    receivers: [{name: 'null', slack: []}]\n")
    with pytest.raises(FileMistakesError) as caught:
        checked_chart(subject, EMBEDDED, Speed(1), Installation.CHART)
    assert "values.yaml:3:" in caught.value.why
    assert "slack is no list of integrations" in caught.value.why
    assert checked_chart(subject, EXISTING, Speed(1))


def test_values_are_read_as_helm_reads_them(tmp_path: Path) -> None:
    """By the same code as kubectl."""
    assert chart_values(with_values(tmp_path, "a: No\nb: 010\n")) == {"a": False, "b": 8}


_MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: x}
spec: {selector: {}, endpoints: [{port: metrics}]}
"""


def with_file(key: str, path: Path, content: str | bytes | None) -> Subject:
    """The default subject with this content in one of its files; None for a directory."""
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    value = (path,) if key == "manifests" else path
    return replace(_SUBJECT, files=replace(_SUBJECT.files, **{key: value}))  # type: ignore[arg-type]  # one of its fields


@pytest.mark.parametrize("traits", [EMBEDDED, KIND, EXISTING], ids=lambda traits: traits.name)
@pytest.mark.parametrize("key", ["rules", "service_monitor", "alertmanager", "dashboard", "chart_values", "manifests"])
@pytest.mark.parametrize("content", [None, b"\x7fELF\0\1", b"\xff\xfe", "<html>&nbsp;</html>\n", "5\n"], ids=str)
def test_a_file_that_is_something_else_is_named(
    tmp_path: Path, traits: StackTraits, key: str, content: str | bytes | None
) -> None:
    """A directory, a program, another encoding, a web page, a number: on every kind of stack, with its name."""
    if key == "manifests" and content is None:
        pytest.skip("a directory is kustomize's")
    subject = with_file(key, tmp_path / "handed.in", content)
    with pytest.raises(MisuseError) as caught:
        checked_chart(subject, traits, traits.default_speed)
    assert "handed.in" in str(caught.value)
    assert "Errno" not in str(caught.value)


@pytest.mark.parametrize("traits", [EMBEDDED, KIND, EXISTING], ids=lambda traits: traits.name)
@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("service_monitor", ("interval: 30s", "interval: 5s"), "longer than the scrape interval 5s"),
        ("alertmanager", ("receiver: kubemirror-team", "receiver: other"), "which no receiver is called"),
    ],
    ids=["monitor", "routing"],
)
def test_what_the_operator_would_refuse_is_refused_first(
    tmp_path: Path, traits: StackTraits, key: str, change: tuple[str, str], words: str
) -> None:
    """On every kind of stack, with the line: there is no way to apply it at a speed."""
    text = Path(getattr(_SUBJECT.files, key)).read_text()
    subject = with_file(key, tmp_path / "x.yaml", text.replace(*change, 1))
    with pytest.raises(FileMistakesError) as caught:
        checked_chart(subject, traits, traits.default_speed)
    assert "x.yaml:" in caught.value.why
    assert words in caught.value.why


@pytest.mark.parametrize("key", ["rules", "service_monitor", "alertmanager"])
def test_what_names_no_namespace_goes_to_the_subject_s(tmp_path: Path, key: str) -> None:
    """As `kubectl apply --namespace` has it, on every kind of stack: they apply these objects."""
    text = Path(getattr(_SUBJECT.files, key)).read_text().replace(f"  namespace: {_SUBJECT.namespace}\n", "", 1)
    found = monitoring_objects(with_file(key, tmp_path / "one.yaml", text))
    expected = monitoring_objects(_SUBJECT)
    assert found == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_MONITOR.replace("metrics", "8080"), "x.yaml:4:35: spec.endpoints[0].port must be text, not the number 8080"),
        (_MONITOR.replace("metrics", "yes"), "not the boolean true, as YAML 1.1 reads yes; the API server refuses it"),
        (_MONITOR.replace("port:", "prot:"), "spec.endpoints[0].prot is not known there"),
        (_MONITOR.replace("selector: {}, ", ""), "spec.selector is missing; the API server refuses it"),
        (f"{_MONITOR}---\n{_MONITOR}", "x.yaml:6:1: begins object 2 of 2"),
        (f"{_MONITOR}---\n---\n# the end\n---\n", ""),
    ],
)
def test_a_monitor_that_the_api_server_refuses_is_refused_first(tmp_path: Path, text: str, words: str) -> None:
    """With file, line and key; empty documents are none."""
    subject = with_file("service_monitor", tmp_path / "x.yaml", text)
    if not words:
        assert monitoring_objects(subject).monitor["metadata"] == {"name": "x", "namespace": _SUBJECT.namespace}
        return
    with pytest.raises(FileMistakesError) as caught:
        checked_chart(subject, EMBEDDED, Speed(1))
    assert words in caught.value.why


def test_rules_that_prometheus_would_refuse_are_refused(tmp_path: Path) -> None:
    """As it would."""
    rules = tmp_path / "rules.yaml"
    text = Path(_SUBJECT.files.rules).read_text()
    rules.write_text(text.replace("expr: ", "expr: ((", 1))
    with pytest.raises(MisuseError):
        checked_chart(replace(_SUBJECT, files=replace(_SUBJECT.files, rules=rules)), EMBEDDED, Speed(1))


_PLAIN = """\
route:
  receiver: nobody
  routes:
    - matchers: [component="kubemirror"]
      receiver: kubemirror-team
receivers: [{name: nobody}, {name: kubemirror-team, webhook_configs: [{url: "http://example.com/"}]}]
"""


@pytest.mark.parametrize("traits", [EMBEDDED, KIND], ids=lambda traits: traits.name)
def test_a_plain_configuration_is_what_alertmanager_starts_with(tmp_path: Path, traits: StackTraits) -> None:
    """And there is no AlertmanagerConfig to apply."""
    subject = with_file("alertmanager", tmp_path / "alertmanager.yml", _PLAIN)
    base = checked_chart(subject, traits, traits.default_speed, Installation.CHART).alertmanager.base
    assert [one.at("name").text() for one in base.at("receivers").items()] == ["nobody", "kubemirror-team"]
    assert monitoring_objects(subject).routing is None


def test_a_plain_configuration_that_alertmanager_refuses_is_refused_before(tmp_path: Path) -> None:
    """In its own words, which amtool has."""
    subject = with_file("alertmanager", tmp_path / "alertmanager.yml", _PLAIN.replace('"kubemirror"]', '"kube]'))
    with pytest.raises(FileMistakesError, match="is refused by Alertmanager"):
        checked_chart(subject, EMBEDDED, EMBEDDED.default_speed, Installation.CHART)
