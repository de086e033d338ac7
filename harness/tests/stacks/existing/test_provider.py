"""The provider: nothing is changed before everything was looked at, and the cluster is given back as it was."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest, KubeApi
from harness.core.errors import MisuseError
from harness.core.marks import RUN_LABEL
from harness.stacks.cluster.provider import Provider
from harness.stacks.existing.connection import ClusterAccess, Reach
from harness.stacks.existing.discovery import AnyFound
from harness.stacks.existing.examination import AskedMonitoring
from harness.stacks.existing.guard import NotAllowedError
from harness.stacks.existing.provider import ExistingProvider
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.run import LeftoverError, Run
from harness.tests.clients.speaking_server import speaking
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.test_wait_for_unload import servers
from harness.tests.stacks.existing.whole_cluster import (
    ALLOWED,
    CONTEXT,
    DEPLOYMENT,
    DESTINATION,
    NAMESPACE,
    Told,
    WholeCluster,
    shop,
    shop_bundle,
)
from harness.toolchain import ToolName

RULES = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/x"
ROUTE = "/apis/monitoring.coreos.com/v1alpha1/namespaces/shop/alertmanagerconfigs/x"
TOOLS = {ToolName.KUBECTL: Path("kubectl")}


@pytest.fixture
def run() -> Run:
    """In the test's own state directory."""
    return Run.create()


@contextmanager
def nowhere(_near: ClusterAccess, what: str, _found: AnyFound) -> Iterator[str]:
    """Where nothing of the run is in force, nobody need be asked."""
    raise AssertionError(f"{what} was asked")
    yield ""


def provider(api: WholeCluster, reach: Reach = nowhere) -> ExistingProvider:
    """In this cluster."""

    def opened(path: Path) -> KubeApi:
        assert json.loads(path.read_text()) == {"secret": "t"}
        return api.api

    return ExistingProvider(
        subject=shop(),
        destination=DESTINATION,
        asked=AskedMonitoring(),
        open_api=opened,
        read_manifests=lambda _subject, _kubectl: shop_bundle(),
        reach=reach,
        timeout_s=0,
    )


def test_it_is_a_provider() -> None:
    """The type checker's view, and no program of its own."""
    it: Provider = provider(WholeCluster())
    assert not it.tools
    assert it.ended() is None


def test_the_first_change_is_the_claim(run: Run) -> None:
    """After everything was looked at and noted down, with the credentials in the run's own directory."""
    api = WholeCluster()
    api.labelled(NAMESPACE, ALLOWED)
    it = provider(api)
    kubeconfig = it.up(run, TOOLS, ["image"], Told())
    assert kubeconfig == run.directory / "secrets" / "kubeconfig"
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert api.changes == [f"PATCH {NAMESPACE}"]
    before = Snapshot.load(run.directory)
    assert before is not None
    assert (before.context, len(before.inventory.objects)) == (CONTEXT, 2)
    assert it.existing_namespaces == ("shop",)
    assert it.found.prometheus


def test_a_namespace_of_its_own_is_not_borrowed(run: Run) -> None:
    """The subject's manifest of it is applied."""
    api = WholeCluster()
    it = provider(api)
    it.up(run, TOOLS, (), Told())
    assert it.existing_namespaces == ()
    assert api.objects[NAMESPACE]["metadata"]["labels"] == {RUN_LABEL: run.id}


def test_it_is_given_back_as_it_was_and_told(run: Run) -> None:
    """With both counts; twice is harmless, and no door stays open."""
    api, told = WholeCluster(), Told()
    api.labelled(NAMESPACE, ALLOWED)
    objects = {path: one["metadata"].get("labels") for path, one in api.objects.items()}
    it = provider(api)
    it.up(run, TOOLS, (), told)
    api.labelled(DEPLOYMENT, {RUN_LABEL: run.id})
    it.down()
    it.down()
    assert told.lines == ["before: 2 objects, after: 2 objects, nothing of the run is left"]
    assert {path: one["metadata"].get("labels") for path, one in api.objects.items()} == objects
    assert api.closed == 2
    assert Snapshot.load(run.directory) is None


