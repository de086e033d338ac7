"""Discovery: the Prometheus and the Alertmanager that take the subject's objects, or the reason why none does."""

from collections.abc import Callable

import pytest

from harness.clients.kubernetes import ApiRefusedError, Json
from harness.core.duration import PromDuration
from harness.stacks.existing.discovery import (
    Asked,
    FoundAlertmanager,
    FoundPrometheus,
    GivenUrl,
    NoMonitoringError,
    Wanted,
    each_replica,
    find_alertmanager,
    find_prometheus,
)
from harness.tests.core.operator import sample
from harness.tests.faults.fake_api import FakeApi, cluster

BY_RELEASE = {"matchLabels": {"release": "prometheus"}}
WANTED = Wanted(
    objects=[sample.read(one) for one in (sample.rule(), sample.monitor(), sample.config())],
    namespaces={"shop": {"tier": "1"}},
)


def monitoring(api: FakeApi, kind: str, where: str, spec: Json) -> None:
    """Puts an object of the operator there."""
    namespace, _, name = where.partition("/")
    plural = {"Prometheus": "prometheuses", "Alertmanager": "alertmanagers"}[kind]
    api.objects[f"/apis/monitoring.coreos.com/v1/{plural}/{where.replace('/', '+')}"] = {
        "metadata": {"namespace": namespace, "name": name},
        "spec": spec,
    }


def selecting(**fields: object) -> Json:
    """The spec of a Prometheus that takes what is labelled for the release, from everywhere."""
    return {
        "ruleSelector": BY_RELEASE,
        "ruleNamespaceSelector": {},
        "serviceMonitorSelector": BY_RELEASE,
        "serviceMonitorNamespaceSelector": {},
        "alerting": {"alertmanagers": [{"namespace": "monitoring", "name": "main", "port": "web"}]},
        **fields,
    }


def without(key: str) -> Json:
    """The same without a field."""
    return {name: each for name, each in selecting().items() if name != key}


def prometheus(api: FakeApi, asked: Asked | None = None) -> FoundPrometheus | GivenUrl:
    """What is found."""
    return find_prometheus(cluster(api).api, WANTED, asked or Asked())


def alertmanager(api: FakeApi, asked: Asked | None = None) -> FoundAlertmanager | GivenUrl:
    """What is found."""
    return find_alertmanager(cluster(api).api, WANTED, asked or Asked())


def refusal(look: Callable[[FakeApi, Asked | None], object], api: FakeApi, asked: Asked | None = None) -> str:
    """What is said when none is found."""
    with pytest.raises(NoMonitoringError) as refused:
        look(api, asked)
    assert refused.value.exit_code == 2
    return str(refused.value)


def test_the_one_that_selects_is_found_with_its_times() -> None:
    """Among others that do not; with what its object says and what the operator fills in."""
    api = FakeApi()
    monitoring(api, "Prometheus", "monitoring/k8s", selecting(scrapeInterval="15s"))
    monitoring(api, "Prometheus", "other/k8s", selecting(ruleSelector={"matchLabels": {"release": "other"}}))
    found = prometheus(api)
    assert isinstance(found, FoundPrometheus)
    assert (found.at.namespace, found.at.name, found.at.port) == ("monitoring", "k8s", 9090)
    assert found.at.pod == "prometheus-k8s-0"
    assert (found.at.scheme, found.at.route_prefix) == ("http", "/")
    assert (str(found.scrape_interval), str(found.lookback_delta)) == ("15s", "5m")


def test_where_it_listens_is_told() -> None:
    """A certificate, a prefix."""
    api = FakeApi()
    spec = selecting(routePrefix="/p", web={"tlsConfig": {}}, query={"lookbackDelta": "1m"})
    monitoring(api, "Prometheus", "monitoring/k8s", spec)
    found = prometheus(api)
    assert isinstance(found, FoundPrometheus)
    assert (found.at.scheme, found.at.route_prefix) == ("https", "/p")
    assert found.lookback_delta == PromDuration(60_000)


@pytest.mark.parametrize(("spec", "pods"), [({}, 1), ({"replicas": 0}, 1), ({"replicas": 2, "shards": 1}, 2)])
def test_each_replica_is_known(spec: Json, pods: int) -> None:
    """By the names that the StatefulSet gives; of one shard, as without shards."""
    api = FakeApi()
    monitoring(api, "Prometheus", "monitoring/k8s", selecting(**spec))
    every = [one.at.pod for one in each_replica(prometheus(api)) if isinstance(one, FoundPrometheus)]
    assert every == [f"prometheus-k8s-{number}" for number in range(pods)]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            selecting(ruleSelector={"matchLabels": {"role": "rules"}}),
            "PrometheusRule shop/x, ruleSelector: label role=rules missing (it has release=prometheus)",
        ),
        (
            selecting(serviceMonitorSelector={"matchExpressions": [{"key": "a", "operator": "Exists"}]}),
            "ServiceMonitor shop/x, serviceMonitorSelector: label a is missing, but Exists is asked for",
        ),
        (
            selecting(ruleNamespaceSelector={"matchLabels": {"tier": "2"}}),
            "ruleNamespaceSelector: label tier is '1', but '2' is asked for (namespace shop has kubernetes.io/metadata",
        ),
        (without("ruleSelector"), "PrometheusRule shop/x: it has no ruleSelector, which selects nothing"),
        (without("ruleNamespaceSelector"), "it has no ruleNamespaceSelector, which selects only namespace monitoring"),
        (without("serviceMonitorNamespaceSelector"), "it has no serviceMonitorNamespaceSelector"),
        (selecting(paused=True), "it is paused"),
        (selecting(alerting=None), "it sends its alerts to no Alertmanager (alerting.alertmanagers)"),
        (selecting(alerting={"alertmanagers": []}), "it sends its alerts to no Alertmanager"),
        (selecting(shards=2), "it has 2 shards, each of which scrapes only some of the targets"),
        (selecting(ruleSelector=["x"]), "it cannot be read: spec.ruleSelector must be a mapping"),
        (selecting(ruleSelector={"matchLabel": {}}), "it cannot be read: spec.ruleSelector.matchLabel is not known"),
    ],
    ids=[
        *("label", "monitor", "namespace", "null", "own namespace", "monitor's namespace", "paused"),
        *("no alerting", "nobody told", "shards", "list", "unknown"),
    ],
)
def test_none_says_which_selector_did_not_match(spec: Json, told: str) -> None:
    """And which labels the object has."""
    api = FakeApi()
    monitoring(api, "Prometheus", "monitoring/k8s", spec)
    for asked, head in (
        (None, "no Prometheus selects"),
        (Asked(name="monitoring/k8s"), "Prometheus monitoring/k8s does"),
    ):
        said = refusal(prometheus, api, asked)
        assert told in said
        assert said.startswith(head)
        assert "--prometheus-url URL" in said


