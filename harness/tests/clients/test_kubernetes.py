"""The door to the API server: requests from any thread, answers as they are, failures told apart."""

import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from harness.agents.webhook.certificate import WebhookCertificate
from harness.clients.kubernetes import ApiRefusedError, ApiRequest, ApiUnreachableError, KubeApi
from harness.core.files.located import LocatedYaml
from harness.tests.loop_server import serving

SEEN: web.AppKey[list[web.Request]] = web.AppKey("seen")


async def _version(_: web.Request) -> web.Response:
    return web.json_response({"gitVersion": "v1.34.4"})


async def _echo(request: web.Request) -> web.Response:
    status = int(request.query.get("status", "200"))
    body = {"method": request.method, "type": request.headers.get("Content-Type", ""), "text": await request.text()}
    request.app[SEEN].append(request)
    response = web.json_response({**body, "query": dict(request.query), "message": "as asked"}, status=status)
    response.headers.add("Warning", '299 - "first"')
    response.headers.add("Warning", '299 - "second"')
    return response


async def _items(request: web.Request) -> web.Response:
    return web.json_response({"items": [{"selector": request.query["labelSelector"]}]})


async def _missing(_: web.Request) -> web.Response:
    return web.json_response({"message": "not found"}, status=404)


async def _text(_: web.Request) -> web.Response:
    return web.Response(text="no json")


async def _expired(request: web.Request) -> web.Response:
    request.app[SEEN].append(request)
    first = len(request.app[SEEN]) == 1
    return web.json_response({"message": "expired"} if first else {"ok": True}, status=401 if first else 200)


def kubeconfig(path: Path, server: str) -> Path:
    """A kubeconfig of one user with a token."""
    text = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t0ken"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(json.dumps(text))
    return path


@pytest.fixture
def app() -> web.Application:
    """The server's routes."""
    app = web.Application()
    app[SEEN] = []
    app.router.add_get("/version", _version)
    app.router.add_route("*", "/api/v1/echo", _echo)
    app.router.add_get("/api/v1/things", _items)
    app.router.add_get("/api/v1/missing", _missing)
    app.router.add_get("/api/v1/text", _text)
    app.router.add_get("/api/v1/expired", _expired)
    return app


@pytest.fixture
def api(tmp_path: Path, app: web.Application) -> Iterator[KubeApi]:
    """A door to it."""
    with serving(app) as url:
        found = KubeApi(kubeconfig(tmp_path / "kubeconfig", url))
        yield found
        found.close()
        found.close()


def test_an_answer_has_status_body_and_warnings(api: KubeApi, app: web.Application) -> None:
    """Also a refusal is an answer; the token goes with the request."""
    answer = api.send(ApiRequest(method="POST", path="/api/v1/echo", body={"a": 1}, query={"status": "409"}))
    assert (answer.status, answer.accepted) == (409, False)
    assert answer.warnings == ('299 - "first"', '299 - "second"')
    assert (answer.body["method"], answer.body["text"]) == ("POST", '{"a": 1}')
    assert app[SEEN][0].headers["Authorization"] == "Bearer t0ken"


@pytest.mark.parametrize(
    ("request_", "content_type"),
    [
        (ApiRequest(method="POST", path="/api/v1/echo", body={}), "application/json"),
        (ApiRequest(method="PATCH", path="/api/v1/echo", body={}), "application/merge-patch+json"),
        (
            ApiRequest(method="PATCH", path="/api/v1/echo", body={}, patch="strategic"),
            "application/strategic-merge-patch+json",
        ),
        (ApiRequest(method="PATCH", path="/api/v1/echo", body=[], patch="json"), "application/json-patch+json"),
        (ApiRequest(method="PATCH", path="/api/v1/echo", body={}, patch="apply"), "application/apply-patch+yaml"),
    ],
    ids=["post", "merge", "strategic", "json", "apply"],
)
def test_each_patch_has_its_type(api: KubeApi, request_: ApiRequest, content_type: str) -> None:
    """The API server tells patches apart by the content type alone."""
    assert api.ask(request_)["type"] == content_type


@pytest.mark.parametrize(
    "text", ["\U0001f525 on fire", "\\\U0001f525", r"\ud83d\ude00", "\x07\x7f\x85\u2028\ufeff", 'it\'s "quoted"']
)
def test_what_is_applied_is_yaml_as_well_as_json(api: KubeApi, text: str) -> None:
    """The API server reads it as YAML, where half of JSON's two escapes for one character is an error."""
    sent = api.ask(ApiRequest(method="PATCH", path="/api/v1/echo", body={"a": text}, patch="apply"))["text"]
    assert json.loads(sent) == LocatedYaml(sent, "sent").data == {"a": text}


def test_many_requests_keep_their_order(api: KubeApi) -> None:
    """The answers stand where the requests stood."""
    requests = [ApiRequest(method="GET", path="/api/v1/echo", query={"n": str(n)}) for n in range(50)]
    assert [answer.body["query"]["n"] for answer in api.send_all(requests, at_once=7)] == [str(n) for n in range(50)]


def test_a_refusal_of_what_must_succeed_is_an_error(api: KubeApi) -> None:
    """With the API server's own message and status."""
    with pytest.raises(ApiRefusedError, match="as asked") as refused:
        api.ask(ApiRequest(method="GET", path="/api/v1/echo", query={"status": "422"}))
    assert refused.value.status == 422


