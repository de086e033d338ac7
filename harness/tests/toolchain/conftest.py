"""A machine of one's own: an empty cache, a PATH of one directory, fake programs, a mirror on loopback."""

import gzip
import hashlib
import io
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.toolchain.pins import PINS, ToolName
from harness.toolchain.progress import Progress, Step, Unit
from harness.toolchain.settings import Settings

_FAKE_GO = """#!{python}
import os, pathlib, sys
here = pathlib.Path({directory!r})
command, arguments = sys.argv[1], sys.argv[2:]
with (here / "calls").open("a") as calls:
    calls.write(command + "\\n")
if command == "version":
    print("go version {version} linux/amd64")
elif command == "list":
    print("go: downloading example.org/a v1.0.0", file=sys.stderr, flush=True)
    print("example.org/a\\nexample.org/b\\nexample.org/main", flush=True)
elif command == "build":
    (here / "pid").write_text(str(os.getpid()))
    print("example.org/a", file=sys.stderr, flush=True)
    if (here / "gate").exists():
        (here / "gate").open().read()
    if (here / "broken").exists():
        print("# example.org/b\\nb.go:3:1: undefined: c", file=sys.stderr)
        sys.exit(1)
    print("example.org/b", file=sys.stderr, flush=True)
    target = pathlib.Path(arguments[arguments.index("-o") + 1])
    packages = arguments[arguments.index("-o") + 2:]
    one = len(packages) == 1
    for package in packages:
        program = target if one else target / package.rsplit("/", 1)[1]
        program.write_text("#!/bin/sh\\necho version " + {versions!r}[program.name] + "\\n")
        program.chmod(0o755)
"""


@dataclass
class Machine:
    """A made-up machine below a temporary directory."""

    root: Path

    @property
    def bin(self) -> Path:
        """The one directory on PATH."""
        return self.root / "bin"

    def program(self, path: Path, says: str, *, status: int = 0) -> Path:
        """A program that prints a text, and one line into `<path>.calls` each time it is run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\necho run >> {path}.calls\necho '{says}'\nexit {status}\n")
        path.chmod(0o755)
        return path

    def runs(self, path: Path) -> int:
        """How often such a program was run."""
        calls = Path(f"{path}.calls")
        return len(calls.read_text().splitlines()) if calls.exists() else 0

    def go(self, version: str = "go1.26.4") -> Path:
        """Puts a Go on PATH that lists three packages, compiles two and makes programs that know their version."""
        versions = {pin.name.value: pin.version for pin in PINS.values()}
        text = _FAKE_GO.format(python=sys.executable, directory=str(self.root), version=version, versions=versions)
        path = self.bin / "go"
        path.write_text(text)
        path.chmod(0o755)
        return path

    def go_calls(self) -> list[str]:
        """What Go was asked to do, without the questions for its version."""
        calls = self.root / "calls"
        return [call for call in calls.read_text().split() if call != "version"] if calls.exists() else []

    def settings(self, **environment: str) -> Settings:
        """Settings of this machine, with further variables."""
        base = {"PATH": str(self.bin), "HOME": str(self.root)}
        return Settings.of({**base, **environment}, machine="x86_64")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that has nothing, not even the wheel of this environment."""
    monkeypatch.setattr("harness.toolchain.gosdk._wheel", lambda: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "bin").mkdir()
    return Machine(root=tmp_path)


@dataclass
class Heard(Progress):
    """A progress that remembers what it was told."""

    lines: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    amounts: list[tuple[int, int | None]] = field(default_factory=list)
    #: set when a step begins whose title starts with `waiting for`
    waiting: threading.Event = field(default_factory=threading.Event)

    def say(self, text: str) -> None:
        """Remembers the line."""
        self.lines.append(text)

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:  # noqa: ARG002 - the protocol's shape
        """Remembers the title."""
        self.steps.append(title)
        if title.startswith("waiting for"):
            self.waiting.set()
        yield self

    def at(self, done: int, total: int | None = None) -> None:
        """Remembers how far it is."""
        self.amounts.append((done, total))


@pytest.fixture
def heard() -> Heard:
    """A progress that remembers."""
    return Heard()


@dataclass
class Mirror:
    """What a mirror on loopback serves, and how badly."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    #: GET requests, as (path, value of the Range header)
    requests: list[tuple[str, str]] = field(default_factory=list)
    #: how many bytes of each answer, one after the other, are sent before the connection breaks
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True

    def serve(self, url: str, content: bytes) -> None:
        """Serves what an origin has at an address."""
        self.files["/" + url.split("://", 1)[1]] = content

    def release(self, name: ToolName, *, says: str | None = None, checksum: str | None = None) -> bytes:
        """Serves a release of one program, with its checksums; returns the file."""
        pin = PINS[name]
        script = f"#!/bin/sh\necho '{says or f'{name} version {pin.version}'}'\n".encode()
        url = pin.release.url.format(version=pin.version, arch="amd64")
        member = pin.release.member
        content = script if member is None else _archive({member.format(version=pin.version, arch="amd64"): script})
        stated = checksum or hashlib.sha256(content).hexdigest()
        self.serve(url, content)
        sums = pin.release.checksums_url.format(version=pin.version, arch="amd64")
        self.serve(sums, f"{stated}  {url.rsplit('/', 1)[1]}\n".encode())
        return content


def _archive(members: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """A web server on loopback that knows ranges."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.files.get(self.path)
            wanted = self.headers.get("Range", "")
            served.requests.append((self.path, wanted))
            if content is None:
                self.send_error(404)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and served.ranges else 0
            if start and start >= len(content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            cut = served.cuts.pop(0) if served.cuts else len(content)
            self.wfile.write(content[start : start + cut])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served = Mirror(url=f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        server.shutdown()
        thread.join()
