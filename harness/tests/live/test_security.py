"""Security of a real run: who can reach it, who can read its files, and where the contents of Secrets must not be.

One run of failing writes, in a hostile environment, with Secrets of a known content that the controller fails to
mirror; looked at while it goes on and, kept, after it has ended. `make accidents` runs this as well: two minutes.
"""

import base64
import ipaddress
import json
import secrets
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.clients.kubernetes import ApiRequest, ApiUnreachableError, KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.core.operator.heartbeats import with_heartbeats
from harness.core.operator.reading import Yaml
from harness.core.promql import any_of, equal_to
from harness.core.rules.heartbeat import heartbeat_of
from harness.stacks.applying import apply
from harness.tests.live.liverun import LiveRun, command_line, sockets
from harness.toolchain import Progress, ToolName, ensure
from harness.waiting import NotYet, wait_until

pytestmark = pytest.mark.accident

_SCENARIO = "scenarios/test_failing_writes.py"
_SUBJECT_NAMESPACE = "kubemirror-system"
_UP_S, _FAILED_S, _END_S, _TOLD_S = 120.0, 120.0, 300.0, 60.0
_PLANTED = 40
#: /proc/net/tcp's number for a socket that listens, /proc/net/udp's for one that takes from everybody
_LISTENS = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}
#: the API server's own store is where Secrets are kept
_STORE = "etcd"
#: where keys and tokens are kept because that is what the file is for; everywhere else they are leaked
_KEPT_IN = ("operator.json", "alertmanager.yaml", "token", "kubeconfig", "kubeconfig.yaml", "admin.key", "ca.key")
#: pods of the harness get their one secret by `secretKeyRef`, as pods here have no volumes; nobody but their user can
#: read a process's environment (/proc/PID/environ is 0400), as nobody else can read the files
_GIVEN_BY_ENVIRONMENT = {"harness.agents.receiver.server": "RECEIVER_TOKEN", "harness.agents.webhook": "TLS_KEY"}
_HOSTILE_NAMES = (
    'Quote"d',
    "Back\\slash",
    'Ends"} or vector(1) #',
    "Two\nLines",
    "A|B",
    ".*",
    "\x1b[31mRed\x07",
    "[red]Markup[/red]",
    "]]>&<a/>",
    "\u202eTurned\u2028",
    "\U0001f600",
    "L" + "o" * 4_000 + "ng",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """One process as it was in the middle of the run."""

    pid: int
    command: list[str]
    environment: str
    sockets: frozenset[str]

    @property
    def module(self) -> str:
        """The Python module that it runs, if it is one's."""
        return self.command[2] if self.command[1:2] == ["-m"] else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exposed:
    """The run, and what was seen of it while it went on."""

    live: LiveRun
    directory: Path
    processes: tuple[_Process, ...]
    #: address and owner of each socket that took connections
    listening: tuple[tuple[str, str], ...]
    #: in the planted Secrets, and in the environment of whoever started the run
    content: str
    cloud_key: str
    #: what only some may know: name -> text
    keys: dict[str, str] = field(repr=False)

    def files(self) -> Iterator[Path]:
        """Every file that the run has written, but for the API server's store."""
        for path in self.live.directory.rglob("*"):
            if path.is_file() and not path.is_symlink() and _STORE not in path.relative_to(self.live.directory).parts:
                yield path


def _forms(text: str) -> list[bytes]:
    """A text as it is, and how base64 shows it wherever in a longer text it stands."""
    found = [text.encode()]
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + text.encode())
        found.append(encoded[4 if shift else 0 : -4])  # the ends depend on what stands before and behind
    return found


def _holders(exposed: _Exposed, text: str, *, but: tuple[str, ...] = ()) -> list[str]:
    """The files that hold a text in one of its forms."""
    forms = _forms(text)
    return [
        str(path.relative_to(exposed.live.directory))
        for path in exposed.files()
        if path.name not in but and any(form in path.read_bytes() for form in forms)
    ]


def _planting(namespace: str, content: str, serial: int) -> Iterator[ApiRequest]:
    """Makes the planted Secrets, or writes them anew, so that their mirrors have to be written."""
    target = namespace.removesuffix("source") + "target"
    for number in range(_PLANTED):
        yield ApiRequest(
            method="PATCH",
            path=f"/api/v1/namespaces/{namespace}/secrets/planted-{number}",
            patch="apply",
            query={"fieldManager": "planter", "force": "true"},
            body={
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": f"planted-{number}",
                    "labels": {"kubemirror.raczylo.com/enabled": "true"},
                    "annotations": {
                        "kubemirror.raczylo.com/sync": "true",
                        "kubemirror.raczylo.com/target-namespaces": target,
                    },
                },
                "stringData": {"password": content, "serial": str(serial), "longer": f"user:{content}@{number}"},
            },
        )


