"""The removal: what the run made goes, in an order that breaks nothing; what was there before stays."""

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core import marks
from harness.faults import former_spec
from harness.stacks.existing import removal
from harness.stacks.existing.inventory import inventory
from harness.stacks.existing.removal import RunLeftError, WaitForUnload, remove_rules, remove_run
from harness.tests.faults.fake_api import RUN as FAULTS_RUN
from harness.tests.faults.fake_api import answer, cluster, deployment
from harness.tests.stacks.existing.fake_cluster import ClusterApi

RUN = {marks.RUN_LABEL: "mine"}
OTHER = {marks.RUN_LABEL: "other"}
NAMESPACES = "/api/v1/namespaces"
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
POD = f"{NAMESPACES}/shop/pods/web-1"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/leader"
ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/web"
RULES = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/web"
MONITOR = "/apis/monitoring.coreos.com/v1/namespaces/shop/servicemonitors/web"
HOOK = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/slow"
CONFIG = f"{NAMESPACES}/shop/configmaps/web"
SERVICE = f"{NAMESPACES}/shop/services/web"
ENDPOINTS = f"{NAMESPACES}/shop/endpoints/web"
EXISTING = {**RUN, marks.ALLOWED_LABEL: "true", marks.EXISTING_NAMESPACE_LABEL: "true"}


def removed(api: ClusterApi) -> list[str]:
    """What went, without waiting for what does not go."""
    return [one.path for one in remove_run(api.api, "mine", step_timeout_s=0)]


def problems(api: ClusterApi) -> str:
    """What is said to be left."""
    with pytest.raises(RunLeftError, match="run mine is not removed completely") as left:
        removed(api)
    return left.value.why


def whole_run() -> ClusterApi:
    """A cluster with somebody else's objects, another run's, and all that a run makes."""
    api = ClusterApi()
    for path in (f"{NAMESPACES}/kept", f"{NAMESPACES}/kept/secrets/s", ROLE + "-kept"):
        api.put(path, {})
    api.labelled(f"{NAMESPACES}/theirs", OTHER)
    api.labelled(HOOK + "-theirs", OTHER)
    for path in (f"{NAMESPACES}/shop", CONFIG, ROLE, RULES, MONITOR, DEPLOYMENT, HOOK):
        api.labelled(path, RUN)
    api.labelled(POD, RUN, owner=DEPLOYMENT)
    api.labelled(f"{NAMESPACES}/flood", {**RUN, marks.ROLE_LABEL: "source"})
    api.labelled(f"{NAMESPACES}/flood/configmaps/source", RUN)
    return api


def test_all_of_a_run_goes_and_nothing_else() -> None:
    """Webhooks, rules, work, monitor, workloads, the rest, namespaces; proved by inventories. Twice is harmless."""
    api = ClusterApi()
    api.objects = {path: one for path, one in whole_run().objects.items() if RUN.items() - labels(one)}
    before = inventory(api.api)
    api = whole_run()
    order = [HOOK, RULES, f"{NAMESPACES}/flood", MONITOR, DEPLOYMENT, CONFIG, ROLE, f"{NAMESPACES}/shop"]
    assert removed(api) == order
    assert api.deleted() == order
    assert inventory(api.api) == before
    assert removed(api) == []


def test_what_a_fault_had_changed_goes_once_it_is_put_back() -> None:
    """The run installed it, with its label: a fault that takes that along would leave it in a namespace that stays."""
    api = ClusterApi()
    path = "/apis/apps/v1/namespaces/other-system/deployments/other-manager"
    deployment(api)["metadata"]["labels"] = {marks.RUN_LABEL: FAULTS_RUN}
    api.labelled(f"{NAMESPACES}/other-system", {**EXISTING, marks.RUN_LABEL: FAULTS_RUN})
    former_spec.change(cluster(api), {"replicas": 0})
    former_spec.restore(cluster(api))
    assert [one.path for one in remove_run(api.api, FAULTS_RUN, step_timeout_s=0)] == [path]
    assert path not in api.objects


