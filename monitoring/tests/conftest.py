"""What the bundle's tests share: its files, read once, and promtool."""

from pathlib import Path

import pytest

from harness.core.contract.file import load_contract
from harness.core.contract.model import Contract
from harness.toolchain.locate import ResolvedTool
from harness.toolchain.pins import ToolName
from harness.toolchain.resolve import Toolchain
from monitoring.tests.promtool import Promtool

BUNDLE = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The directory that a user deploys."""
    return BUNDLE


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The documented promises."""
    return load_contract((BUNDLE / "contract.yaml").read_text(encoding="utf-8"), "contract.yaml")


@pytest.fixture(scope="session")
def rules_text() -> str:
    """The PrometheusRule as it is written."""
    return (BUNDLE / "prometheusrule.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def promtool_program() -> Path:
    """The pinned promtool; without it these tests prove nothing, so they fail."""
    found = Toolchain().find(ToolName.PROMTOOL)
    if not isinstance(found, ResolvedTool):
        pytest.fail(f"promtool is not on this machine ({found.instead or 'not found'}); `make test` brings it")
    return found.path


@pytest.fixture
def promtool(promtool_program: Path, tmp_path: Path) -> Promtool:
    """The pinned promtool in an empty directory."""
    return Promtool(program=promtool_program, workspace=tmp_path)
