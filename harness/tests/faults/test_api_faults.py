"""Slow and failing API: the rule selects the run's mirrors and nothing else, and is proved before inject returns."""

import base64
from dataclasses import replace

import pytest

from harness.agents.webhook.effect import effect_warning
from harness.agents.webhook.plan import BadPlanError
from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core.errors import CouldNotTellError, NotHereError
from harness.faults import webhook_rule
from harness.faults.failing_api import FailingApi
from harness.faults.fault import Fault
from harness.faults.slow_api import SlowApi
from harness.tests.faults.fake_api import RUN, FakeApi, answer, cluster
from harness.waiting import WaitTimeoutError

RULE = f"{webhook_rule.COLLECTION}/kubemirror-harness-{RUN}-slow-api"


def with_webhook(api: FakeApi) -> None:
    """Makes the fake behave as if each rule in it were in effect."""

    def interfere(request: ApiRequest) -> ApiAnswer | None:
        if not request.query.get("dryRun"):
            return None
        rules = [found for path, found in api.objects.items() if path.startswith(webhook_rule.COLLECTION)]
        urls = [rule["webhooks"][0]["clientConfig"]["url"] for rule in rules]
        return answer(
            201, {}, *(f'299 - "{effect_warning(url.removeprefix("https://127.0.0.1:8443"))}"' for url in urls)
        )

    api.interfere = interfere


@pytest.mark.parametrize("fault", [SlowApi(delay="6s", share=0.1), FailingApi(share=0.2)], ids=lambda fault: fault.name)
def test_a_fault_is_in_effect_from_inject_to_undo(fault: Fault) -> None:
    """Inject and undo each end with a dry-run write that shows it; both may be repeated."""
    api = FakeApi()
    with_webhook(api)
    for _ in range(2):
        fault.inject(cluster(api))
    assert api.requests[-1].query == {"dryRun": "All"}
    assert api.requests[-1].path == f"/api/v1/namespaces/kubemirror-harness-{RUN}-target/configmaps"
    assert len(api.objects) == 1
    for _ in range(2):
        fault.undo(cluster(api))
    assert api.objects == {}


def test_the_rule_spares_everything_but_mirrors() -> None:
    """Secrets and configmaps, created or updated, in the run's target namespace; a dead webhook lets writes pass."""
    api = FakeApi()
    with_webhook(api)
    SlowApi(delay="6s", share=0.1).inject(cluster(api))
    rule = api.objects[RULE]
    assert rule["metadata"]["labels"] == {"kubemirror-harness/run": RUN, "kubemirror-harness/role": "fault"}
    (webhook,) = rule["webhooks"]
    assert webhook["clientConfig"] == {"url": "https://127.0.0.1:8443/delay/6s/0.1", "caBundle": "Q0E="}
    assert webhook["rules"][0]["resources"] == ["configmaps", "secrets"]
    assert webhook["rules"][0]["operations"] == ["CREATE", "UPDATE"]
    assert webhook["namespaceSelector"] == {
        "matchLabels": {"kubemirror-harness/run": RUN, "kubemirror-harness/role": "target"}
    }
    assert (webhook["failurePolicy"], webhook["sideEffects"], webhook["timeoutSeconds"]) == ("Ignore", "None", 30)


def test_the_failures_may_be_one_controllers() -> None:
    """Of the first kind that the subject mirrors: writes of the other pass."""
    api = FakeApi()
    with_webhook(api)
    FailingApi(share=0.2, of_one=True).inject(cluster(api))
    (rule,) = api.objects.values()
    assert rule["webhooks"][0]["rules"][0]["resources"] == ["configmaps"]
    FailingApi(share=0.2, of_one=True).undo(cluster(api))
    assert api.objects == {}


def test_where_there_is_one_controller_its_failures_are_all() -> None:
    """Nothing is installed, and the scenario is skipped with the reason."""
    api = FakeApi()
    there = cluster(api)
    sources = replace(there.subject.sources, queues={"Secret": "secret"})
    with pytest.raises(NotHereError, match="cannot be told from those of all") as caught:
        FailingApi(share=0.2, of_one=True).inject(replace(there, subject=replace(there.subject, sources=sources)))
    assert caught.value.why == "other mirrors Secrets only"
    assert api.objects == {}


def test_a_rule_that_a_stack_applied_for_the_subject_stays() -> None:
    """It carries the run's label like everything of the subject's there."""
    api = FakeApi()
    with_webhook(api)
    own = f"{webhook_rule.COLLECTION}/own"
    SlowApi(delay="6s").inject(cluster(api))
    api.put(own, {"metadata": {"labels": {"kubemirror-harness/run": RUN}}})
    webhook_rule.remove_all(cluster(api))
    assert list(api.objects) == [own]


def test_a_fault_without_effect_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule is there but no write passes by the webhook: inject says so, and undo still removes the rule."""
    monkeypatch.setattr(webhook_rule, "_EFFECT_TIMEOUT_S", 0.0)
    api = FakeApi()
    with pytest.raises(WaitTimeoutError, match="without the fault's warning"):
        SlowApi(delay="6s").inject(cluster(api))
    SlowApi(delay="6s").undo(cluster(api))
    assert api.objects == {}


def test_a_fault_that_still_acts_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo does not return while writes still pass by the webhook."""
    monkeypatch.setattr(webhook_rule, "_EFFECT_TIMEOUT_S", 0.0)
    api = FakeApi()
    warning = effect_warning("/deny/0.2")
    api.interfere = lambda request: answer(201, {}, warning) if request.query.get("dryRun") else None
    with pytest.raises(WaitTimeoutError, match="still with the fault's warning"):
        FailingApi(share=0.2).undo(cluster(api))


def test_a_rule_that_cannot_be_deleted_is_an_error() -> None:
    """The message names the object to delete by hand."""
    api = FakeApi()
    api.interfere = lambda request: answer(403, {"message": "not you"}) if request.method == "DELETE" else None
    with pytest.raises(CouldNotTellError, match="not you") as refused:
        FailingApi(share=0.2).undo(cluster(api))
    assert f"kubemirror-harness-{RUN}-failing-api" in refused.value.fix


@pytest.mark.parametrize("fault", [SlowApi(delay="40s"), SlowApi(delay="6s", share=0), FailingApi(share=1.5)])
def test_a_fault_that_the_webhook_would_refuse_is_not_installed(fault: Fault) -> None:
    """The mistake shows before anything is created."""
    api = FakeApi()
    with pytest.raises(BadPlanError):
        fault.inject(cluster(api))
    assert api.objects == {}


def test_the_address_may_be_a_service() -> None:
    """On a real cluster the API server calls a Service."""
    bundle = base64.b64encode(b"CA").decode()
    config = {"service": {"namespace": "n", "name": "s", "port": 443}, "caBundle": bundle}
    assert webhook_rule.with_path(config, "/deny/1") == {
        "service": {"namespace": "n", "name": "s", "port": 443, "path": "/deny/1"},
        "caBundle": bundle,
    }
    with pytest.raises(CouldNotTellError, match="no address"):
        webhook_rule.with_path({"caBundle": bundle}, "/deny/1")


def test_only_what_holds_writes_back_lingers() -> None:
    """For as long as it holds one back; a write that was denied is over."""
    assert SlowApi(delay="1500ms", share=0.5).lingers_s == 1.5
    assert FailingApi(share=0.2).lingers_s == 0.0
