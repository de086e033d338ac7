"""Routing as a plain configuration: found in its file, whole or worked into another; mistakes with their lines."""

import base64
import textwrap

import pytest

from harness.core.duration import PromDuration
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.plain_routing import PlainRouting, plain_routing
from harness.core.operator.reading import Field
from harness.core.operator.routing_at_speed import base_at
from harness.core.rules.speed import Speed

#: as the documentation shows it
DOCUMENTED = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: alertmanager-config
  namespace: monitoring
data:
  alertmanager.yml: |
    route:
      routes:
      - match:
          component: kubemirror
        receiver: kubemirror-team
        continue: true
    receivers:
    - name: kubemirror-team
      slack_configs:
      - channel: '#kubemirror-alerts'
        api_url: 'https://hooks.slack.com/services/YOUR/WEBHOOK/URL'
"""
WHOLE = """\
route:
  receiver: everybody
  routes:
    - matchers: [component="kubemirror"]
      receiver: kubemirror-team
      repeat_interval: 4h
receivers:
  - name: everybody
  - name: kubemirror-team
    slack_configs: [{channel: "#a", api_url: "https://example.com/", send_resolved: true}]
"""
#: a text whose lines are no lines of the file
QUOTED = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  alertmanager.yml: "route:\\n  receiver: a\\nreceivers: [{name: a}]\\n"
"""
CHART = Chart.read(None, release="prometheus", namespace="monitoring")


def kept(kind: str, part: str, key: str) -> str:
    """The whole configuration inside an object."""
    head = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{part}:\n  {key}: |\n"
    return head + textwrap.indent(WHOLE, "    ")


def read(text: str) -> PlainRouting:
    """The configuration in a text that has one."""
    found = plain_routing(text, "routing.yaml")
    assert found is not None
    return found


def loaded(text: str, chart: Chart = CHART) -> Field:
    """What Alertmanager loads of it."""
    return Field("", read(text).worked_in(chart.alertmanager.base))


def test_the_documented_configmap_is_worked_into_the_chart_s_own_configuration() -> None:
    """Its root route names no receiver, so its routes stand in front of those that are there."""
    found = loaded(DOCUMENTED)
    routes = list(found.at("route", "routes").items())
    assert not read(DOCUMENTED).whole
    assert [one.at("receiver").text() for one in routes] == ["kubemirror-team", "null"]
    assert [one.at("name").text() for one in found.at("receivers").items()] == ["kubemirror-team", "null"]
    assert found.at("route", "receiver").text() == "null"


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        kept("ConfigMap", "data", "alertmanager.yaml"),
        kept("Secret", "stringData", "alertmanager.yml"),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  alertmanager.yml: "
        + base64.b64encode(WHOLE.encode()).decode(),
    ],
    ids=["a file", "a ConfigMap", "a Secret", "a Secret in base64"],
)
def test_a_whole_configuration_is_all_that_is_loaded(text: str) -> None:
    """Nothing of the chart's own stays: neither its route, nor its grouping, nor its inhibition."""
    chart = CHART.with_configuration(read(text).worked_in(CHART.alertmanager.base))
    base = chart.alertmanager.base
    assert [one.at("receiver").text() for one in base.at("route", "routes").items()] == ["kubemirror-team"]
    assert not base.at("route", "group_by").present
    assert not base.at("inhibit_rules").present
    assert [one.at("name").text() for one in base.at("receivers").items()] == ["everybody", "kubemirror-team"]


def test_at_a_speed_every_destination_is_the_harness_s_own_and_times_are_divided() -> None:
    """As of the chart's own configuration: names and matchers stay."""
    chart = CHART.with_configuration(read(WHOLE).worked_in(CHART.alertmanager.base))
    made = Field("", base_at(chart, Speed(60), receiver_url="http://receiver/notify/", receiver_token=""))
    (route,) = made.at("route", "routes").items()
    assert route.at("repeat_interval").text() == "4m"
    assert route.at("matchers").texts() == ('component="kubemirror"',)
    (_, team) = made.at("receivers").items()
    (told,) = team.at("webhook_configs").items()
    assert told.at("url").text() == "http://receiver/notify/kubemirror-team?destination=slack-1&send_resolved=true"


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("receiver: kubemirror-team", "receiver: kubemirror-taem", 12, "no receiver is called"),
        ("        continue: true", "        continues: true", 13, "is not known here"),
        ("route:\n", "routes:\n", 8, "is missing"),
        ("- name: kubemirror-team", "- name: null", 15, "missing"),
    ],
    ids=["a receiver that is not there", "an unknown key", "no route", "a receiver without a name"],
)
def test_what_alertmanager_would_refuse_is_told_with_the_line_of_the_file(
    old: str, new: str, line: int, problem: str
) -> None:
    """Also where the configuration is a text inside of an object."""
    with pytest.raises(FileMistakesError) as caught:
        loaded(DOCUMENTED.replace(old, new))
    assert problem in str(caught.value)
    assert f"routing.yaml:{line}:" in str(caught.value)


