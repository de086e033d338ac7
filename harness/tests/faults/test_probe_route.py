"""The probe route stands behind the subject's route, is selected like it, and goes with its run."""

from dataclasses import replace

import pytest

from harness.clients.kubernetes import Json
from harness.core.contract.model import RoutePromise
from harness.core.errors import CouldNotTellError
from harness.core.operator.translation import translate
from harness.core.rules.speed import Speed
from harness.faults.probe_route import RECEIVER, ProbeRoute, remove
from harness.tests.core.operator.sample import PLACE, chart
from harness.tests.faults.fake_api import RUN, FakeApi, answer, cluster

COLLECTION = "/apis/monitoring.coreos.com/v1alpha1/namespaces/other-system/alertmanagerconfigs"
MARKS = {"kubemirror-harness/run": RUN, "kubemirror-harness/role": "probe"}
ONLOOKER = ProbeRoute(
    promise=RoutePromise(matchers={"team": "other"}, receiver="other-team", continues=True),
    url="http://receiver/x",
    speed=Speed(1),
)


def config(api: FakeApi, name: str, receiver: str = "other-team", **labels: str) -> Json:
    """Somebody's AlertmanagerConfig in the subject's namespace."""
    spec = {"route": {"receiver": receiver}, "receivers": [{"name": receiver, "webhookConfigs": [{}]}]}
    metadata = {"name": name, "namespace": "other-system", "labels": labels}
    return api.put(f"{COLLECTION}/{name}", {"kind": "AlertmanagerConfig", "metadata": metadata, "spec": spec})


def installed(api: FakeApi, probe_route: ProbeRoute = ONLOOKER) -> Json:
    """The object that it made."""
    probe_route.install(cluster(api))
    (found,) = (one for path, one in api.objects.items() if path.endswith(RUN))
    return found


def test_it_matches_what_the_documented_route_matches() -> None:
    """The same matchers, a receiver of its own, in the subject's namespace, marked with the run."""
    found = installed(FakeApi())
    assert found["metadata"]["namespace"] == "other-system"
    assert found["metadata"]["labels"] == {"release": "r", **MARKS}
    assert found["spec"]["route"]["matchers"] == [{"name": "team", "matchType": "=", "value": "other"}]
    ((receiver, (webhook,)),) = ((one["name"], one["webhookConfigs"]) for one in found["spec"]["receivers"])
    assert (receiver, webhook["url"], webhook["sendResolved"]) == (RECEIVER, "http://receiver/x", True)


def test_its_times_are_divided() -> None:
    """As those of the routes around it."""
    for probe_route, times in (
        (ONLOOKER, ["30s", "1m", "2m"]),
        (replace(ONLOOKER, speed=Speed(60)), ["500ms", "1s", "2s"]),
    ):
        route = installed(FakeApi(), probe_route)["spec"]["route"]
        assert [route[name] for name in ("groupWait", "groupInterval", "repeatInterval")] == times


def test_the_receiver_s_token_is_referred_to() -> None:
    """By the Secret beside it: the receiver would refuse notifications without."""
    (receiver,) = installed(FakeApi())["spec"]["receivers"]
    (webhook,) = receiver["webhookConfigs"]
    credentials = {"name": "kubemirror-harness-receiver", "key": "token"}
    assert webhook["httpConfig"] == {"authorization": {"type": "Bearer", "credentials": credentials}}


def test_what_selects_the_subjects_object_selects_it() -> None:
    """It carries the labels of the object that has the documented receiver, whatever they are."""
    api = FakeApi()
    config(api, "a", "somebody", tier="b")
    config(api, "m", alerts="yes", team="other")
    assert installed(api)["metadata"]["labels"] == {"alerts": "yes", "team": "other", **MARKS}


def test_it_comes_behind_every_other_route() -> None:
    """By its name, by which the operator orders; another run's probe does not push it further."""
    api = FakeApi()
    config(api, "a")
    config(api, "zz-last", "somebody")
    replaced = replace(cluster(api), run="another-run")
    ONLOOKER.install(replaced)
    assert installed(api)["metadata"]["name"] == f"zz-last-probe-{RUN}"
    metadata = {"namespace": "other-system"}
    api.put("/kubemirror-harness-receiver", {"kind": "Secret", "metadata": metadata, "data": {"token": ""}})
    made = translate(api.objects.values(), {}, chart({"alertmanager": {"alertmanagerSpec": {}}}), PLACE)
    routed = [line.split("/")[-1] for line in made.alertmanager.splitlines() if "- receiver:" in line]
    assert routed.index(RECEIVER) > routed.index("other-team")


def test_it_goes_with_its_run() -> None:
    """And nothing else does; twice does no harm."""
    api = FakeApi()
    config(api, "a")
    ONLOOKER.install(replace(cluster(api), run="another-run"))
    before = {*api.objects}
    installed(api)
    for _ in range(2):
        remove(cluster(api))
    assert {*api.objects} == before


def test_the_subjects_own_object_is_the_runs_too_where_the_run_applied_it() -> None:
    """Like it the probe is selected and named; only the probe goes."""
    api = FakeApi()
    own = {"kubemirror-harness/run": RUN, "alerts": "yes"}
    config(api, "m", **own)
    found = installed(api)
    assert found["metadata"]["labels"] == {**own, **MARKS}
    assert found["metadata"]["name"] == f"m-probe-{RUN}"
    remove(cluster(api))
    assert list(api.objects) == [f"{COLLECTION}/m"]


@pytest.mark.parametrize(("status", "refused"), [(404, False), (403, True)], ids=["no-such-kind", "forbidden"])
def test_what_may_still_be_there_is_told(status: int, *, refused: bool) -> None:
    """A cluster that knows no AlertmanagerConfigs has none of them."""
    api = FakeApi()
    api.interfere = lambda request: answer(status) if request.method == "DELETE" else None
    if not refused:
        remove(cluster(api))
        return
    with pytest.raises(CouldNotTellError, match="could not be removed") as caught:
        remove(cluster(api))
    assert RUN in caught.value.fix
