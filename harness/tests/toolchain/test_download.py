"""Downloads: resumed, checked, and quick to notice a dead network. The server is on loopback."""

import hashlib
import socket
import threading
from pathlib import Path

import pytest

from harness.tests.toolchain.conftest import Heard, Mirror
from harness.toolchain.asset import Asset
from harness.toolchain.download import BrokenDownloadError, Downloader, UnreachableError, WrongChecksumError

_CONTENT = bytes(range(256)) * 4096
_SHA256 = hashlib.sha256(_CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def _asset(base: str) -> Asset:
    return Asset(url=f"{base}/x/tool", checksums_url=f"{base}/x/SUMS")


def _fetch(mirror: Mirror, tmp_path: Path, heard: Heard, *, sha256: str = _SHA256) -> bytes:
    target = tmp_path / "target" / "tool"
    Downloader().fetch(_asset(mirror.url), sha256=sha256, parts=tmp_path / "parts", target=target, step=heard)
    assert list((tmp_path / "parts").iterdir()) == []
    return target.read_bytes()


def _part(tmp_path: Path, content: bytes, *, sha256: str = _SHA256) -> Path:
    part = tmp_path / "parts" / f"{sha256[:16]}-tool.part"
    part.parent.mkdir()
    part.write_bytes(content)
    return part


def test_a_file_is_fetched_and_its_size_is_shown(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """The plain case."""
    mirror.files["/x/tool"] = _CONTENT
    assert _fetch(mirror, tmp_path, heard) == _CONTENT
    assert heard.amounts[-1] == (len(_CONTENT), len(_CONTENT))


def test_what_an_earlier_run_brought_is_not_fetched_again(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """The request asks for the rest, and the amounts count the whole."""
    mirror.files["/x/tool"] = _CONTENT
    _part(tmp_path, _CONTENT[:1000])
    assert _fetch(mirror, tmp_path, heard) == _CONTENT
    assert mirror.requests == [("/x/tool", "bytes=1000-")]
    assert heard.amounts[-1] == (len(_CONTENT), len(_CONTENT))


def test_a_connection_that_breaks_is_continued(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """Each attempt begins where the last one ended."""
    mirror.files["/x/tool"] = _CONTENT
    mirror.cuts = [300_000, 300_000]
    assert _fetch(mirror, tmp_path, heard) == _CONTENT
    starts = [int(wanted[6:-1]) for _, wanted in mirror.requests if wanted]
    assert starts == sorted(starts)
    assert len(starts) == 2


def test_a_file_that_stays_truncated_is_kept_for_the_next_run(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """No progress ends the attempts; nothing that came is lost."""
    mirror.files["/x/tool"] = _CONTENT
    mirror.cuts = [300_000, 0, 0]
    with pytest.raises(BrokenDownloadError, match="could not be fetched"):
        _fetch(mirror, tmp_path, heard)
    assert len(mirror.requests) == 2
    assert (tmp_path / "parts" / f"{_SHA256[:16]}-tool.part").stat().st_size > 0
    mirror.cuts = []
    assert _fetch(mirror, tmp_path, heard) == _CONTENT
    assert mirror.requests[-1][1].startswith("bytes=")


def test_a_trickle_is_given_up(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """A server that always breaks after a little does not keep a run for ever."""
    mirror.files["/x/tool"] = _CONTENT
    mirror.cuts = [100_000] * 9
    with pytest.raises(BrokenDownloadError) as raised:
        _fetch(mirror, tmp_path, heard)
    assert "the connection broke 5 times" in raised.value.why


def test_a_server_without_ranges_sends_everything_again(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """What was there is dropped instead of being doubled."""
    mirror.files["/x/tool"] = _CONTENT
    mirror.ranges = False
    _part(tmp_path, _CONTENT[:1000])
    assert _fetch(mirror, tmp_path, heard) == _CONTENT


def test_a_part_that_is_already_whole_is_only_checked(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """A run that was killed between the last byte and the check."""
    mirror.files["/x/tool"] = _CONTENT
    _part(tmp_path, _CONTENT)
    assert _fetch(mirror, tmp_path, heard) == _CONTENT
    assert len(mirror.requests) == 1


@pytest.mark.parametrize("damaged", [_CONTENT + b"more", b"\x01" * 1000], ids=["too long", "other bytes"])
def test_a_damaged_part_is_replaced(mirror: Mirror, tmp_path: Path, heard: Heard, damaged: bytes) -> None:
    """A publisher is not blamed for what happened on this disk."""
    mirror.files["/x/tool"] = _CONTENT
    _part(tmp_path, damaged)
    assert _fetch(mirror, tmp_path, heard) == _CONTENT


def test_a_wrong_checksum_is_refused_and_the_file_removed(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """Both sums are said; nothing of the file stays, so that it is never continued."""
    mirror.files["/x/tool"] = _CONTENT
    with pytest.raises(WrongChecksumError, match="it has been removed") as raised:
        _fetch(mirror, tmp_path, heard, sha256="0" * 64)
    assert _SHA256 in raised.value.why
    assert "0" * 64 in raised.value.why
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_missing_file_says_what_the_server_said(mirror: Mirror, tmp_path: Path, heard: Heard) -> None:
    """404 is no dead network."""
    with pytest.raises(BrokenDownloadError) as raised:
        _fetch(mirror, tmp_path, heard)
    assert raised.value.why == "the server answered 404 Not Found"


def test_a_checksum_file_is_fetched_once(mirror: Mirror) -> None:
    """Prometheus and promtool share theirs."""
    mirror.files["/x/SUMS"] = f"{_SHA256}  tool\n".encode()
    downloader = Downloader()
    assert [downloader.checksum(_asset(mirror.url)) for _ in range(2)] == [_SHA256, _SHA256]
    assert len(mirror.requests) == 1


def test_a_dead_host_is_asked_once() -> None:
    """Ten programs on one dead host cost one time limit, not ten."""
    asked: list[object] = []

    def refuse(address: object, timeout: float) -> socket.socket:
        asked.append((address, timeout))
        raise ConnectionRefusedError(111, "Connection refused")

    downloader = Downloader(connect=refuse)
    for _ in range(10):
        with pytest.raises(UnreachableError, match=r"dead\.example cannot be reached") as raised:
            downloader.checksum(_asset("https://dead.example"))
        assert raised.value.why == "nothing listens there (connection refused)"
    assert asked == [(("dead.example", 443), 3.0)]


def test_a_look_up_that_never_ends_is_given_up() -> None:
    """The resolver knows no time limit, so the limit is kept around it."""
    never = threading.Event()

    def hang(_address: object, timeout: float) -> socket.socket:
        del timeout
        never.wait()
        raise OSError

    try:
        downloader = Downloader(connect_timeout_s=0.01, connect=hang)
        assert downloader.unreachable("https://slow.example/x") == "no answer within 0.0 s"
    finally:
        never.set()


def test_a_proxy_is_what_must_be_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy the origin's name often cannot even be looked up."""
    asked: list[object] = []

    def refuse(address: object, timeout: float) -> socket.socket:
        del timeout
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    refusal = Downloader(connect=refuse).unreachable("https://far.example/x")
    assert refusal == "nothing listens there (connection refused)"
    assert asked == [("proxy.example", 3128)]


def test_a_host_that_accepts_and_hangs_up_is_dead_for_the_run(tmp_path: Path, heard: Heard) -> None:
    """A firewall that lets connections open and then resets them must not be met ten times."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted: list[None] = []

        def hang_up() -> None:
            for _ in range(2):
                connection, _address = server.accept()
                accepted.append(None)
                connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        asset = _asset(f"http://127.0.0.1:{server.getsockname()[1]}")
        downloader = Downloader()
        for _ in range(3):
            with pytest.raises(UnreachableError):
                downloader.fetch(asset, sha256=_SHA256, parts=tmp_path, target=tmp_path / "t", step=heard)
        thread.join()
        assert len(accepted) == 2, "one to see whether it answers, one for the file"


def test_all_hosts_are_looked_at_together() -> None:
    """Three dead hosts cost one time limit: each look-up begins before any has ended."""
    together = threading.Barrier(3)

    def refuse(address: object, timeout: float) -> socket.socket:
        del address, timeout
        together.wait(30)
        raise ConnectionRefusedError(111, "Connection refused")

    urls = [f"https://{name}.example/{path}" for name in "abc" for path in "xy"]
    assert Downloader(connect_timeout_s=60, connect=refuse).survey(urls) == {
        f"{n}.example": "nothing listens there (connection refused)" for n in "abc"
    }
    assert Downloader().survey([]) == {}
