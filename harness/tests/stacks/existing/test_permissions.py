"""The permissions: asked for all at once, told as a table, and kept against what the sources really use."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

import harness
from harness.agents.webhook.plan import WriteFaults
from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json
from harness.core.contract.model import RoutePromise
from harness.core.errors import CouldNotTellError
from harness.core.rules.speed import REAL_TIME
from harness.faults import probe_route, source, webhook_rule
from harness.faults.cluster import Cluster
from harness.faults.crash_loop import CrashLoop
from harness.faults.killed_pod import KilledPod
from harness.faults.namespaces import create_namespaces
from harness.faults.probe_route import ProbeRoute
from harness.faults.queue_flood import QueueFlood
from harness.faults.source import SourceKind
from harness.faults.squeeze import restore, squeeze
from harness.faults.stolen_lease import StolenLease
from harness.faults.undo_all import undo_all
from harness.stacks.cluster.workloads import Workloads
from harness.stacks.existing.permissions import (
    NEEDS,
    Need,
    NotPermittedError,
    Where,
    require_permissions,
    role_manifest,
)
from harness.tests.faults.fake_api import FakeApi, answer, cluster, deployment, pod, subject
from harness.witness.pods import ControllerPods

SOURCES = Path(harness.__file__).parent
#: what begins like a path of the Kubernetes API (whose core is v1 alone), and is Prometheus's, Grafana's or another's
OTHERS_PATHS = re.compile(
    r"/api/((?!v1/)|v1/(query|query_range|read|write|rules|targets|status|series|labels?|metadata)\b)"
)
#: a path's collection that only the running program knows -> all it can be
KNOWN_ONLY_LATER = {"{}s": [f"{kind.value.lower()}s" for kind in SourceKind], "{}": []}
PATH = re.compile(
    r"/apis?/(?:(?P<group>[^/]+\.[^/]+|apps|\{\})/)?(?P<version>[^/]+)"
    r"(?:/namespaces/[^/]+(?=/[^/]))?/(?P<resource>[^/]+)(?:/[^/]+(?:/(?P<sub>[^/]+)(?:(?<=/proxy)/\S+)?)?)?"
)


# -- what is asked


class Reviewing(FakeApi):
    """Says no to some: (verb, resource with its subresource, namespace)."""

    def __init__(self, *refused: tuple[str, str, str]) -> None:
        super().__init__()
        self.refused = refused
        self.asked: list[tuple[str, str, str, str]] = []

    def send(self, request: ApiRequest) -> ApiAnswer:
        assert (request.method, request.path) == ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
        asked = cast("Json", request.body)["spec"]["resourceAttributes"]
        resource = "/".join(filter(None, (asked["resource"], asked["subresource"])))
        self.asked.append((asked["verb"], asked["group"], resource, asked["namespace"]))
        allowed = (asked["verb"], resource, asked["namespace"]) not in self.refused
        return answer(201, {"status": {"allowed": allowed}})


def require(api: FakeApi, **changes: Any) -> None:
    """Asks for a subject whose lease is elsewhere."""
    workload = replace(subject().workload, **changes)
    require_permissions(cluster(api).api, replace(subject(), workload=workload))


def test_every_verb_is_asked_for_where_it_is_needed() -> None:
    """Everywhere, in the subject's namespace and in that of its lease; no question twice."""
    api = Reviewing()
    require(api)
    assert len(api.asked) == len(set(api.asked)) == sum(len(need.verbs) for need in NEEDS)
    assert ("create", "apps", "deployments", "") in api.asked
    assert ("patch", "", "pods/resize", "other-system") in api.asked
    assert ("patch", "coordination.k8s.io", "leases", "other-system") in api.asked


def test_no_lease_asks_for_none() -> None:
    """A subject that elects no leader: only what finds a forgotten one is asked for."""
    api = Reviewing()
    require(api, lease=None)
    assert [(verb, where) for verb, _, resource, where in api.asked if resource == "leases"] == [("list", "")]


def test_what_is_missing_is_a_table() -> None:
    """All of it at once, aligned, with the reason and the way to get it; exit code 2."""
    with pytest.raises(NotPermittedError) as refused:
        require(Reviewing(("escalate", "clusterroles", ""), ("patch", "pods/resize", "other-system")))
    assert refused.value.exit_code == 2
    assert str(refused.value) == (
        "2 permissions are missing\n"
        "  why: verb      resource                                where         for what\n"
        "       escalate  clusterroles.rbac.authorization.k8s.io  everywhere    "
        "give the subject rights that you may not have\n"
        "       patch     pods/resize                             other-system  "
        "squeeze limits of pods that go on running\n"
        "  fix: let whoever may do so: python -m harness.stacks.existing.permissions | kubectl apply -f -\n"
        "       and bind it: kubectl create clusterrolebinding kubemirror-harness --clusterrole kubemirror-harness"
        " --user YOU"
    )