def _server(live: LiveRun) -> KubeApi | NotYet:
    assert live.process is not None
    assert live.process.poll() is None, live.log
    try:
        return KubeApi(next(live.state.glob("runs/*/control-plane/clusters/*/kubeconfig.yaml")))
    except (StopIteration, ApiUnreachableError) as error:
        return NotYet(str(error))


def _source_namespace(api: KubeApi) -> str | NotYet:
    """Once a fault is in effect."""
    rules = api.items("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")
    found = [
        one["metadata"]["name"] for one in api.items("/api/v1/namespaces", labels="kubemirror-harness/role=source")
    ]
    return found[0] if rules and found else NotYet("no fault yet")


def _processes(live: LiveRun) -> Iterator[_Process]:
    assert live.process is not None
    for pid in [*live.processes(), live.process.pid]:
        with suppress(OSError):  # it has ended meanwhile
            environment = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
            yield _Process(pid=pid, command=command_line(pid), environment=environment, sockets=frozenset(sockets(pid)))


def _listening(processes: tuple[_Process, ...]) -> Iterator[tuple[str, str]]:
    """Address and owner of each socket that takes what comes."""
    owners = {number: one for one in processes for number in one.sockets}
    for table, state in _LISTENS.items():
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state and fields[9] in owners:
                yield _address(fields[1]), " ".join(owners[fields[9]].command)[:80]


def _address(text: str) -> str:
    """The kernel writes an address as words of the machine's own byte order."""
    words = text.partition(":")[0]
    packed = b"".join(bytes.fromhex(words[start : start + 8])[::-1] for start in range(0, len(words), 8))
    return str(ipaddress.ip_address(packed))


def _keys(directory: Path) -> dict[str, str]:
    """What opens something in this run."""
    found = {f"token of {path.parent.name}": path.read_text() for path in directory.rglob("token") if path.is_file()}
    found["receiver's token"] = json.loads((directory / "monitoring" / "operator.json").read_text())["receiver_token"]
    for name in ("admin", "ca"):
        key = next(directory.rglob(f"pki/{name}.key")).read_text()
        found[f"{name}'s key"] = key.splitlines()[3]
    return found


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Exposed]:
    """The run; its Secrets were denied to the mirrors at least once, so that the controller has told of them."""
    content, cloud_key = secrets.token_hex(20), secrets.token_hex(20)
    directory = tmp_path_factory.mktemp("exposed")
    hostile = {
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9"),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
        "KUBECONFIG": str(directory / "other"),
        "PYTHONPATH": str(directory / "elsewhere"),
        "CLOUD_KEY": cloud_key,
    }
    live = LiveRun(directory, extra=hostile)
    try:
        live.start(_SCENARIO, "--keep-stack", f"--junit-xml={directory / 'junit.xml'}")
        api = wait_until("the run's API server", lambda: _server(live), timeout_s=_UP_S, interval_s=0.5)
        namespace = wait_until("a fault", lambda: _source_namespace(api), timeout_s=_UP_S, interval_s=0.5)
        run = next((live.state / "runs").iterdir())
        serial = 0

        def denied() -> bool | NotYet:
            nonlocal serial
            serial += 1
            for answer in api.send_all(list(_planting(namespace, content, serial))):
                assert answer.accepted, answer.body
            said = "".join(log.read_text() for log in (run / "pods").rglob("controller/*.log"))
            told = [line for line in said.splitlines() if "planted-" in line and "denied" in line]
            return True if told else NotYet("the controller has told of no planted Secret")

        wait_until("a planted Secret is denied", denied, timeout_s=_FAILED_S, interval_s=0.5)
        processes = tuple(_processes(live))
        seen = tuple(_listening(processes))
        api.close()
        assert live.process is not None
        live.process.wait(_END_S)
        yield _Exposed(
            live=live,
            directory=run,
            processes=processes,
            listening=seen,
            content=content,
            cloud_key=cloud_key,
            keys=_keys(run),
        )
    finally:
        if live.process is not None and live.process.poll() is None:
            live.process.kill()
            live.process.wait()
        live.harness("down", "--all")


