"""The file of an official release: its address, its checksum, the program inside. Pure text work.

Checksums are those the publisher serves beside the file, over https: etcd `SHA256SUMS`, Prometheus and Alertmanager
`sha256sums.txt`, Kubernetes `<file>.sha256`, kind and helm `<file>.sha256sum`, kwok the digest that GitHub states for
the asset (https://docs.github.com/en/rest/releases/releases#get-a-release-by-tag-name).
A mirror serves the same paths under the origin's host name, and is trusted like the origin.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.core.errors import CouldNotTellError
from harness.toolchain.pins import Pin

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ChecksumUnknownError(CouldNotTellError):
    """The publisher's checksums do not mention the file, so that nothing about it can be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file to download. Several programs may come out of the same file."""

    url: str
    checksums_url: str

    @property
    def filename(self) -> str:
        """The last part of the address."""
        return self.url.rsplit("/", 1)[-1]


def asset_of(pin: Pin, *, arch: str, mirror: str | None = None) -> Asset:
    """The file that a pinned program comes in, at its origin or at a mirror."""
    return Asset(
        url=mirrored(pin.release.url.format(version=pin.version, arch=arch), mirror),
        checksums_url=mirrored(pin.release.checksums_url.format(version=pin.version, arch=arch), mirror),
    )


def member_of(pin: Pin, *, arch: str) -> str | None:
    """The program's path inside its archive; None when the asset is the program."""
    return None if pin.release.member is None else pin.release.member.format(version=pin.version, arch=arch)


def mirrored(url: str, mirror: str | None) -> str:
    """The same path at a mirror, below the origin's host name.

    >>> mirrored("https://dl.k8s.io/release/v1", "https://mirror.example/pub/")
    'https://mirror.example/pub/dl.k8s.io/release/v1'
    """
    return url if mirror is None else f"{mirror.rstrip('/')}/{url.split('://', 1)[1]}"


def host_of(url: str) -> str:
    """Host and port that the address names: what is alive or dead as a whole."""
    return urlsplit(url).netloc


def checksum_in(text: str, asset: Asset) -> str:
    """The SHA-256 (64 lower-case hexadecimal digits) that a publisher's text states for a file.

    Raises:
        ChecksumUnknownError: the text does not mention the file.
    """
    stated = _from_json(text, asset.filename) if text.lstrip().startswith("{") else _from_lines(text, asset.filename)
    if stated is None:
        raise ChecksumUnknownError(
            f"no checksum for {asset.filename}",
            why=f"{asset.checksums_url} does not state one",
            fix="give the program's path, or let it be built: the build is pinned by go.sum",
        )
    return stated


def _from_lines(text: str, filename: str) -> str | None:
    lines = [line.split() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) == 1:
        lines = [[lines[0][0], filename]]
    named = {fields[1].lstrip("*"): fields[0].lower() for fields in lines if len(fields) == 2}  # noqa: PLR2004 - sum, name
    stated = named.get(filename)
    return stated if stated is not None and _SHA256.fullmatch(stated) else None


def _from_json(text: str, filename: str) -> str | None:
    try:
        release: object = json.loads(text)
    except ValueError:
        return None
    assets = release.get("assets") if isinstance(release, dict) else None
    for asset in assets if isinstance(assets, list) else ():
        if isinstance(asset, dict) and asset.get("name") == filename:
            stated = str(asset.get("digest")).removeprefix("sha256:")
            return stated if _SHA256.fullmatch(stated) else None
    return None
