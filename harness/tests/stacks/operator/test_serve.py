"""The loop, against an API server in miniature: what is watched is written, and reloaded until it is taken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from harness.stacks.embedded.node.api import Change, Event
from harness.stacks.embedded.node.document import Document, Json
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.serve import Inventory, serve
from harness.stacks.embedded.operator.status import OperatorStatus
from harness.tests.core.operator import sample
from harness.tests.core.operator.sample import chart
from harness.tests.stacks.node.conftest import MiniApiServer, eventually
from harness.tests.stacks.operator.conftest import Reloading, at

_CRDS = "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_RULES = "GET /apis/monitoring.coreos.com/v1/prometheusrules"
_MONITORS = "GET /apis/monitoring.coreos.com/v1/servicemonitors"
_CONFIGS = "GET /apis/monitoring.coreos.com/v1alpha1/alertmanagerconfigs"
_EMPTY: dict[str, Json] = {"metadata": {"resourceVersion": "1"}, "items": []}
_KINDS = ("PrometheusRule", "ServiceMonitor", "AlertmanagerConfig", "Namespace")


def rule(name: str = "r", release: str = "prometheus") -> dict[str, Json]:
    """A PrometheusRule."""
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": "u", "labels": {"release": release}},
        "spec": {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0", "for": "10m"}]}]},
    }


@pytest.fixture
def cluster(server: MiniApiServer) -> MiniApiServer:
    """A cluster with one rule, whose CRDs exist already."""
    server.answers |= {
        _CRDS: [(409, {})],
        _RULES: [(404, {}), (200, {**_EMPTY, "items": [rule()]})],
        _MONITORS: [(200, _EMPTY)],
        _CONFIGS: [(200, _EMPTY)],
        "GET /api/v1/namespaces": [(200, _EMPTY)],
    }
    return server


@asynccontextmanager
async def serving(config: OperatorConfig) -> AsyncIterator[None]:
    """Runs the loop meanwhile."""
    task = asyncio.create_task(serve(config))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def seen(config: OperatorConfig, holds: Callable[[OperatorStatus], bool]) -> Callable[[], bool]:
    """Whether the status file says so."""

    def look() -> bool:
        status = OperatorStatus.read(config.status_file)
        return status is not None and holds(status)

    return look


async def test_what_is_there_is_written_and_loaded(
    cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading
) -> None:
    """From the first list to files, reloads and a settled status."""
    told = at(config, reloading)
    async with serving(told):
        await eventually(seen(told, lambda status: status.settled))
    (path,) = config.rules_dir.iterdir()
    assert path.name == "shop-r-u.yaml"
    assert "for: 10m" in path.read_text()
    assert reloading.count == 2
    assert len(cluster.bodies(_CRDS)) == 3


async def test_a_program_that_is_not_up_yet_is_asked_again(
    cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading
) -> None:
    """While it starts it refuses connections or answers 503; it gets the configuration all the same."""
    assert cluster
    reloading.statuses = [503, 503]
    late = replace(config, prometheus_address="127.0.0.1:1", alertmanager_address=reloading.address)
    async with serving(late):
        await eventually(seen(late, lambda status: status.alertmanager_generation == status.generation != ""))
    assert reloading.count == 3
    status = OperatorStatus.read(late.status_file)
    assert status is not None
    assert status.prometheus_generation == ""


async def test_a_refused_reload_is_told(cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading) -> None:
    """A configuration that Prometheus refuses is never settled, and the reason stands in the status."""
    assert cluster
    reloading.statuses = [500]
    told = at(config, reloading)
    async with serving(told):
        await eventually(seen(told, lambda status: bool(status.problem)))
    status = OperatorStatus.read(told.status_file)
    assert status is not None
    assert not status.settled
    assert status.problem == f"{reloading.address} refused to reload: not this"
    assert status.alertmanager_generation == status.generation


async def test_a_change_is_followed(cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading) -> None:
    """A label taken away takes the rule out of force, and the status says which."""
    changed: Json = {
        "type": "MODIFIED",
        "object": {
            **rule(release="other"),
            "metadata": {"name": "r", "namespace": "shop", "uid": "u", "resourceVersion": "2", "labels": {}},
        },
    }
    cluster.answers[_RULES] = [(200, {**_EMPTY, "items": [rule()]})]
    cluster.answers[_MONITORS] = cluster.answers[_CONFIGS] = [(200, _EMPTY)]
    # whichever watch opens first brings it: the object's kind is the watch's, so only the rules' one changes anything
    cluster.watches = [[changed]] * 4
    told = at(config, reloading)
    async with serving(told):
        await eventually(
            seen(told, lambda status: status.settled and "label release=prometheus missing" in str(status.rejected))
        )
        await eventually(lambda: not list(config.rules_dir.iterdir()))


def _telling(cluster: MiniApiServer) -> str:
    """Gives the cluster an AlertmanagerConfig that names a Secret; the request for that one."""
    credentials = {"credentials": {"name": "s", "key": "token"}}
    webhook = {"url": "http://a", "httpConfig": {"authorization": credentials}}
    document = sample.config(receivers=[{"name": "team", "webhookConfigs": [webhook]}])
    cluster.answers[_CONFIGS] = [(200, {**_EMPTY, "items": [document]})]
    return "GET /api/v1/namespaces/shop/secrets/s"


_TOKEN: dict[str, Json] = {"metadata": {"name": "s", "namespace": "shop"}, "data": {"token": "c2VjcmV0"}}


async def test_a_secret_that_an_object_names_is_read(
    cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading
) -> None:
    """And nobody else's; what cannot be read now is asked for again before anything is written."""
    cluster.answers[_telling(cluster)] = [(500, {}), (200, _TOKEN)]
    told = at(config, reloading)
    async with serving(told):
        await eventually(seen(told, lambda status: status.settled))
    assert "credentials: secret" in config.alertmanager_config.read_text()
    status = OperatorStatus.read(told.status_file)
    assert status is not None
    assert status.rejected == ()