def test_the_run_did_its_work(exposed: _Exposed) -> None:
    """Neither the proxies nor the KUBECONFIG of the environment kept it from that."""
    assert exposed.live.scenarios(), exposed.live.log
    assert {Path(one.command[0]).name for one in exposed.processes} >= {"etcd", "kube-apiserver", "prometheus"}
    assert {one.module for one in exposed.processes} >= {"controller", *_GIVEN_BY_ENVIRONMENT}


def test_the_search_finds_what_is_there(exposed: _Exposed) -> None:
    """What is searched for below is found where it is planted: as it is, and within other text in base64."""
    encoded = base64.b64encode(f"some user:{exposed.content}!".encode())
    for text in (exposed.content.encode(), encoded):
        leak = exposed.live.directory / "leak"
        leak.write_bytes(b"\0" + text)
        assert _holders(exposed, exposed.content) == ["leak"]
        leak.unlink()


def test_contents_of_secrets_stay_in_the_store(exposed: _Exposed) -> None:
    """Neither logs nor results, messages, samples, deliveries or command lines have them."""
    assert _holders(exposed, exposed.content) == []
    assert not [one.pid for one in exposed.processes if exposed.content in f"{one.command}{one.environment}"]


def test_keys_and_tokens_stay_where_they_are_kept(exposed: _Exposed) -> None:
    """Neither logs nor results nor command lines have them; by environment only pods that have no other way."""
    assert len(exposed.keys) >= 4
    for name, key in exposed.keys.items():
        assert _holders(exposed, key, but=_KEPT_IN) == [], name
        assert not [one.command for one in exposed.processes if key in " ".join(one.command)], name
        told = {one.module for one in exposed.processes if key in one.environment}
        assert told <= set(_GIVEN_BY_ENVIRONMENT), name


def test_the_webhook_s_key_is_only_its_own(exposed: _Exposed) -> None:
    """It is in no file at all: the API server's store and the process have it."""
    (webhook,) = (one for one in exposed.processes if one.module == "harness.agents.webhook")
    pem = next(part for part in webhook.environment.split("\0") if part.startswith("TLS_KEY="))
    line = pem.splitlines()[1]
    assert _holders(exposed, line) == []
    assert [one.module for one in exposed.processes if line in one.environment] == ["harness.agents.webhook"]


def test_the_user_s_environment_does_not_reach_the_run(exposed: _Exposed) -> None:
    """Neither keys, which any process could tell, nor proxies, kubeconfigs or Python's own variables."""
    assert exposed.live.process is not None
    hostile = [f"{name}={value}" for name, value in exposed.live.extra.items()]
    reached = {
        f"{one.command[:3]}: {entry}"
        for one in exposed.processes
        if one.pid != exposed.live.process.pid  # the user's own command
        for entry in one.environment.split("\0")
        if entry in hostile
    }
    assert reached == set()
    assert _holders(exposed, exposed.cloud_key) == []


def test_only_loopback_is_listened_on(exposed: _Exposed) -> None:
    """Every program of the run listens, and none of them to the world."""
    assert len(exposed.listening) >= 10
    assert [one for one in exposed.listening if not ipaddress.ip_address(one[0]).is_loopback] == []


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("0100007F:1F90", "127.0.0.1"),
        ("0A00127F:1F90", "127.18.0.10"),
        ("00000000:1F90", "0.0.0.0"),  # noqa: S104 - to be told apart
        ("00000000000000000000000001000000:1F90", "::1"),
        ("00000000000000000000000000000000:1F90", "::"),
    ],
)
def test_addresses_are_read_as_the_kernel_writes_them(written: str, address: str) -> None:
    """What listens to the world is told from what does not."""
    assert _address(written) == address


def test_only_the_owner_may_read(exposed: _Exposed) -> None:
    """Directories 0700, files 0600, programs 0700; also what went to the directory of temporary files."""
    assert _open_to_others(exposed) == []
    planted = exposed.directory / "logs" / "planted"
    planted.touch()
    planted.chmod(0o640)
    assert _open_to_others(exposed) == [f"640 {planted}"]
    planted.unlink()


def _open_to_others(exposed: _Exposed) -> list[str]:
    return [
        f"{path.lstat().st_mode & 0o777:o} {path}"
        for place in (exposed.live.state, exposed.live.directory / "tmp")
        for path in place.rglob("*")
        if not path.is_symlink() and path.lstat().st_mode & 0o077
    ]


