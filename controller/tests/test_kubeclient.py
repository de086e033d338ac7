"""The API client asks as Kubernetes expects it, and tells failures apart."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from controller.errors import ApiError, ApiUnreachableError
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.kubeconfig import Connection
from controller.lease import KubeLease, LeaseRecord
from controller.tests.kubeapi import KubeApi
from controller.tests.objects import source_body

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kubemirror-system/leases"


async def test_list_follows_the_pages() -> None:
    """All pages are asked for, with the selector and with the token."""
    api = KubeApi()
    api.objects["secrets"] = [source_body(str(number)) for number in range(5)]
    api.page = 2
    async with api.serve(), KubeClient(api.connection, agent="test") as client:
        pages = [page async for page in client.pages("secrets", selector="kubemirror.raczylo.com/enabled=true")]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert all("labelSelector=" in request for request in api.requests)
    assert api.authorizations == {"Bearer t0ken"}


async def test_error_says_who_refused_and_shows_no_content() -> None:
    """A refusal carries the server's status, reason, causes and words; what was to be written is not in it."""
    api = KubeApi()
    api.answers["/api/v1/namespaces/a/secrets"] = (
        403,
        {
            "code": 403,
            "reason": "Forbidden",
            "message": "x" * 1_000,
            "details": {"causes": [{"reason": "NamespaceTerminating"}]},
        },
    )
    async with api.serve(), KubeClient(api.connection, agent="test") as client:
        with pytest.raises(ApiError) as raised:
            await client.create(Kind.SECRET, "a", source_body(data={"k": "c2VjcmV0"}))
    assert (raised.value.status, raised.value.reason) == (403, "Forbidden")
    assert raised.value.is_namespace_terminating
    assert "c2VjcmV0" not in str(raised.value)
    assert len(str(raised.value)) < 600


async def test_no_server_is_not_an_answer() -> None:
    """A refused connection is another error than a refused request."""
    async with KubeClient(Connection(server="http://127.0.0.1:1"), agent="test") as client:
        with pytest.raises(ApiUnreachableError, match="no answer"):
            await client.read(Kind.SECRET, "a", "s")


async def test_deletion_names_the_uid() -> None:
    """A deletion applies to exactly the object that was seen."""
    api = KubeApi()
    api.answers["/api/v1/namespaces/a/configmaps/s"] = (200, {})
    async with api.serve(), KubeClient(api.connection, agent="test") as client:
        await client.delete(Kind.CONFIGMAP, "a", "s", "u-1")
    assert api.bodies == [{"preconditions": {"uid": "u-1"}}]


async def test_renewed_token_is_read(tmp_path: Path) -> None:
    """The token comes from its file."""
    file = tmp_path / "token"
    file.write_text("from-file\n")
    api = KubeApi()
    async with api.serve():
        connection = Connection(server=api.connection.server, token_file=file)
        async with KubeClient(connection, agent="test") as client:
            await client.request("GET", "/api")
    assert api.authorizations == {"Bearer from-file"}


async def test_lease_is_written_as_kubernetes_reads_it() -> None:
    """Fields, micro-time and resourceVersion are those of a Lease; foreign labels survive an update."""
    record = LeaseRecord(
        holder="me", duration_s=15, acquired=datetime(2030, 1, 1, tzinfo=UTC), renewed=None, transitions=3
    )
    spec = {
        "holderIdentity": "me",
        "leaseDurationSeconds": 15,
        "acquireTime": "2030-01-01T00:00:00.000000Z",
        "renewTime": None,
        "leaseTransitions": 3,
    }
    stored = {"metadata": {"resourceVersion": "7", "labels": {"x": "y"}}, "spec": spec}
    api = KubeApi()
    async with api.serve(), KubeClient(api.connection, agent="test") as client:
        lease = KubeLease(client, namespace="kubemirror-system", name="lead")
        assert await lease.read() is None
        api.answers = {LEASES: (201, stored), f"{LEASES}/lead": (200, stored)}
        await lease.create(record)
        assert await lease.read() == record
        await lease.update(record)
    created, updated = api.bodies
    assert created["spec"] == spec
    assert updated == stored, "the version that was read makes the write optimistic"
