"""A session knows how it was asked to run, so that whoever reads of a failure can run it again."""

import sys
from pathlib import Path

import pytest

from harness.core.contract.subject import Subject
from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.session.session import Session
from harness.stacks.checked import checked_chart
from harness.stacks.existing.choice import ExistingChoice
from harness.stacks.scrape_profile import EXISTING
from harness.tests.stacks.existing.test_kubeconfig import text, written


@pytest.fixture(autouse=True)
def _own_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubeconfig whose cluster nobody looks at."""

    def check(_self: ExistingChoice, subject: Subject, speed: Speed) -> Chart:
        return checked_chart(subject, EXISTING, speed)

    monkeypatch.setattr(ExistingChoice, "check", check)
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "config", text(context="my dev"))))


@pytest.mark.parametrize(
    ("given", "again"),
    [
        pytest.param((), "pytest --speed 60 --subject {}", id="embedded"),
        pytest.param(
            ("--stack=kind", "--monitoring=operator", "--kind-image=i", "--keep-stack"),
            "pytest --speed 30 --subject {} --stack kind --monitoring operator --kind-image i",
            id="kind",
        ),
        pytest.param(
            ("--stack=existing", "--context=my dev", "--confirm-context=my dev", "--harness-image=r/h:1", "--speed=2"),
            "pytest --speed 2 --subject {} --stack existing --context 'my dev' --confirm-context 'my dev'"
            " --harness-image r/h:1",
            id="existing",
        ),
    ],
)
def test_it_tells_the_command_that_runs_it_again(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], again: str
) -> None:
    """On the same stack; how it is told and kept is everybody's own."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))  # as in an environment that is activated
    config = pytester.parseconfig("-p", "harness.plugin", "-p", "no:asyncio", f"--subject={DEFAULT_SUBJECT}", *given)
    assert Session.prepare(config).failure_text.ran.again() == again.format(DEFAULT_SUBJECT)
