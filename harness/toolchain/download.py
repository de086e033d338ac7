"""Fetches files of releases: resumable, checked, and quick to see that there is no network.

A host that cannot be connected to is asked once per run, not once per program.
"""

import hashlib
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.system_words import reason_of
from harness.toolchain.asset import Asset, checksum_in, host_of
from harness.toolchain.progress import Step

if TYPE_CHECKING:
    import requests

#: a machine that is online connects within a fraction of this; one that is not must be known in seconds
CONNECT_TIMEOUT_S = 3.0
#: longest silence in the middle of a file before the connection counts as lost
_READ_TIMEOUT_S = 20.0
#: connections tried for one file, as long as each brought it further
_ATTEMPTS = 5
#: small, because a chunk that breaks off is lost as a whole
_CHUNK_BYTES = 1 << 14


class UnreachableError(RetryableError):
    """The host cannot be connected to."""

    def __init__(self, host: str, *, why: str) -> None:
        super().__init__(
            f"{host} cannot be reached", why=why, fix="connect to the network, or set KUBEMIRROR_HARNESS_MIRROR"
        )
        self.host = host


class BrokenDownloadError(RetryableError):
    """The transfer did not reach its end; what has come is kept, and the next attempt goes on from there."""


class WrongChecksumError(CouldNotTellError):
    """The file is not what its publisher says it is. It has been removed."""


#: connects to a host and port within so many seconds, or raises OSError
Connect = Callable[[tuple[str, int], float], socket.socket]


