"""The receiver keeps what Alertmanager delivers, and gives it to those who have the token."""

import asyncio
import hmac
import json
import stat
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from harness.agents.receiver.delivery_store import DeliveryStore
from harness.agents.receiver.payload import BadNotificationError, deliveries_of
from harness.agents.receiver.server import _demand, application, main
from harness.clients.receiver import ReceiverClient, short_name
from harness.core.alertmanager.delivery import Delivery
from harness.core.errors import CouldNotTellError, MisuseError, RetryableError
from harness.tests.loop_server import serving

TOKEN = "secret-of-the-test"  # noqa: S105 - of a test
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def notification(**changes: object) -> dict[str, Any]:
    """What Alertmanager 0.31 posts for a group of one firing and one resolved alert."""
    return {
        "receiver": "kubemirror-system/kubemirror/kubemirror-team",
        "status": "firing",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "Deep", "name": "configmap"},
                "annotations": {"summary": "130 items"},
                "startsAt": "2026-11-23T07:00:00.123456789Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "http://x",
                "fingerprint": "aa",
            },
            {
                "status": "resolved",
                "labels": {"alertname": "Deep", "name": "secret"},
                "annotations": {},
                "startsAt": "2026-11-23T07:00:00Z",
                "endsAt": "2026-11-23T08:01:00+01:00",
                "generatorURL": "",
                "fingerprint": "bb",
            },
        ],
        "groupLabels": {"alertname": "Deep"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://am",
        "version": "4",
        "groupKey": '{}:{alertname="Deep"}',
        "truncatedAlerts": 0,
        **changes,
    }


def delivery(number: int = 1) -> Delivery:
    """A delivery that arrived at instant `number`."""
    return Delivery(
        receiver="team",
        status="firing",
        labels={"alertname": "A"},
        annotations={},
        starts_at_s=1.0,
        ends_at_s=None,
        received_at_s=float(number),
        group_key="k",
        fingerprint=str(number),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DeliveryStore]:
    """An empty store."""
    found = DeliveryStore(tmp_path / "deliveries.jsonl")
    yield found
    found.close()


def test_every_alert_of_a_call_is_one_delivery() -> None:
    """A firing alert has no end, a resolved one has; instants are Unix seconds whatever the zone."""
    firing, resolved = deliveries_of(notification(), receiver="ignored", received_at_s=5.0)
    assert firing == Delivery(
        receiver="kubemirror-system/kubemirror/kubemirror-team",
        status="firing",
        labels={"alertname": "Deep", "name": "configmap"},
        annotations={"summary": "130 items"},
        starts_at_s=1795417200.123456,
        ends_at_s=None,
        received_at_s=5.0,
        group_key='{}:{alertname="Deep"}',
        fingerprint="aa",
        group_labels={"alertname": "Deep"},
    )
    assert (resolved.status, resolved.starts_at_s, resolved.ends_at_s) == ("resolved", 1795417200.0, 1795417260.0)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {},
        notification(version="3"),
        notification(alerts=[{"status": "firing"}]),
        notification(alerts=[{**notification()["alerts"][0], "status": "pending"}]),
        notification(alerts=[{**notification()["alerts"][0], "startsAt": "soon"}]),
        notification(alerts=[{**notification()["alerts"][0], "labels": {"a": 1}}]),
        notification(alerts=None),
        notification(groupKey=1),
        notification(groupLabels=["alertname"]),
        notification(truncatedAlerts="3"),
        notification(truncatedAlerts=-1),
        notification(alerts=[{**notification()["alerts"][0], "labels": []}]),
    ],
    ids=[
        *("list", "empty", "version", "no-labels", "status", "instant", "label", "no-alerts", "key"),
        *("group", "count", "negative", "labels"),
    ],
)
def test_what_is_no_notification_is_refused(payload: object) -> None:
    """No part of a malformed call is taken."""
    with pytest.raises(BadNotificationError, match="no notification of Alertmanager"):
        deliveries_of(payload, receiver="r", received_at_s=0.0)


def test_what_a_call_left_out_is_counted() -> None:
    """A destination may limit the alerts of one call."""
    assert {one.truncated for one in deliveries_of(notification(truncatedAlerts=3), receiver="", received_at_s=5)} == {
        3
    }