@pytest.mark.parametrize(
    "said", [answer(403), answer(201, {"kind": "x"}), answer(201, {"status": "Failure"})], ids=["403", "none", "text"]
)
def test_no_answer_is_no_permission_and_no_refusal(said: ApiAnswer) -> None:
    """Who cannot ask has not been told no."""
    api = FakeApi()
    api.interfere = lambda _: said
    with pytest.raises(CouldNotTellError, match="cannot be told what you may do"):
        require(api)


def test_only_a_clear_yes_is_one() -> None:
    """Neither an absent answer nor a text."""
    api = FakeApi()
    api.interfere = lambda _: answer(201, {"status": {"allowed": "true"}})
    with pytest.raises(NotPermittedError):
        require(api)


# -- the role


def test_the_role_is_exactly_the_table() -> None:
    """Nothing more is granted than is asked for, and nothing less."""
    role = yaml.safe_load(role_manifest())
    granted = {(rule["apiGroups"][0], rule["resources"][0], verb) for rule in role["rules"] for verb in rule["verbs"]}
    assert granted == {(need.group, need.resource, verb) for need in NEEDS for verb in need.verbs}
    assert all(len(rule["apiGroups"]) == len(rule["resources"]) == 1 for rule in role["rules"])
    assert len(role["rules"]) == len({(need.group, need.resource) for need in NEEDS})
    assert not any("*" in str(one) for one in granted)


# -- the table against the sources: what paths are written there


def texts(tree: ast.AST) -> Iterator[str]:
    """All texts of a module, `{}` where something is put in."""
    if isinstance(tree, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in tree.values)
        return
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        yield tree.value
    for node in ast.iter_child_nodes(tree):
        yield from texts(node)


def written_paths(modules: Iterable[Path]) -> Iterator[str]:
    """Everything in these modules that begins like a path of the Kubernetes API, or adds a subresource to one."""
    for module in modules:
        for text in texts(ast.parse(module.read_text(encoding="utf-8"))):
            text = text.replace("{}/services/", "/api/v1/namespaces/{}/services/")  # noqa: PLW2901 - ControllerPaths
            if text == "{}/pods":
                yield "/api/v1/namespaces/{}/pods"
            elif text == "{}/resize":
                yield "/api/v1/namespaces/{}/pods/{}/resize"
            elif re.match(r"/apis?/\S+$", text) and not OTHERS_PATHS.match(text):
                yield text


def resources(path: str) -> list[tuple[str | None, str]]:
    """Group (None for one that only the program knows) and resources of a path."""
    found = PATH.fullmatch(path)
    assert found, f"{path} is no path of the Kubernetes API that this test can read"
    sub = f"/{found['sub']}" if found["sub"] else ""
    group = None if found["group"] == "{}" else (found["group"] or "").partition("/")[0]
    return [(group, f"{one}{sub}") for one in KNOWN_ONLY_LATER.get(found["resource"], [found["resource"]])]


def not_in_the_table(paths: Iterable[str], needs: Iterable[Need] = NEEDS) -> set[str]:
    """Paths whose resource nobody asks permission for."""
    asked = {(group, need.resource) for need in needs for group in (need.group, None)}
    return {path for path in paths for one in resources(path) if one not in asked}


def modules() -> list[Path]:
    """Whatever sends requests on behalf of a scenario."""
    packages = ("agents", "clients", "faults", "scenario", "session", "witness")
    alone = ("core/controller_paths.py",)
    return [*(SOURCES / each for each in alone), *(one for each in packages for one in (SOURCES / each).rglob("*.py"))]


def test_every_resource_in_the_sources_is_in_the_table() -> None:
    """Whoever makes a fault that needs more has to say so there."""
    paths = set(written_paths(modules()))
    assert len(paths) >= 10, paths
    assert not not_in_the_table(paths)


@pytest.mark.parametrize(
    "line",
    [
        'X = "/api/v1/persistentvolumes"',
        'def f(n: str) -> str: return f"/api/v1/persistentvolumes/{n}"',
        'def f(n: str) -> str: return f"/apis/apps/v1/namespaces/{n}/daemonsets/{n}"',
        'def f(n: str) -> str: return f"/api/v1/namespaces/{n}/pods/{n}/eviction"',
        'X = "/apis/policy.example/v1/poddisruptionbudgets"',
    ],
)
def test_a_new_resource_is_noticed(tmp_path: Path, line: str) -> None:
    """A planted fault that evicts, drains or scales what the table does not have."""
    (tmp_path / "planted.py").write_text(line)
    assert not_in_the_table(written_paths([tmp_path / "planted.py"]))