def test_monitoring_lets_go_while_the_controller_is_there(run: Run) -> None:
    """Both are asked of what they had, through a kubectl that leads there: of rules, of alerts, of all."""
    api, seen = WholeCluster(), list[tuple[str, bool, bool, bool]]()
    api.labelled(NAMESPACE, ALLOWED)

    @contextmanager
    def reach(near: ClusterAccess, what: str, _found: AnyFound) -> Iterator[str]:
        assert (near.run, near.kubectl, near.kubeconfig) == (run, Path("kubectl"), run.directory / "secrets/kubeconfig")
        seen.append((what, RULES in api.objects, ROUTE in api.objects, DEPLOYMENT in api.objects))
        yield server.url

    with speaking(servers()) as server:
        it = provider(api, reach)
        it.up(run, TOOLS, (), Told())
        for path in (RULES, ROUTE, DEPLOYMENT):
            api.labelled(path, {RUN_LABEL: run.id})
        it.down()
    assert seen == [
        ("prometheus", False, True, True),
        ("alertmanager", False, True, True),
        ("prometheus", False, False, True),
        ("alertmanager", False, False, True),
    ]


def test_rules_go_before_everything_else(run: Run) -> None:
    """While the controller stays; before it is up there are none, and each door that is opened is closed."""
    api, asked = WholeCluster(), list[ClusterAccess]()

    @contextmanager
    def reach(near: ClusterAccess, _what: str, _found: AnyFound) -> Iterator[str]:
        asked.append(near)
        yield server.url

    with speaking(servers()) as server:
        it = provider(api, reach)
        assert not it.remove_rules()
        it.up(run, TOOLS, (), Told())
        for path in (RULES, DEPLOYMENT):
            api.labelled(path, {RUN_LABEL: run.id})
        assert it.remove_rules()
    assert RULES not in api.objects
    assert DEPLOYMENT in api.objects
    assert [near.run for near in asked] == [run]
    assert api.closed == 2


def test_what_is_left_is_an_error_that_names_it(run: Run) -> None:
    """No line says that nothing is, no door stays open, and another call goes on."""
    api, told = WholeCluster(), Told()
    api.labelled(NAMESPACE, ALLOWED)
    it = provider(api)
    it.up(run, TOOLS, (), told)
    api.put(f"{NAMESPACE}/configmaps/state", {})
    with pytest.raises(LeftoverError, match="1 of the run are left") as left:
        it.down()
    assert left.value.why == "configmaps shop/state"
    assert not told.lines
    assert api.closed == 2
    assert Snapshot.load(run.directory) is not None
    api.vanish(f"{NAMESPACE}/configmaps/state")
    it.down()
    assert told.lines == ["before: 2 objects, after: 2 objects, nothing of the run is left"]


def _strange(api: WholeCluster) -> None:
    api.labelled(NAMESPACE, ALLOWED)
    api.put(DEPLOYMENT, {})


def _not_allowed(api: WholeCluster) -> None:
    api.put(NAMESPACE, {})


def _not_permitted(api: WholeCluster) -> None:
    api.refused.add(("create", "namespaces"))


@pytest.mark.parametrize("plant", [_strange, _not_allowed, _not_permitted])
def test_what_is_refused_changes_nothing(run: Run, plant: Callable[[WholeCluster], None]) -> None:
    """Neither on the way in nor on the way out."""
    api, told = WholeCluster(), Told()
    plant(api)
    it = provider(api)
    with pytest.raises(MisuseError):
        it.up(run, TOOLS, (), told)
    it.down()
    assert not api.changes
    assert api.closed == 1
    assert not told.lines


def on_create(api: WholeCluster, status: int, happens: Callable[[], object]) -> None:
    """Whoever creates a namespace is answered this, after something has happened."""

    def interfere(request: ApiRequest) -> ApiAnswer | None:
        if (request.method, request.path) != ("POST", "/api/v1/namespaces"):
            return None
        happens()
        return answer(status)

    api.interfere = interfere


def test_whoever_was_faster_is_left_alone(run: Run) -> None:
    """Of two runs at one time the other has the namespace: its objects are nobody's leftovers."""
    api, told = WholeCluster(), Told()

    def taken() -> None:
        api.labelled(NAMESPACE, {RUN_LABEL: "other"})
        api.labelled(DEPLOYMENT, {RUN_LABEL: "other"})

    on_create(api, 409, taken)
    it = provider(api)
    with pytest.raises(NotAllowedError, match="is used by another run"):
        it.up(run, TOOLS, (), told)
    it.down()
    assert DEPLOYMENT in api.objects
    assert Snapshot.load(run.directory) is None
    assert not told.lines


def test_a_claim_whose_answer_is_an_error_is_settled(run: Run) -> None:
    """The namespace may be the run's by then."""
    api, told = WholeCluster(), Told()

    on_create(api, 504, lambda: api.labelled(NAMESPACE, {RUN_LABEL: run.id}))
    it = provider(api)
    with pytest.raises(Exception, match="could not be taken"):
        it.up(run, TOOLS, (), told)
    it.down()
    assert NAMESPACE not in api.objects
    assert told.lines == ["before: 1 objects, after: 1 objects, nothing of the run is left"]