async def test_a_secret_that_comes_late_is_taken_up(
    cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the object is not in force, and the status says why."""
    monkeypatch.setattr("harness.stacks.embedded.operator.serve._SECRETS_S", 0.2)
    asked = _telling(cluster)
    cluster.answers[asked] = [(404, {})]
    told = at(config, reloading)
    async with serving(told):
        await eventually(seen(told, lambda status: "Secret shop/s, which is not there" in str(status.rejected)))
        cluster.answers[asked] = [(200, _TOKEN)]
        await eventually(seen(told, lambda status: status.settled and not status.rejected))
    assert "credentials: secret" in config.alertmanager_config.read_text()


async def test_a_secret_that_is_changed_is_followed(
    cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the Prometheus Operator follows it; one that stays as it is reloads nothing."""
    monkeypatch.setattr("harness.stacks.embedded.operator.serve._SECRETS_S", 0.05)
    asked = _telling(cluster)
    cluster.answers[asked] = [(200, _TOKEN)]
    told = at(config, reloading)
    async with serving(told):
        await eventually(seen(told, lambda status: status.settled))
        before = reloading.count
        await asyncio.sleep(0.3)
        assert reloading.count == before
        cluster.answers[asked] = [(200, {**_TOKEN, "data": {"token": "bmV3"}})]
        await eventually(lambda: "credentials: new" in config.alertmanager_config.read_text())
        await eventually(seen(told, lambda status: status.settled))
    assert reloading.count > before


async def test_a_base_that_alertmanager_refuses_is_told(
    cluster: MiniApiServer, config: OperatorConfig, reloading: Reloading
) -> None:
    """The translation fails as a whole, and the status says why."""
    assert cluster
    told = replace(at(config, reloading), chart=chart({"alertmanager": {"config": {"receivers": []}}}))
    async with serving(told):
        await eventually(seen(told, lambda status: "no receiver is called" in status.problem))
    assert reloading.count == 0


async def test_other_refusals_of_the_api_server_end_the_process(cluster: MiniApiServer, config: OperatorConfig) -> None:
    """Without permission to create or list there is nothing to wait for."""
    for what in (_CRDS, _RULES):
        cluster.answers[what] = [(403, {})]
        with pytest.raises(Exception, match="was refused"):
            await serve(config)
        cluster.answers[_CRDS] = [(201, {})]


def event(change: Change, **document: object) -> Event:
    """One event of one object."""
    return Event(change, (Document(document),))


def test_a_change_of_what_does_not_count_is_none() -> None:
    """Managed fields, resource versions and statuses do not lead to a new translation; specs and labels do."""
    inventory = Inventory()
    first = rule()
    assert inventory.apply("PrometheusRule", event(Change.LISTED, **first))
    assert not inventory.apply("PrometheusRule", event(Change.MODIFIED, **first, status={"a": 1}))
    assert inventory.apply("PrometheusRule", event(Change.MODIFIED, **rule(release="x")))
    assert inventory.apply("PrometheusRule", event(Change.DELETED, **first))
    assert not inventory.apply("PrometheusRule", Event(Change.LISTED, ()))


def test_only_namespaces_that_hold_objects_count() -> None:
    """A flood of namespaces costs no translation."""
    inventory = Inventory()
    for kind in _KINDS:
        assert not inventory.complete
        assert inventory.apply(kind, Event(Change.LISTED, ()))
    assert inventory.complete
    inventory.apply("PrometheusRule", event(Change.ADDED, **rule()))
    assert not inventory.apply("Namespace", event(Change.ADDED, metadata={"name": "other"}))
    assert inventory.apply("Namespace", event(Change.ADDED, metadata={"name": "shop", "labels": {"a": "b"}}))