class Downloader:
    """Fetches over http and https, with the proxies of the environment."""

    def __init__(
        self, *, connect_timeout_s: float = CONNECT_TIMEOUT_S, connect: Connect = socket.create_connection
    ) -> None:
        """Args: for how long a connection is waited for, and what opens one to see whether somebody is there."""
        self._connect_timeout_s = connect_timeout_s
        self._connect = connect
        self._reachable: dict[str, str | None] = {}
        self._texts: dict[str, str] = {}

    def unreachable(self, url: str) -> str | None:
        """Why the address's host cannot be connected to; None when it can. Asked once per host and Downloader."""
        host = host_of(url)
        if host not in self._reachable:
            self._reachable[host] = _refusal(url, self._connect, timeout_s=self._connect_timeout_s)
        return self._reachable[host]

    def survey(self, urls: Iterable[str]) -> Mapping[str, str]:
        """Looks at the hosts of all addresses at once; those that cannot be connected to, with the reason."""
        by_host = {host_of(url): url for url in urls}
        with ThreadPoolExecutor(max_workers=max(len(by_host), 1)) as pool:
            refusals = dict(zip(by_host, pool.map(self.unreachable, by_host.values()), strict=True))
        return {host: refusal for host, refusal in refusals.items() if refusal is not None}

    def checksum(self, asset: Asset) -> str:
        """The checksum that the publisher states for the file.

        Raises:
            UnreachableError: no connection.
            BrokenDownloadError: the server answered with an error.
            ChecksumUnknownError: the text does not mention the file.
        """
        text = self._texts.get(asset.checksums_url)
        if text is None:
            with self._open(asset.checksums_url) as response:
                text = b"".join(response.iter_content(_CHUNK_BYTES)).decode("utf-8", errors="replace")
            self._texts[asset.checksums_url] = text
        return checksum_in(text, asset)

    def fetch(self, asset: Asset, *, sha256: str, parts: Path, target: Path, step: Step) -> None:
        """Brings the file to `target`, going on from what an earlier run left in `parts`, on the same file system.

        An unfinished file is called `<checksum>-<name>.part`, so that it is only ever continued with more of the same.

        Raises:
            UnreachableError: no connection.
            BrokenDownloadError: the server answered with an error, or the connection broke too often.
            WrongChecksumError: the whole file is there and is another one; it has been removed.
        """
        for directory in (parts, target.parent):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = parts / f"{sha256[:16]}-{asset.filename}.part"
        continued = _size(part) > 0
        self._complete(asset.url, part, step)
        found = _sha256(part)
        if found == sha256:
            part.replace(target)
            return
        part.unlink()
        if continued:
            # What an earlier run left may have been damaged since; only a file of one piece speaks about its publisher.
            self.fetch(asset, sha256=sha256, parts=parts, target=target, step=step)
            return
        raise WrongChecksumError(
            f"{asset.filename} is not what its publisher says it is; it has been removed",
            why=f"SHA-256 of the file: {found}, of the publisher: {sha256}",
            fix=f"find out what answers for {host_of(asset.url)}: a proxy, a mirror, or somebody else",
        )

    def _complete(self, url: str, part: Path, step: Step) -> None:
        for _ in range(_ATTEMPTS):
            before_bytes = _size(part)
            try:
                self._continue(url, part, step)
            except BrokenDownloadError:
                if _size(part) == before_bytes:
                    raise
            else:
                return
        raise BrokenDownloadError(
            f"{url} could not be fetched",
            why=f"the connection broke {_ATTEMPTS} times; {_size(part)} bytes are here",
            fix="run again: it goes on from there",
        )

    def _continue(self, url: str, part: Path, step: Step) -> None:
        done_bytes = _size(part)
        with part.open("ab") as file, self._open(url, start_bytes=done_bytes) as response:
            part.chmod(0o600)
            stated = response.headers.get("Content-Range", "")
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                if stated == f"bytes */{done_bytes}":
                    return
                file.truncate(0)
                raise _broken(
                    url, f"the file is not longer than the {done_bytes} bytes that were here; starting afresh"
                )
            if response.status_code == HTTPStatus.PARTIAL_CONTENT:
                if not stated.startswith(f"bytes {done_bytes}-"):
                    raise _broken(url, f"the server sent {stated or 'an unnamed part'}, not what follows {done_bytes}")
            else:
                file.truncate(0)
                done_bytes = 0
            length = response.headers.get("Content-Length", "")
            total_bytes = done_bytes + int(length) if length.isdigit() else None
            for chunk in response.iter_content(_CHUNK_BYTES):
                file.write(chunk)
                done_bytes += len(chunk)
                step.at(done_bytes, total_bytes)

    @contextmanager
    def _open(self, url: str, *, start_bytes: int = 0) -> "Iterator[requests.Response]":
        # Imported here because it takes 0.2 s, which a start from a warm cache does not have to spend.
        import requests  # noqa: PLC0415

        refusal = self.unreachable(url)
        if refusal is not None:
            raise UnreachableError(host_of(url), why=refusal)
        headers = {"Accept-Encoding": "identity"}
        if start_bytes:
            headers["Range"] = f"bytes={start_bytes}-"
        try:
            response = requests.get(
                url, headers=headers, stream=True, timeout=(self._connect_timeout_s, _READ_TIMEOUT_S)
            )
        except requests.ReadTimeout as error:
            raise _broken(url, reason_of(error)) from error
        except requests.RequestException as error:
            # Releases redirect to hosts of their own, and one that a firewall keeps away is as dead as the first.
            self._reachable[host_of(url)] = reason_of(error)
            raise UnreachableError(host_of(url), why=reason_of(error)) from error
        with response:
            accepted = response.ok or response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            if not accepted:
                raise _broken(url, f"the server answered {response.status_code} {response.reason}")
            try:
                yield response
            except requests.RequestException as error:  # while it was read
                raise _broken(url, reason_of(error)) from error


def _broken(url: str, why: str) -> BrokenDownloadError:
    return BrokenDownloadError(f"{url} could not be fetched", why=why, fix="run again: it goes on from there")


def _refusal(url: str, open_socket: Connect, *, timeout_s: float) -> str | None:
    """Connects once, to the proxy where there is one, in a thread, because looking up a name knows no time limit."""
    target = urlsplit(url)
    proxy = urllib.request.getproxies().get(target.scheme)
    if proxy and not urllib.request.proxy_bypass(target.netloc):
        target = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    port = target.port or (80 if target.scheme == "http" else 443)
    said: list[str | None] = []

    def connect() -> None:
        try:
            open_socket((target.hostname or "", port), timeout_s).close()
        except OSError as error:
            said.append(reason_of(error))
        else:
            said.append(None)

    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    # Longer than one connection takes, because the look-up comes before it.
    attempt.join(timeout_s * 1.3)
    return said[0] if said else f"no answer within {timeout_s * 1.3:.1f} s"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
