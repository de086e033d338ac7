"""A site applies to its own cluster, marks with its own run, and says where the receiver is from inside."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from harness.clients.kubernetes import KubeApi
from harness.core.marks import RUN_LABEL
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.named import harness_namespace
from harness.stacks.run import Run


@pytest.fixture
def site() -> Site:
    """One of a new run."""
    return Site(
        run=Run.create(),
        kubectl=Path("/kubectl"),
        kubeconfig=Path("/kubeconfig"),
        api=cast("KubeApi", None),
        receiver_token="secret-token",  # noqa: S106 - of an invented receiver
        receiver_service="receiver",
        receiver_port=9094,
    )


def test_the_receiver_is_found_by_its_service(site: Site) -> None:
    """In the namespace of this run; a receiver's name can be appended."""
    assert site.namespace == harness_namespace(site.run.id)
    assert site.receiver_url == f"http://receiver.{site.namespace}.svc:9094/notify/"


def test_everything_is_marked_with_the_run(site: Site) -> None:
    """By the one label that removal goes by."""
    assert site.labels == {RUN_LABEL: site.run.id}


def test_what_is_applied_goes_to_this_cluster(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own kubeconfig, whose credential plugins may need what the user has set."""
    calls: list[tuple[Path, Path, str, str]] = []

    def apply(kubectl: Path, kubeconfig: Path, manifests: str, *, env: Mapping[str, str]) -> None:
        calls.append((kubectl, kubeconfig, manifests, env["AWS_PROFILE"]))

    monkeypatch.setenv("AWS_PROFILE", "mine")
    replace(site, apply_with=apply).apply("kind: A")
    assert calls == [(Path("/kubectl"), Path("/kubeconfig"), "kind: A", "mine")]


def test_the_token_shows_in_no_message(site: Site) -> None:
    """It lets anybody post notifications."""
    assert "secret-token" not in repr(site)