def test_the_store_answers_nobody_without_a_certificate(exposed: _Exposed) -> None:
    """Every user of the machine reaches loopback. Who writes to the store starts processes of this user."""
    (etcd,) = (one for one in exposed.processes if Path(one.command[0]).name == "etcd")
    urls = [word.partition("=")[2] for word in etcd.command if word.startswith(("--listen-client", "--listen-peer"))]
    assert len(urls) == 2
    for url in urls:
        port = int(url.rpartition(":")[2])
        for scheme in ("http", "https"):
            assert _status(f"{scheme}://127.0.0.1:{port}/version") is None


def test_the_api_server_gives_nothing_to_strangers(exposed: _Exposed) -> None:
    """Without a certificate or a token it refuses; so do the receiver and the other components."""
    (server,) = (one for one in exposed.processes if Path(one.command[0]).name == "kube-apiserver")
    port = next(word.partition("=")[2] for word in server.command if word.startswith("--secure-port="))
    assert _status(f"https://127.0.0.1:{port}/api/v1/secrets") in {401, 403}
    config = json.loads((exposed.directory / "monitoring" / "operator.json").read_text())
    receiver = config["receiver_url"].removesuffix("/notify/")
    assert _status(f"{receiver}/deliveries") == 401
    assert _status(f"{receiver}/deliveries", authorization="Bearer wrong") == 401
    assert _status(f"{receiver}/deliveries", authorization=f"Bearer {config['receiver_token']}") == 200


def _status(url: str, *, authorization: str = "") -> int | None:
    """How a stranger is answered; None if the connection is refused."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    headers = {"Authorization": authorization} if authorization else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - http or https, by every caller
    try:
        with opener.open(request, timeout=5) as answer:
            found: int = answer.status
            return found
    except urllib.error.HTTPError as error:
        with error:
            return None if error.code == 400 else error.code  # plain text at a port that speaks TLS
    except (urllib.error.URLError, OSError):
        return None


def test_hostile_names_and_values_arrive_as_they_are(exposed: _Exposed) -> None:
    """From a rule by Prometheus, its queries and Alertmanager to the receiver's store: always data, never syntax."""
    rules: list[Yaml] = [
        {
            "alert": name,
            "expr": "vector(1)",
            "labels": {"component": "kubemirror", "namespace": _SUBJECT_NAMESPACE, "evil": f'"}}) {name}'},
            "annotations": {"summary": f"<b>{name}</b>"},
        }
        for name in _HOSTILE_NAMES
    ]
    group = 'a"}\\\U0001f525'
    manifest: dict[str, Yaml] = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "hostile", "namespace": _SUBJECT_NAMESPACE, "labels": {"release": "prometheus"}},
        "spec": {"groups": [{"name": group, "rules": rules}]},
    }
    kubectl = ensure([ToolName.KUBECTL], Progress())[ToolName.KUBECTL].path
    kubeconfig = next(exposed.directory.glob("control-plane/clusters/*/kubeconfig.yaml"))
    apply(kubectl, kubeconfig, json.dumps(with_heartbeats(manifest)))
    (prometheus,) = (one for one in exposed.processes if Path(one.command[0]).name == "prometheus")
    address = next(word.partition("=")[2] for word in prometheus.command if word.startswith("--web.listen-address="))
    with PrometheusReader(f"http://{address}") as reader:

        def fire() -> bool | NotYet:
            found = reader.instant(f"ALERTS{{{any_of('alertname', _HOSTILE_NAMES)}}}")
            names = sorted(one.labels["alertname"] for one in found)
            return True if names == sorted(_HOSTILE_NAMES) else NotYet(repr(names))

        wait_until("all of them fire, and nothing else is meant", fire, timeout_s=_TOLD_S, interval_s=0.2)
        for name in _HOSTILE_NAMES:
            (found,) = reader.instant(f"ALERTS{{{equal_to('alertname', name)}}}")
            assert found.labels["alertname"] == name
        assert len(reader.instant(heartbeat_of({"rule_group": group}))) == 1

    def delivered() -> bool | NotYet:
        lines = (exposed.directory / "deliveries.jsonl").read_text().split("\n")
        stored = [json.loads(line) for line in lines if line]
        told = {
            one["labels"]["alertname"]: (one["labels"]["evil"], one["annotations"]["summary"])
            for one in stored
            if "evil" in one["labels"]
        }
        wanted = {rule["alert"]: (rule["labels"]["evil"], rule["annotations"]["summary"]) for rule in rules}  # type: ignore[index,call-overload]
        return True if told == wanted else NotYet(f"{len(told)} of {len(wanted)} as they were")

    wait_until("every one is delivered", delivered, timeout_s=_TOLD_S, interval_s=0.2)
