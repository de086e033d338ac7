"""Settings: what the environment says about programs, cache and mirror."""

from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.toolchain.pins import PINS, ToolName
from harness.toolchain.settings import Settings


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"KUBEMIRROR_HARNESS_CACHE": "/c", "XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/c"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/kubemirror-harness"),
        ({"HOME": "/h"}, "/h/.cache/kubemirror-harness"),
        ({"KUBEMIRROR_HARNESS_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/kubemirror-harness"),
    ],
)
def test_the_cache_is_where_the_environment_says(environment: dict[str, str], cache: str) -> None:
    """Own setting, then the desktop's, then the home; empty is unset."""
    assert Settings.of(environment, machine="x86_64").cache == Path(cache)


def test_the_cache_keeps_versions_and_processors_apart() -> None:
    """Two versions, or a home shared by two kinds of machine, never mix."""
    settings = Settings.of({"HOME": "/h"}, machine="aarch64")
    assert settings.cached(PINS[ToolName.ETCD]) == Path(
        "/h/.cache/kubemirror-harness/tools/etcd/3.6.5/linux-arm64/etcd"
    )


def test_a_mirror_must_be_an_address() -> None:
    """A host name alone is refused before anything is tried."""
    with pytest.raises(MisuseError, match=r"KUBEMIRROR_HARNESS_MIRROR=mirror\.example is no address"):
        Settings.of({"HOME": "/h", "KUBEMIRROR_HARNESS_MIRROR": "mirror.example"}, machine="x86_64")


def test_a_machine_nobody_releases_for_is_told() -> None:
    """Better at once than after a download."""
    with pytest.raises(MisuseError, match="type riscv64"):
        Settings.of({"HOME": "/h"}, machine="riscv64")