def test_a_line_of_an_older_receiver_is_read(tmp_path: Path) -> None:
    """A store begun before groups were kept is still a store."""
    path = tmp_path / "d.jsonl"
    old = {name: value for name, value in asdict(delivery(1)).items() if name not in {"group_labels", "truncated"}}
    path.write_text(json.dumps(old) + "\n")
    store = DeliveryStore(path)
    assert store.deliveries == [delivery(1)]
    store.close()


def test_a_store_outlives_its_process(tmp_path: Path) -> None:
    """What was added is there when the file is opened again, and only the owner may read it."""
    path = tmp_path / "d.jsonl"
    for number in (1, 2):
        store = DeliveryStore(path)
        store.add((delivery(number),))
        store.close()
    store = DeliveryStore(path)
    assert store.deliveries == [delivery(1), delivery(2)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.close()


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """A crash in mid-write leaves half a line: it goes, and what is added later is readable."""
    path = tmp_path / "d.jsonl"
    store = DeliveryStore(path)
    store.add((delivery(1),))
    store.close()
    with path.open("a") as file:
        file.write('{"receiver": "te')
    store = DeliveryStore(path)
    store.add((delivery(2),))
    store.close()
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    """The message names the line; nothing is overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(MisuseError, match="line 1 is no delivery"):
        DeliveryStore(path)
    assert path.read_text() == "my notes\n"


async def test_a_delivery_is_kept_and_given_out(store: DeliveryStore) -> None:
    """What was posted comes back, from the instant asked for on."""
    instants = iter((10.0, 20.0))
    app = application(token=TOKEN, store=store, clock=lambda: next(instants))
    async with TestClient(TestServer(app)) as client:
        for _ in range(2):
            async with client.post("/notify/a%2Fb%2Fteam", json=notification(), headers=BEARER) as response:
                assert (response.status, await response.json()) == (200, {"accepted": 2})
        async with client.get("/deliveries", params={"since": "15"}, headers=BEARER) as response:
            found = [Delivery(**each) for each in await response.json()]
    assert [each.received_at_s for each in found] == [20.0, 20.0]
    assert found == store.deliveries[2:]


async def test_a_payload_without_receiver_is_filed_under_the_path(store: DeliveryStore) -> None:
    """The quoted path names the receiver then."""
    async with TestClient(TestServer(application(token=TOKEN, store=store))) as client:
        body = notification(receiver="")
        async with client.post("/notify/a%2Fb%2Fteam", json=body, headers=BEARER) as response:
            assert response.status == 200
    assert {each.receiver for each in store.deliveries} == {"a/b/team"}


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
async def test_without_the_token_nothing_is_taken_or_given(store: DeliveryStore, header: dict[str, str]) -> None:
    """401, and the store stays as it is."""
    async with TestClient(TestServer(application(token=TOKEN, store=store))) as client:
        async with client.post("/notify/r", json=notification(), headers=header) as response:
            assert response.status == 401
        async with client.get("/deliveries", headers=header) as response:
            assert response.status == 401
    assert store.deliveries == []


async def test_a_token_that_is_no_text_is_a_wrong_one(store: DeliveryStore) -> None:
    """401 like any other, not an error of the receiver's with its trace in the log."""
    async with TestServer(application(token=TOKEN, store=store)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /deliveries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\n\r\n")
        assert (await reader.readline()).split()[1] == b"401"
        writer.close()
        await writer.wait_closed()


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a refusal takes tells nothing about how much of a token was right."""
    seen = []

    def compare(given: bytes, wanted: bytes) -> bool:
        seen.append((given, wanted))
        return given == wanted

    monkeypatch.setattr(hmac, "compare_digest", compare)
    _demand(make_mocked_request("GET", "/deliveries", headers=BEARER), TOKEN)
    with pytest.raises(web.HTTPUnauthorized):
        _demand(make_mocked_request("GET", "/deliveries"), TOKEN)
    assert seen == [(b"Bearer secret-of-the-test",) * 2, (b"", b"Bearer secret-of-the-test")]


@pytest.mark.parametrize("body", [b"no json", b"\xff", b'{"version": "4"}'])
async def test_a_malformed_call_is_refused(store: DeliveryStore, body: bytes) -> None:
    """400 with what, why and fix; nothing is kept."""
    async with TestClient(TestServer(application(token=TOKEN, store=store))) as client:
        async with client.post("/notify/r", data=body, headers=BEARER) as response:
            assert response.status == 400
            assert {*await response.json()} == {"what", "why", "fix"}
        async with client.get("/deliveries", params={"since": "noon"}, headers=BEARER) as response:
            assert response.status == 400
    assert store.deliveries == []


def test_the_client_reads_deliveries(store: DeliveryStore) -> None:
    """The client gives back what the store has."""
    store.add((delivery(1), delivery(2)))
    with serving(application(token=TOKEN, store=store)) as url:
        client = ReceiverClient(url, TOKEN)
        assert client.deliveries() == (delivery(1), delivery(2))
        assert client.deliveries(since_s=1.5) == (delivery(2),)
        client.close()
        stranger = ReceiverClient(url, "wrong")
        with pytest.raises(CouldNotTellError, match="status 401: a bearer token is needed"):
            stranger.deliveries()
        stranger.close()
    with pytest.raises(RetryableError, match="does not answer"):
        stranger.deliveries()
    stranger.close()


@pytest.mark.parametrize(
    ("name", "short"), [("kubemirror-system/kubemirror/kubemirror-team", "kubemirror-team"), ("team", "team")]
)
def test_a_receiver_has_a_short_name(name: str, short: str) -> None:
    """What an AlertmanagerConfig puts before the name is left out."""
    assert short_name(name) == short


async def _list_of_numbers(_: web.Request) -> web.Response:
    return web.json_response([1])


def test_the_client_refuses_what_is_no_delivery() -> None:
    """Some other server on that port is told apart from a receiver without deliveries."""
    app = web.Application()
    app.router.add_get("/deliveries", _list_of_numbers)
    with serving(app) as url:
        client = ReceiverClient(url, TOKEN)
        with pytest.raises(CouldNotTellError, match="the receiver answered /deliveries unexpectedly"):
            client.deliveries()
        client.close()


@pytest.mark.parametrize(
    ("token", "store", "what"),
    [("missing", "d.jsonl", "the token cannot be read"), ("token", "missing/d.jsonl", "cannot be written")],
)
def test_bad_files_end_with_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], token: str, store: str, what: str
) -> None:
    """A token that is not there, a store that cannot be."""
    (tmp_path / "token").write_text("t")
    files = ["--token-file", str(tmp_path / token), "--store", str(tmp_path / store)]
    assert main(["--listen", "127.0.0.1:0", *files]) == 2
    assert what in capsys.readouterr().err


async def test_it_says_that_it_is_there(store: DeliveryStore) -> None:
    """The readiness probe gets its 200 without a token."""
    app = application(token=TOKEN, store=store)
    async with TestClient(TestServer(app)) as client, client.get("/healthz") as response:
        assert response.status == 200


def test_bad_options_end_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address without a port, and an empty token, are misuse."""
    empty = tmp_path / "token"
    empty.touch()
    rest = ["--token-file", str(empty), "--store", str(tmp_path / "d.jsonl")]
    assert main(["--listen", "nowhere", *rest]) == 2
    assert main(["--listen", "127.0.0.1:0", *rest]) == 2
    said = capsys.readouterr().err
    assert "'nowhere' is no address to listen on" in said
    assert "there is no token" in said


@pytest.mark.parametrize(
    ("query", "destination", "ends_told"),
    [
        ("?destination=slack-1&send_resolved=false", "slack-1", False),
        ("?destination=pagerduty-2&send_resolved=true", "pagerduty-2", True),
        ("", "", True),
    ],
)
async def test_the_address_says_in_whose_place_it_was_taken(
    store: DeliveryStore,
    query: str,
    destination: str,
    ends_told: bool,
) -> None:
    """And whether that destination is told of ends; kept with each delivery."""
    async with TestClient(TestServer(application(token=TOKEN, store=store))) as client:
        answer = await client.post(f"/notify/team{query}", json=notification(), headers=BEARER)
        assert answer.status == 200
    assert {(one.destination, one.ends_told) for one in store.deliveries} == {(destination, ends_told)}
