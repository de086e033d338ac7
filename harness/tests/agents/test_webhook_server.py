"""The webhook answers admission reviews as the plan in the path says."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from harness.agents.webhook.effect import effect_warning
from harness.agents.webhook.server import application

Client = TestClient[web.Request, web.Application]


def review(number: int = 1, *, dry_run: bool = False, resource: str = "configmaps") -> dict[str, object]:
    """An admission review as the API server sends it, cut to what is read."""
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": f"uid-{number}",
            "operation": "CREATE",
            "dryRun": dry_run,
            "resource": {"group": "", "version": "v1", "resource": resource},
        },
    }


async def answer(
    client: Client, path: str, number: int = 1, *, dry_run: bool = False, resource: str = "configmaps"
) -> dict[str, Any]:
    """The `response` of the answer to one review."""
    async with client.post(path, json=review(number, dry_run=dry_run, resource=resource)) as response:
        assert response.status == 200
        body = await response.json()
        assert (body["apiVersion"], body["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        found: dict[str, Any] = body["response"]
        return found


async def counts(client: Client) -> Any:
    """The page of counts."""
    async with client.get("/counts") as response:
        return await response.json()


async def test_an_exact_share_is_denied() -> None:
    """Of ten writes at /deny/0.2 the first and the sixth are denied, with the fault's name in the message."""
    async with TestClient(TestServer(application())) as client:
        answers = [await answer(client, "/deny/0.2", number) for number in range(1, 11)]
        assert [found["allowed"] for found in answers] == [False] + [True] * 4 + [False] + [True] * 4
        assert answers[0] == {
            "uid": "uid-1",
            "allowed": False,
            "status": {"code": 400, "message": "kubemirror-harness: denied by fault /deny/0.2"},
        }
        assert await counts(client) == {"/deny/0.2": {"seen": 10, "delayed": 0, "denied": 2, "proved": 0, "waiting": 0}}


async def test_delayed_writes_wait_side_by_side() -> None:
    """Hundreds of delayed writes are held back at once, for the time in the path, and then all allowed."""
    release, paused = asyncio.Event(), asyncio.Queue[float]()

    async def pause(delay_s: float) -> None:
        paused.put_nowait(delay_s)
        await release.wait()

    async with TestClient(TestServer(application(pause))) as client:
        asked = [asyncio.ensure_future(answer(client, "/delay/6s", number)) for number in range(80)]
        assert {await paused.get() for _ in asked} == {6.0}
        assert (await counts(client))["/delay/6s"]["waiting"] == 80
        assert not any(each.done() for each in asked)
        release.set()
        assert all(found["allowed"] for found in await asyncio.gather(*asked))
        assert (await counts(client))["/delay/6s"] == {
            "seen": 80,
            "delayed": 80,
            "denied": 0,
            "proved": 0,
            "waiting": 0,
        }


async def test_only_a_share_is_delayed() -> None:
    """At /delay/6s/0.5 every second write is held back, the others are answered at once."""
    paused: list[float] = []

    async def pause(delay_s: float) -> None:
        paused.append(delay_s)
        await asyncio.sleep(0)

    async with TestClient(TestServer(application(pause))) as client:
        for number in range(10):
            await answer(client, "/delay/6s/0.5", number)
        assert paused == [6.0] * 5


async def test_a_dry_run_proves_the_fault_and_takes_no_share() -> None:
    """A dry run at /deny/1 is allowed at once with a warning, and is not counted as a write."""
    async with TestClient(TestServer(application())) as client:
        found = await answer(client, "/deny/1", dry_run=True)
        assert found == {"uid": "uid-1", "allowed": True, "warnings": [effect_warning("/deny/1")]}
        assert await counts(client) == {"/deny/1": {"seen": 0, "delayed": 0, "denied": 0, "proved": 1, "waiting": 0}}


async def test_each_resource_has_its_exact_share() -> None:
    """Secrets and configmaps that take turns are both denied their half; one count for all would hit one kind only."""
    async with TestClient(TestServer(application())) as client:
        denied = {"secrets": 0, "configmaps": 0}
        for number in range(8):
            for resource in denied:
                found = await answer(client, "/deny/0.5", number, resource=resource)
                denied[resource] += not found["allowed"]
        assert denied == {"secrets": 4, "configmaps": 4}
        assert (await counts(client))["/deny/0.5"]["denied"] == 8


async def test_paths_are_counted_apart() -> None:
    """Two faults at once do not take each other's shares."""
    async with TestClient(TestServer(application())) as client:
        for number in range(3):
            await answer(client, "/deny/0.5", number)
            await answer(client, "/deny/1", number)
        found = await counts(client)
        assert {path: count["denied"] for path, count in found.items()} == {"/deny/0.5": 2, "/deny/1": 3}


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("/nothing", b"{}", "path '/nothing' names no fault"),
        ("/deny/1", b"no json", "body is not an admission review"),
        ("/deny/1", b"[]", "body is not an admission review"),
        ("/deny/1", b'{"request": {}}', "body is not an admission review"),
    ],
    ids=["path", "text", "list", "no-uid"],
)
async def test_what_is_no_review_is_refused(path: str, body: bytes, what: str) -> None:
    """400 with what, why and fix; nothing is counted."""
    async with TestClient(TestServer(application())) as client:
        async with client.post(path, data=body) as response:
            assert response.status == 400
            assert (await response.json())["what"] == what
        assert await counts(client) == {}


async def test_it_says_that_it_is_there() -> None:
    """The readiness probe gets its 200."""
    async with TestClient(TestServer(application())) as client, client.get("/healthz") as response:
        assert response.status == 200