def test_a_selector_of_the_namespaces_own_name_works() -> None:
    """The API server labels each namespace with it, also one that is not there yet."""
    api = FakeApi()
    by_name = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    monitoring(api, "Prometheus", "monitoring/k8s", selecting(ruleNamespaceSelector=by_name))
    assert isinstance(prometheus(api), FoundPrometheus)


def test_one_in_the_subjects_own_namespace_needs_no_namespace_selector() -> None:
    """An absent one selects its own namespace."""
    api = FakeApi()
    more = {"additionalAlertManagerConfigs": {"name": "elsewhere", "key": "alertmanagers.yaml"}}
    monitoring(api, "Prometheus", "shop/k8s", {"ruleSelector": {}, "serviceMonitorSelector": {}, **more})
    assert isinstance(prometheus(api), FoundPrometheus)


def test_of_several_one_must_be_chosen() -> None:
    """The options to choose with are in the message, and the choice is followed."""
    api = FakeApi()
    for where in ("b/two", "a/one"):
        monitoring(api, "Prometheus", where, selecting())
    said = refusal(prometheus, api)
    assert "more than one Prometheus" in said
    assert "--prometheus a/one or --prometheus b/two" in said
    found = prometheus(api, Asked(name="b/two"))
    assert isinstance(found, FoundPrometheus)
    assert found.at.namespace == "b"
    assert "there are: a/one, b/two" in refusal(prometheus, api, Asked(name="two"))


def test_a_cluster_without_the_operator_is_told() -> None:
    """No definitions of its kinds is the same as no objects; any other refusal is told as it is."""
    api = FakeApi()
    assert "there is no Alertmanager in this cluster" in refusal(alertmanager, api)
    status = 404

    def refuse(path: str, **_: object) -> list[Json]:
        raise ApiRefusedError(path, why="-", fix="-", status=status)

    api.items = refuse  # type: ignore[method-assign]  # a door that raises, as the real one does
    assert "--prometheus-url URL" in refusal(prometheus, api)
    status = 403
    with pytest.raises(ApiRefusedError):
        prometheus(api)


def test_a_url_needs_no_operator() -> None:
    """Nothing is asked of the cluster; but not both a URL and a name."""
    api = FakeApi()
    assert prometheus(api, Asked(url="http://p:9090/x/")) == GivenUrl(url="http://p:9090/x")
    assert alertmanager(api, Asked(url="http://a:9093")) == GivenUrl(url="http://a:9093")
    assert not api.requests
    assert "is given twice" in refusal(prometheus, api, Asked(url="http://p", name="a/b"))


@pytest.mark.parametrize("url", ["https://me:hush@p:9090", "me:hush@p", "https://me:hush@[", "http://hush@p/x?y#z"])
def test_a_url_with_a_password_is_refused_and_not_shown(url: str) -> None:
    """It would be printed with every answer that does not come, and nobody who asks later would use it."""
    with pytest.raises(NoMonitoringError, match="has a user in it") as refused:
        Asked(url=url, name="a/b")
    assert "hush" not in str(refused.value)
    assert refused.value.exit_code == 2
    assert Asked(url="https://p/x@y?z=a@b").url


def test_the_alertmanager_is_found_with_its_selectors() -> None:
    """By the AlertmanagerConfig alone: which rules there are is not its business."""
    api = FakeApi()
    spec = {"alertmanagerConfigSelector": BY_RELEASE, "alertmanagerConfigNamespaceSelector": {}}
    monitoring(api, "Alertmanager", "monitoring/main", spec)
    monitoring(api, "Alertmanager", "monitoring/blind", {})
    found = alertmanager(api)
    assert isinstance(found, FoundAlertmanager)
    assert (found.at.pod, found.at.port) == ("alertmanager-main-0", 9093)
    assert "it has no alertmanagerConfigSelector" in refusal(alertmanager, api, Asked(name="monitoring/blind"))


def test_an_alertmanager_of_its_own_namespace() -> None:
    """Without a namespace selector."""
    api = FakeApi()
    monitoring(api, "Alertmanager", "shop/main", {"alertmanagerConfigSelector": {}})
    found = alertmanager(api)
    assert isinstance(found, FoundAlertmanager)
    assert found.at.namespace == "shop"
