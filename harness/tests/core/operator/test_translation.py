"""The whole translation, as text, and the account it gives of each object."""

import json

import pytest
from ruamel.yaml import YAML
from syrupy.assertion import SnapshotAssertion

from harness.core.operator.reading import ShapeError
from harness.core.operator.translation import Accepted, Rejected
from harness.tests.core.operator.sample import config, custom, endpoint, monitor, rule, translated


def test_the_files_are_these(snapshot: SnapshotAssertion) -> None:
    """Prometheus's and Alertmanager's configuration and the rule file, word for word."""
    made = translated(rule("rate(a[5m]) > 0"), monitor(), config())
    assert made.prometheus == snapshot(name="prometheus")
    assert made.alertmanager == snapshot(name="alertmanager")
    assert made.rules == snapshot(name="rules")


def test_accepted_objects_are_listed() -> None:
    """Each object in force is named."""
    made = translated(monitor(), rule())
    assert made.accepted == tuple(
        Accepted(kind=kind, namespace="shop", name="x") for kind in ("PrometheusRule", "ServiceMonitor")
    )
    assert made.rejected == ()


def test_another_release_selects_nothing() -> None:
    """Under another release name the default selectors miss rules and monitors, and say which label is wrong."""
    made = translated(rule(), monitor(), config(), release="kps")
    assert [(one.kind, one.why) for one in made.rejected] == [
        ("PrometheusRule", "label release is 'prometheus', but 'kps' is asked for"),
        ("ServiceMonitor", "label release is 'prometheus', but 'kps' is asked for"),
    ]
    assert [one.kind for one in made.accepted] == ["AlertmanagerConfig"]
    assert made.rules == {}
    assert "serviceMonitor/" not in made.prometheus


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (
            {"prometheus": {"prometheusSpec": {"ruleNamespaceSelector": {"matchLabels": {"tier": "2"}}}}},
            "label tier is",
        ),
        ({"prometheus": {"prometheusSpec": {"ruleSelector": {"matchLabels": {"a": "b"}}}}}, "label a=b missing"),
    ],
)
def test_selectors_of_the_values_count(values: object, why: str) -> None:
    """Selectors given in the values replace the defaults."""
    (rejected,) = translated(rule(), values=values).rejected
    assert why in rejected.why


def test_no_selector_takes_everything() -> None:
    """With the switch off, an object without any label is in force."""
    values = {"prometheus": {"prometheusSpec": {"ruleSelectorNilUsesHelmValues": False}}}
    unlabelled = {**rule(), "metadata": {"name": "x", "namespace": "shop"}}
    assert translated(unlabelled, values=values).rejected == ()


def test_without_a_namespace_selector_configs_count_at_home_only() -> None:
    """`alertmanagerConfigNamespaceSelector: null` leaves only Alertmanager's own namespace."""
    values = {"alertmanager": {"alertmanagerSpec": {"alertmanagerConfigNamespaceSelector": None}}}
    (rejected,) = translated(config(), values=values).rejected
    assert rejected.why.startswith("of namespace shop, label kubernetes.io/metadata.name is 'shop'")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (rule("up =="), "alert A has an expression that cannot be used"),
        (custom("PrometheusRule", {}), "has no list `groups`"),
        (endpoint(port="m", interval="10s", scrapeTimeout="20s"), "longer than the scrape interval 10s"),
        (endpoint(port="m", scrapeTimeout="40s"), "longer than the scrape interval 30s"),
        (endpoint(port="m", basicAuth={}), "spec.endpoints[0].basicAuth is not known here"),
        (custom("ServiceMonitor", {}), "spec.selector is missing"),
        (config(receivers=[]), "which no receiver is called"),
    ],
)
def test_invalid_objects_are_rejected_with_the_reason(document: object, why: str) -> None:
    """What the operator would refuse is left out, and the account says why; the rest goes on."""
    made = translated(document, {**monitor(), "metadata": {**monitor()["metadata"], "name": "fine"}})
    (rejected,) = made.rejected
    assert isinstance(rejected, Rejected)
    assert why in rejected.why
    assert [one.name for one in made.accepted] == ["fine"]


def test_objects_need_an_identity() -> None:
    """An object without a name is the caller's mistake."""
    with pytest.raises(ShapeError, match=r"metadata\.name is missing"):
        translated({"kind": "PrometheusRule", "metadata": {}})


def test_without_alertmanager_nobody_is_told() -> None:
    """Alertmanager switched off in the values: no alerting section."""
    made = YAML(typ="safe").load(translated(values={"alertmanager": {"enabled": False}}).prometheus)
    assert "alerting" not in made


def test_routes_stand_in_the_operators_order() -> None:
    """By namespace and name as one text, in which `shop-b/x` comes before `shop/a`."""
    first, second, third = config(), config(), config()
    first["metadata"] |= {"namespace": "shop-b"}
    second["metadata"] |= {"name": "a"}
    third["metadata"] |= {"name": "b"}
    values: object = {"alertmanager": {"alertmanagerSpec": {"alertmanagerConfigNamespaceSelector": {}}}}
    made = translated(third, second, first, values=values)
    places = [made.alertmanager.index(f"receiver: {name}/team") for name in ("shop-b/x", "shop/a", "shop/b")]
    assert places == sorted(places)


def test_translation_is_stable() -> None:
    """The order of the objects does not matter: equal clusters have equal files."""
    assert translated(rule(), monitor(), config()) == translated(config(), monitor(), rule())


def test_values_may_be_json() -> None:
    """Values that went through JSON are the same values."""
    values = {"prometheus": {"prometheusSpec": {"scrapeInterval": "15s"}}}
    assert translated(values=values) == translated(values=json.loads(json.dumps(values)))