def test_a_text_that_does_not_stand_there_line_by_line_is_read_all_the_same() -> None:
    """Folded or quoted, its lines are no lines of the file."""
    assert loaded(QUOTED).at("route", "receiver").text() == "a"


@pytest.mark.parametrize(
    "text",
    ["apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\n", "a: b\n", "", "a: b\n---\nroute: {}\n"],
    ids=["an AlertmanagerConfig", "something else", "nothing", "two documents"],
)
def test_other_texts_hold_no_plain_configuration(text: str) -> None:
    """Whoever reads an AlertmanagerConfig says what is wrong with them."""
    assert plain_routing(text, "routing.yaml") is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("data: {other.yml: a}", "has no alertmanager.yml"),
        ("data: {alertmanager.yml: a, alertmanager.yaml: b}", "holds 2 configurations"),
        ("data: {alertmanager.yml: a}", "is no configuration"),
    ],
)
def test_a_configmap_without_one_configuration_is_refused(data: str, problem: str) -> None:
    """Nobody could say which one Alertmanager loads."""
    with pytest.raises(FileMistakesError, match=problem):
        plain_routing(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n{data}\n", "routing.yaml")


def test_a_secret_that_is_no_base64_is_refused() -> None:
    """`data` of a Secret is, whatever it looks like."""
    with pytest.raises(FileMistakesError, match="base64"):
        plain_routing("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {alertmanager.yml: 'a b'}\n", "r.yaml")


def test_an_excerpt_comes_in_front_of_what_is_there() -> None:
    """Its settings win, its lists come first, and of two receivers of one name its own is taken."""
    text = """\
global: {resolve_timeout: 1m}
inhibit_rules: [{target_matchers: [a = b]}]
route: {group_by: [job], routes: [{receiver: "null"}]}
receivers: [{name: "null", webhook_configs: [{url: "http://example.com/"}]}]
"""
    found, base = loaded(text), CHART.alertmanager.base
    assert found.at("global", "resolve_timeout").text() == "1m"
    assert found.at("route", "group_by").texts() == ("job",)
    assert next(iter(found.at("inhibit_rules").items())).at("target_matchers").texts() == ("a = b",)
    assert len([*found.at("inhibit_rules").items()]) == 1 + len([*base.at("inhibit_rules").items()])
    (told,) = found.at("receivers").items()
    assert told.at("webhook_configs").present


def test_laid_over_the_chart_s_values_nothing_of_the_chart_s_own_comes_back() -> None:
    """As Helm merges it: what the configuration leaves out is deleted."""
    chart = CHART.with_configuration(read(WHOLE).worked_in(CHART.alertmanager.base))
    zero = PromDuration(0)
    over = values_at(
        chart, Speed(60), floor=zero, cadvisor_floor=zero, receiver_url="http://receiver/", receiver_token=""
    )
    base = CHART.laid_over(over).alertmanager.base
    assert base.at("route", "receiver").text() == "everybody"
    assert not base.at("route", "group_by").present
    assert [*base.at("inhibit_rules").items()] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("route: {receiver: a}\nreceivers: [{name: a}, {name: a}]\n", "is 'a', as another one's"),
        ("route: {receiver: a}\nreceivers: [{name: a}]\ntracing: {}\n", "tracing is not known here"),
        ("route: {receiver: a, matchers: [b=c]}\nreceivers: [{name: a}]\n", "is not permitted on the root route"),
    ],
)
def test_a_whole_configuration_that_would_be_refused_is_told(text: str, problem: str) -> None:
    """With the place of the mistake."""
    with pytest.raises(FileMistakesError) as caught:
        loaded(text)
    assert problem in str(caught.value)