def test_a_missing_row_is_noticed() -> None:
    """Each resource that the sources name is needed in the table."""
    paths = set(written_paths(modules()))
    for gone in {one for path in paths for _, one in resources(path)}:
        assert not_in_the_table(paths, [need for need in NEEDS if need.resource != gone]), gone


# -- the table against the sources: what requests are made


def verb(request: ApiRequest, *, single: bool) -> str:
    """As the API server judges it: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ ."""
    if request.method == "DELETE":
        return "delete" if single else "deletecollection"
    if request.method == "GET":
        return "get" if single else "list"
    return {"POST": "create", "PATCH": "patch"}[request.method]


def permissions_of(request: ApiRequest) -> set[tuple[str, str, str]]:
    """Group, resource and verb; to apply what may not be there yet takes a creation as well."""
    found = PATH.fullmatch(request.path)
    assert found, request.path
    collection = rf".*/{found['resource']}"
    verbs = {verb(request, single=not re.fullmatch(collection, request.path))}
    if request.patch == "apply" and request.method == "PATCH":
        verbs.add("create")
    sub = f"/{found['sub']}" if found["sub"] else ""
    return {(found["group"] or "", f"{found['resource']}{sub}", one) for one in verbs}


class Listing(FakeApi):
    """Remembers lists as requests, as the real door makes them."""

    def items(self, path: str, *, labels: Mapping[str, str] | str = "") -> list[Json]:
        self.requests.append(ApiRequest(method="GET", path=path))
        return super().items(path, labels=labels)


def every_fault(place: Cluster, api: FakeApi) -> None:
    """Injects and undoes what makes requests of its own kind."""
    deployment(api)
    pod(api, "a")
    api.put("/api/v1/namespaces/other-system/services/other-metrics", {"spec": {"selector": {"app": "other"}}})
    create_namespaces(place)
    route = RoutePromise(matchers={}, receiver="r", continues=True)
    for _ in range(2):  # the second flood finds its sources there
        QueueFlood(count=1, prefix="p").inject(place)
    place.api.send(source.touch(place, kind=SourceKind.SECRET, name="x", serial=1))
    place.api.send(source.creation(place, kind=SourceKind.SECRET, group="g", name="x", serial=1))
    place.api.send(source.removal(place, kind=SourceKind.SECRET, group="g"))
    squeeze(place, resource="memory", limits={"a": "48Mi"})
    restore(place)
    CrashLoop().inject(place)
    thief = StolenLease()
    thief.inject(place)
    thief.undo(place)
    ProbeRoute(promise=route, url="http://r", speed=REAL_TIME).install(place)
    probe_route.remove(place)
    plan = WriteFaults.parse("/deny/1")
    webhook_rule.remove(place, fault="x", plan=plan)
    ControllerPods(place.api, place.subject, lambda ip, port: f"{ip}:{port}").states()
    KilledPod().inject(place)
    undo_all(place)


def not_asked_for(api: FakeApi, needs: Iterable[Need] = NEEDS) -> set[tuple[str, str, str]]:
    """What was done and is not in the table."""
    done = {one for request in api.requests for one in permissions_of(request)}
    return done - {(need.group, need.resource, one) for need in needs for one in need.verbs}


def test_every_request_of_a_fault_is_in_the_table() -> None:
    """With its verb, as the requests are really made."""
    api = Listing()
    every_fault(cluster(api), api)
    assert not not_asked_for(api)
    assert ("", "pods/resize", "patch") in {one for request in api.requests for one in permissions_of(request)}


def test_the_look_whether_pods_run_is_in_the_table() -> None:
    """The stack asks after workloads of kinds that no fault touches."""
    api = Listing()
    deployment(api)
    assert Workloads(namespace="other-system").unready(cluster(api).api)
    assert not not_asked_for(api)
    assert not_asked_for(api, [need for need in NEEDS if need.resource != "statefulsets"])


def test_a_missing_verb_is_noticed() -> None:
    """The table without the deletion of collections, and without patches."""
    api = Listing()
    every_fault(cluster(api), api)
    for gone in ("deletecollection", "patch", "create", "list", "get", "delete"):
        less = [replace(need, verbs=tuple(one for one in need.verbs if one != gone)) for need in NEEDS]
        assert not_asked_for(api, less), gone


def test_each_row_has_its_reason() -> None:
    """In words, and no permission is there twice for one place."""
    assert all(need.why and need.verbs for need in NEEDS)
    rows = [(need.group, need.resource, one, need.where) for need in NEEDS for one in need.verbs]
    assert len(rows) == len(set(rows))
    assert {need.where for need in NEEDS} == set(Where)