def test_what_is_not_there_is_none(api: KubeApi) -> None:
    """404 is an answer to `find`; any other refusal is an error."""
    assert api.find("/api/v1/missing") is None
    found = api.find("/api/v1/echo")
    assert found is not None
    assert found["method"] == "GET"


def test_a_collection_is_selected_by_labels(api: KubeApi) -> None:
    """Labels as a mapping, or a selector as text."""
    assert api.items("/api/v1/things", labels={"a": "b", "c": "d"}) == [{"selector": "a=b,c=d"}]
    assert api.items("/api/v1/things", labels="!a") == [{"selector": "!a"}]


def test_an_answer_that_is_no_json_is_kept_as_a_message(api: KubeApi) -> None:
    """A proxy's error page must reach the person."""
    assert api.send(ApiRequest(method="GET", path="/api/v1/text")).body == {"message": "no json"}


def test_another_server_s_page_is_text(api: KubeApi) -> None:
    """As it is; through the API server one asks kubelets and Services."""
    assert api.text("/api/v1/text") == "no json"


def test_a_page_that_is_refused_is_an_error(api: KubeApi) -> None:
    """With status, message, and what it takes."""
    with pytest.raises(ApiRefusedError, match="GET /api/v1/missing: refused with status 404") as refused:
        api.text("/api/v1/missing")
    assert (refused.value.status, refused.value.why) == (404, '{"message": "not found"}')
    assert "nodes/proxy" in refused.value.fix


def test_a_page_s_token_is_renewed_too(api: KubeApi) -> None:
    """The same door."""
    assert json.loads(api.text("/api/v1/expired")) == {"ok": True}


def test_an_expired_token_is_renewed_once(api: KubeApi) -> None:
    """Credentials of cloud providers expire within a run."""
    assert api.ask(ApiRequest(method="GET", path="/api/v1/expired")) == {"ok": True}


def with_data(path: Path, server: str, **user: str) -> Path:
    """A kubeconfig whose credentials stand in it."""
    config = json.loads(kubeconfig(path, server).read_text())
    made = WebhookCertificate.create("127.0.0.1")
    key, certificate, authority = (
        base64.b64encode(one.encode()).decode() for one in (made.key_pem, made.cert_pem, made.ca_pem)
    )
    config["clusters"][0]["cluster"]["certificate-authority-data"] = authority
    config["users"][0]["user"] = {"client-certificate-data": certificate, "client-key-data": key, **user}
    path.write_text(json.dumps(config))
    return path


def test_no_copy_of_credentials_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, app: web.Application) -> None:
    """Neither after they were read, nor after they were renewed, nor where nobody answers."""
    copies = tmp_path / "tmp"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    with serving(app) as url:
        api = KubeApi(with_data(tmp_path / "kubeconfig", url))
        assert list(copies.iterdir()) == []
        api.find("/api/v1/expired")
        api.close()
    with pytest.raises(ApiUnreachableError):
        KubeApi(with_data(tmp_path / "kubeconfig", "http://127.0.0.1:1"))
    assert list(copies.iterdir()) == []


def test_a_key_that_the_kubeconfig_names_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it lies among temporary files, and what stands beside it as data cannot be read."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    key = tmp_path / "key"
    key.write_text("the user's")
    broken = {"client-key": str(key), "client-key-data": "no base64"}
    with pytest.raises(ApiUnreachableError):
        KubeApi(with_data(tmp_path / "kubeconfig", "http://127.0.0.1:1", **broken))
    assert key.read_text() == "the user's"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_asked(
    tmp_path: Path, app: web.Application, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It knows nothing of a server on loopback, and has no business with what is sent there."""
    for other in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(app) as url:
        api = KubeApi(kubeconfig(tmp_path / "kubeconfig", url))
        assert api.find("/api/v1/echo") is not None
        api.close()


def test_a_kubeconfig_that_is_not_there_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the environment's nor by the pod's own credentials: that would be another cluster."""
    with serving(web.Application()) as url:
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path / "other", url)))
        with pytest.raises(ApiUnreachableError, match="does not answer"):
            KubeApi(tmp_path / "kubeconfig")


def test_what_is_no_api_server_is_told(tmp_path: Path) -> None:
    """It answers, but has no version."""
    with serving(web.Application()) as url, pytest.raises(ApiUnreachableError, match="refused with status 404"):
        KubeApi(kubeconfig(tmp_path / "kubeconfig", url))


def test_a_server_that_goes_away_is_told(tmp_path: Path, app: web.Application) -> None:
    """During a run and at its beginning: retryable, and no verdict."""
    with serving(app) as url:
        api = KubeApi(kubeconfig(tmp_path / "kubeconfig", url))
    with pytest.raises(ApiUnreachableError, match="no answer"):
        api.send(ApiRequest(method="GET", path="/api/v1/echo"))
    with pytest.raises(ApiUnreachableError, match="no answer"):
        api.text("/api/v1/text")
    api.close()
    with pytest.raises(ApiUnreachableError, match="does not answer"):
        KubeApi(tmp_path / "kubeconfig")