def labels(one: dict[str, dict[str, dict[str, str]]]) -> set[tuple[str, str]]:
    """Of an object."""
    return set(one["metadata"].get("labels", {}).items())


def test_a_step_is_over_before_the_next_begins() -> None:
    """The controller lives until its finalizers on the work are gone."""
    api = whole_run()
    looks: list[bool] = []

    def finalized(request: ApiRequest) -> ApiAnswer | None:
        if request.method == "GET" and request.path == f"{NAMESPACES}/flood":
            looks.append(DEPLOYMENT in api.objects)
            if len(looks) == 2:
                api.vanish(request.path)
        return None

    api.held, api.interfere = {f"{NAMESPACES}/flood"}, finalized
    remove_run(api.api, "mine", step_timeout_s=5)
    assert looks == [True, True]


def test_what_does_not_go_does_not_keep_the_rest() -> None:
    """A namespace with a finalizer and a refused deletion are told, with everything else gone."""
    api = whole_run()
    api.held = {f"{NAMESPACES}/flood"}
    api.interfere = lambda one: answer(403) if one.method == "DELETE" and one.path == ROLE else None
    told = problems(api)
    assert "namespaces flood still there" not in told
    assert "namespaces flood; see their finalizers" in told
    assert "clusterroles.rbac.authorization.k8s.io web: fake 403" in told
    assert {DEPLOYMENT, RULES, HOOK, f"{NAMESPACES}/shop"}.isdisjoint(api.objects)


def test_an_existing_namespace_is_given_back() -> None:
    """What the run made in it goes; the namespace, its labels and its other contents stay."""
    api = ClusterApi()
    api.labelled(f"{NAMESPACES}/shop", {**EXISTING, "team": "shop"})
    api.put(f"{NAMESPACES}/shop/secrets/theirs", {})
    api.labelled(DEPLOYMENT, RUN)
    assert removed(api) == [DEPLOYMENT]
    assert set(api.objects) == {f"{NAMESPACES}/shop", f"{NAMESPACES}/shop/secrets/theirs"}
    assert api.objects[f"{NAMESPACES}/shop"]["metadata"]["labels"] == {marks.ALLOWED_LABEL: "true", "team": "shop"}


@pytest.mark.parametrize("mark", [marks.ALLOWED_LABEL, marks.EXISTING_NAMESPACE_LABEL])
def test_one_mark_is_enough_to_keep_a_namespace(mark: str) -> None:
    """Whoever takes the consent back does not thereby give the namespace away."""
    api = ClusterApi()
    api.labelled(f"{NAMESPACES}/shop", {**RUN, mark: "true"})
    assert removed(api) == []
    assert f"{NAMESPACES}/shop" in api.objects


@pytest.mark.parametrize(
    ("path", "annotation", "owned"),
    [
        (DEPLOYMENT, marks.FORMER_SPEC, False),
        (POD, marks.FORMER_RESOURCES, True),
        (POD, "", True),
        (LEASE, "", False),
    ],
    ids=["Deployment", "squeezed pod", "somebody's pod", "stolen lease"],
)
def test_what_a_fault_only_changed_is_never_deleted(path: str, annotation: str, *, owned: bool) -> None:
    """It is told as not put back, and the namespace stays taken until it is."""
    api = ClusterApi()
    api.labelled(f"{NAMESPACES}/shop", EXISTING)
    api.put(f"{NAMESPACES}/shop/services/owner", {})
    owner = f"{NAMESPACES}/shop/services/owner" if owned else ""
    api.labelled(path, RUN, owner=owner, **({annotation: "{}"} if annotation else {}))
    assert "was changed, and was not put back" in problems(api)
    assert not api.deleted()
    assert api.objects[f"{NAMESPACES}/shop"]["metadata"]["labels"] == EXISTING


