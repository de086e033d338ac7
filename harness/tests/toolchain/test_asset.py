"""Assets: the address of a release, and the checksum its publisher states."""

import json

import pytest

from harness.toolchain.asset import Asset, ChecksumUnknownError, asset_of, checksum_in, host_of, member_of
from harness.toolchain.pins import PINS, ToolName

_SUM = "0123456789abcdef" * 4
_OTHER = "f" * 64
_ASSET = Asset(url="https://example.org/x/tool.tar.gz", checksums_url="https://example.org/x/SUMS")


@pytest.mark.parametrize(
    ("name", "url", "member"),
    [
        (
            ToolName.ETCD,
            "https://github.com/etcd-io/etcd/releases/download/v3.6.5/etcd-v3.6.5-linux-arm64.tar.gz",
            "etcd-v3.6.5-linux-arm64/etcd",
        ),
        (ToolName.KUBECTL, "https://dl.k8s.io/release/v1.34.4/bin/linux/arm64/kubectl", None),
        (
            ToolName.KWOKCTL,
            "https://github.com/kubernetes-sigs/kwok/releases/download/v0.8.0/kwokctl-linux-arm64",
            None,
        ),
        (
            ToolName.PROMTOOL,
            "https://github.com/prometheus/prometheus/releases/download/v3.13.5/prometheus-3.13.5.linux-arm64.tar.gz",
            "prometheus-3.13.5.linux-arm64/promtool",
        ),
        (
            ToolName.AMTOOL,
            "https://github.com/prometheus/alertmanager/releases/download/v0.31.1/alertmanager-0.31.1.linux-arm64.tar.gz",
            "alertmanager-0.31.1.linux-arm64/amtool",
        ),
    ],
    ids=str,
)
def test_the_official_release_is_where_its_publisher_puts_it(name: ToolName, url: str, member: str | None) -> None:
    """Address and member are those of the project's own download page."""
    assert asset_of(PINS[name], arch="arm64").url == url
    assert member_of(PINS[name], arch="arm64") == member


def test_a_mirror_serves_every_origin_under_its_host_name() -> None:
    """One mirror stands for all hosts, checksums included."""
    asset = asset_of(PINS[ToolName.KUBECTL], arch="amd64", mirror="http://mirror.example:8080/pub/")
    assert asset.url == "http://mirror.example:8080/pub/dl.k8s.io/release/v1.34.4/bin/linux/amd64/kubectl"
    assert asset.checksums_url == f"{asset.url}.sha256"
    assert host_of(asset.url) == "mirror.example:8080"


@pytest.mark.parametrize(
    "text",
    [
        f"{_OTHER}  other.tar.gz\n{_SUM}  tool.tar.gz\n",
        f"{_SUM} *tool.tar.gz\n",
        f"{_SUM.upper()}  tool.tar.gz\n",
        f"{_SUM}\n",
        json.dumps({"assets": [{"name": "other"}, {"name": "tool.tar.gz", "digest": f"sha256:{_SUM}"}]}),
    ],
    ids=["lines", "binary mode", "upper case", "bare", "GitHub"],
)
def test_every_way_of_stating_a_checksum_is_understood(text: str) -> None:
    """sha256sum's lines, a bare sum, and GitHub's description of a release."""
    assert checksum_in(text, _ASSET) == _SUM


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{_SUM}  other.tar.gz\n{_OTHER}  tool.tar.gz.asc\n",
        "abc  tool.tar.gz\n",
        "<html>sign in</html>",
        "{}",
        "{broken",
        json.dumps({"assets": [{"name": "tool.tar.gz", "digest": None}]}),
        json.dumps({"assets": "none"}),
    ],
)
def test_a_text_without_the_files_checksum_is_refused(text: str) -> None:
    """No checksum is never a matching checksum: a login page of a proxy proves nothing."""
    with pytest.raises(ChecksumUnknownError, match=r"no checksum for tool\.tar\.gz"):
        checksum_in(text, _ASSET)
