"""The guard: every way in that was not meant is refused, and nothing is done."""

from pathlib import Path

import pytest

from harness.clients.kubernetes import ApiRefusedError
from harness.core.errors import HarnessError, MisuseError, RetryableError
from harness.stacks.existing.guard import (
    NotAllowedError,
    NotConfirmedError,
    Tenancy,
    claim_namespace,
    confirmed,
    examine_namespace,
)
from harness.stacks.existing.kubeconfig import Kubeconfig
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.fake_cluster import ClusterApi
from harness.tests.stacks.existing.test_kubeconfig import text, written

PATH = "/api/v1/namespaces/shop"
ALLOWED = {"kubemirror-harness/allowed": "true"}
RUN = {"kubemirror-harness/run": "mine"}


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Kubeconfig:
    """With one context, whose name a shell would take apart."""
    return Kubeconfig.read(written(tmp_path / "config", text("https://prod.example:6443", context="my dev")), {})


def test_a_context_named_twice_is_gone_to(kubeconfig: Kubeconfig) -> None:
    """Exactly the same name."""
    found = confirmed(kubeconfig, context="my dev", confirmation="my dev")
    assert (found.context, found.server) == ("my dev", "https://prod.example:6443")


@pytest.mark.parametrize(
    ("context", "confirmation", "told"),
    [
        (None, None, ["no context is named", "--context NAME --confirm-context NAME", "'my dev'"]),
        ("", "", ["no context is named"]),
        ("prod", "prod", ["there is no context 'prod'", "'my dev'"]),
        ("my dev", None, ["not confirmed", "https://prod.example:6443", "--confirm-context 'my dev'"]),
        ("my dev", "MY DEV", ["says 'MY DEV'", "https://prod.example:6443", "--confirm-context 'my dev'"]),
        ("my dev", "", ["says ''"]),
    ],
    ids=["not named", "empty", "not there", "not confirmed", "another case", "confirmed with nothing"],
)
def test_anything_else_is_refused(
    kubeconfig: Kubeconfig, context: str | None, confirmation: str | None, told: list[str]
) -> None:
    """With what to type, and where it would lead; exit code 2."""
    with pytest.raises(NotConfirmedError) as refused:
        confirmed(kubeconfig, context=context, confirmation=confirmation)
    assert refused.value.exit_code == MisuseError.exit_code == 2
    for each in told:
        assert each in str(refused.value)


def test_a_kubeconfig_without_contexts_is_told(tmp_path: Path) -> None:
    """Instead of an empty list; there is nothing to choose from, so another file has to be given."""
    empty = Kubeconfig.read(written(tmp_path / "config", ""), {})
    for context in (None, "dev"):
        with pytest.raises(NotConfirmedError) as refused:
            confirmed(empty, context=context, confirmation=context)
        assert refused.value.fix == "give one that has contexts: --kubeconfig FILE"
    assert "none at all" in refused.value.why


def examined(api: ClusterApi) -> Tenancy:
    """What the guard says."""
    return examine_namespace(api.api, namespace="shop", run="mine", context="my dev")


def claimed(api: ClusterApi) -> Tenancy:
    """What the guard takes."""
    return claim_namespace(api.api, namespace="shop", run="mine", context="my dev")


def test_a_namespace_that_is_not_there_becomes_the_runs() -> None:
    """Created with the run's label; nothing is created by looking."""
    api = ClusterApi()
    assert examined(api) is Tenancy.OWN
    assert not api.objects
    assert claimed(api) is Tenancy.OWN
    assert api.objects[PATH]["metadata"]["labels"] == RUN
    assert claimed(api) is Tenancy.OWN


def test_an_allowed_namespace_is_borrowed() -> None:
    """It gets the run's marks and keeps its own, so that no other run begins and nobody deletes it."""
    api = ClusterApi()
    api.labelled(PATH, {**ALLOWED, "team": "shop"})
    assert examined(api) is Tenancy.EXISTING
    assert claimed(api) is Tenancy.EXISTING
    marks = {"kubemirror-harness/borrowed": "true"}
    assert api.objects[PATH]["metadata"]["labels"] == {**ALLOWED, **RUN, **marks, "team": "shop"}
    assert claimed(api) is Tenancy.EXISTING


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({}, ["nobody has allowed", "is missing"]),
        ({"kubemirror-harness/allowed": "yes"}, ["nobody has allowed", "is 'yes'"]),
        ({**ALLOWED, "kubemirror-harness/run": "other"}, ["another run", "'other'"]),
        ({"kubemirror-harness/run": "other"}, ["another run", "harness down --context 'my dev'"]),
        ({"kubemirror-harness/run": ""}, ["another run", "''"]),
        ({**RUN, "kubemirror-harness/borrowed": "true"}, ["nobody has allowed", "is missing"]),
    ],
    ids=["no consent", "no clear consent", "allowed, in use", "in use", "in use by nobody", "consent withdrawn"],
)
def test_a_namespace_of_somebody_is_refused(labels: dict[str, str], told: list[str]) -> None:
    """Nothing is changed, by looking or by taking."""
    api = ClusterApi()
    before = api.labelled(PATH, labels)["metadata"]["resourceVersion"]
    for look in (examined, claimed):
        with pytest.raises(NotAllowedError) as refused:
            look(api)
        for each in told:
            assert each in str(refused.value)
    assert {one.method for one in api.requests} == {"GET"}
    assert api.objects[PATH]["metadata"]["resourceVersion"] == before


def test_the_command_that_allows_is_told() -> None:
    """To be pasted: with the context, quoted."""
    api = ClusterApi()
    api.labelled(PATH, {})
    with pytest.raises(NotAllowedError) as refused:
        examined(api)
    command = "kubectl --context 'my dev' label namespace shop kubemirror-harness/allowed=true --overwrite"
    assert refused.value.fix == command


def test_a_namespace_on_its_way_out_is_refused() -> None:
    """Nothing can be created in it."""
    api = ClusterApi()
    api.put(PATH, {"metadata": {"labels": ALLOWED, "deletionTimestamp": "2025-01-01T00:00:00Z"}})
    with pytest.raises(NotAllowedError, match="is being deleted"):
        examined(api)


@pytest.mark.parametrize(
    ("theirs", "error"), [({"kubemirror-harness/run": "other"}, NotAllowedError), (ALLOWED, RetryableError)]
)
@pytest.mark.parametrize("there", [True, False], ids=["label", "create"])
def test_of_two_runs_at_once_one_gets_it(theirs: dict[str, str], error: type[HarnessError], *, there: bool) -> None:
    """The other one finds the name taken, or a newer version, and says whose it is now."""
    api = ClusterApi()
    if there:
        api.labelled(PATH, ALLOWED)

    def faster(request: object) -> None:
        if getattr(request, "method", "") in {"POST", "PATCH"}:
            api.labelled(PATH, theirs)

    api.interfere = faster
    with pytest.raises(error):
        claimed(api)
    assert api.objects[PATH]["metadata"]["labels"] == theirs


def test_a_refusal_of_the_server_is_told() -> None:
    """No permission to create namespaces."""
    api = ClusterApi()
    api.interfere = lambda request: answer(403) if request.method == "POST" else None
    with pytest.raises(ApiRefusedError, match="could not be taken") as refused:
        claimed(api)
    assert refused.value.status == 403