def test_in_the_runs_own_namespace_nothing_need_be_put_back() -> None:
    """The changed Deployment goes with it."""
    api = ClusterApi()
    api.labelled(f"{NAMESPACES}/shop", RUN)
    api.labelled(DEPLOYMENT, RUN, **{marks.FORMER_SPEC: "{}"})
    api.labelled(LEASE, RUN)
    assert removed(api) == [f"{NAMESPACES}/shop"]
    assert not api.objects


def test_somebody_elses_object_of_the_same_name_is_not_deleted() -> None:
    """One that was made between the look and the deletion has another uid."""
    api = ClusterApi()
    api.labelled(CONFIG, RUN)

    def replaced(request: ApiRequest) -> None:
        if request.method == "DELETE":
            del api.objects[CONFIG]
            api.put(CONFIG, {"metadata": {"uid": "new"}})

    api.interfere = replaced
    assert removed(api) == [f"{NAMESPACES}/shop/configmaps/web"]
    assert api.objects[CONFIG]["metadata"]["uid"] == "new"


def test_workloads_are_gone_with_their_pods() -> None:
    """Deleted in the foreground, and each deletion is of the very object that was seen."""
    api = whole_run()
    uid = api.objects[DEPLOYMENT]["metadata"]["uid"]
    removed(api)
    bodies = {one.path: one.body for one in api.requests if one.method == "DELETE"}
    assert bodies[DEPLOYMENT] == {"preconditions": {"uid": uid}, "propagationPolicy": "Foreground"}
    assert bodies[f"{NAMESPACES}/shop"] == {"preconditions": {"uid": api_uid(bodies[f"{NAMESPACES}/shop"])}}


def api_uid(body: object) -> object:
    """The uid that a deletion insists on."""
    assert isinstance(body, dict)
    return body["preconditions"]["uid"]


def test_endpoints_go_with_their_service() -> None:
    """They have its labels and no owner, and whoever may delete Services need not be allowed to delete them."""
    api = ClusterApi()
    for path in (SERVICE, ENDPOINTS):
        api.labelled(path, RUN)

    def controller(request: ApiRequest) -> ApiAnswer | None:
        if request.method == "DELETE" and request.path == ENDPOINTS:
            return answer(403)
        if request.method == "DELETE" and request.path == SERVICE:
            api.vanish(ENDPOINTS)
        return None

    api.interfere = controller
    assert removed(api) == [SERVICE]
    assert not api.objects


def test_endpoints_of_no_service_are_deleted() -> None:
    """It has gone and left them."""
    api = ClusterApi()
    api.labelled(ENDPOINTS, RUN)
    assert removed(api) == [ENDPOINTS]


class Looking:
    """WaitForUnload that notes down what is there whenever it is waited for."""

    def __init__(self, api: ClusterApi) -> None:
        self._api = api
        #: who waited, and what was there of rules, monitor, work and controller
        self.looks: list[tuple[str, str]] = []

    def without_rules(self) -> None:
        """Between the rules and all that they watch."""
        self._look("rules")

    def without_alerts(self) -> None:
        """Before the route goes."""
        self._look("alerts")

    def without_anything(self) -> None:
        """Before the controller goes."""
        self._look("anything")

    def _look(self, who: str) -> None:
        names = {RULES: "R", MONITOR: "M", f"{NAMESPACES}/flood": "W", DEPLOYMENT: "D"}
        self.looks.append((who, "".join(name for path, name in names.items() if path in self._api.objects)))


def looked(*without: str) -> list[tuple[str, str]]:
    """Of a whole run without some of its objects."""
    api = whole_run()
    for path in without:
        del api.objects[path]
    unload: WaitForUnload = (it := Looking(api))
    remove_run(api.api, "mine", step_timeout_s=0, unload=unload)
    return it.looks


def test_all_that_rules_watch_is_there_until_nobody_evaluates_them() -> None:
    """And the controller until nobody acts on anything of the run."""
    assert looked() == [("rules", "MWD"), ("alerts", "MD"), ("anything", "D")]


def test_a_write_that_is_held_back_ends_while_its_namespace_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API server would make its object in a namespace that is gone, and nobody would find it any more."""
    api, looks = whole_run(), list[tuple[bool, bool]]()

    def held(_released_s: float, *, at_most_s: float) -> None:
        assert at_most_s == 0
        looks.append((HOOK in api.objects, f"{NAMESPACES}/flood" in api.objects))

    monkeypatch.setattr(removal, "_wait_for_held", held)
    removed(api)
    assert looks == [(False, True)]
    assert removed(api) == []
    assert len(looks) == 1


def test_nobody_is_waited_for_who_had_nothing() -> None:
    """Rules were removed before, or the run was killed before it had applied them."""
    assert [who for who, _ in looked(RULES)] == ["alerts", "anything"]
    assert [who for who, _ in looked(MONITOR)] == ["rules"]
    assert looked(RULES, MONITOR) == []


def test_rules_go_ahead_of_the_rest() -> None:
    """And all else stays; one that may not go is told."""
    api = whole_run()
    remove_rules(api.api, "mine", step_timeout_s=0)
    assert api.deleted() == [RULES]
    api = whole_run()
    api.interfere = lambda one: answer(403) if one.method == "DELETE" else None
    with pytest.raises(RunLeftError) as left:
        remove_rules(api.api, "mine", step_timeout_s=0)
    assert left.value.why == "prometheusrules.monitoring.coreos.com shop/web: fake 403"


def test_what_appears_meanwhile_is_noticed() -> None:
    """A pod of a controller that was slower than the removal."""
    api = whole_run()

    def late(request: ApiRequest) -> None:
        if request.method == "DELETE" and request.path == f"{NAMESPACES}/shop":
            api.labelled(f"{NAMESPACES}/kept/configmaps/late", RUN)

    api.interfere = late
    assert "with the run's label, last seen: configmaps kept/late" in problems(api)
    api.interfere = lambda _: None
    assert removed(api) == [f"{NAMESPACES}/kept/configmaps/late"]


@pytest.mark.parametrize(
    ("resource", "told"),
    [("secrets", True), ("/apis/monitoring.coreos.com/v1alpha1", True), ("replicasets", False)],
)
def test_what_may_not_be_listed_is_told_if_a_run_makes_it(resource: str, *, told: bool) -> None:
    """No sight of Secrets is no proof that there is none; of what no run makes nobody need know."""
    api = whole_run()
    api.interfere = lambda one: answer(403) if one.method == "GET" and one.path.endswith(resource) else None
    if told:
        assert f"{resource}: could not be listed" in problems(api)
    else:
        assert removed(api)


@pytest.mark.parametrize(("conflicts", "told"), [(2, ""), (9, "could not be taken off")])
def test_a_busy_namespace_is_given_back_all_the_same(conflicts: int, told: str) -> None:
    """Its controller writes it, too; conflicts without end are told."""
    api = ClusterApi()
    api.labelled(f"{NAMESPACES}/shop", EXISTING)
    left = iter([True] * conflicts)
    api.interfere = lambda one: answer(409) if one.method == "PATCH" and next(left, False) else None
    if told:
        assert told in problems(api)
    else:
        removed(api)
        assert marks.RUN_LABEL not in api.objects[f"{NAMESPACES}/shop"]["metadata"]["labels"]


def test_a_namespace_that_is_another_runs_by_now_is_left_alone() -> None:
    """Between the look and the giving back its owner, and another run, may have been there."""
    api = ClusterApi()
    api.labelled(f"{NAMESPACES}/shop", EXISTING)

    def taken(request: ApiRequest) -> None:
        if request.path == f"{NAMESPACES}/shop":
            api.objects[request.path]["metadata"]["labels"] = {**EXISTING, **OTHER}

    api.interfere = taken
    assert removed(api) == []
    assert api.objects[f"{NAMESPACES}/shop"]["metadata"]["labels"] == {**EXISTING, **OTHER}
