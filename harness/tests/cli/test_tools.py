"""`harness tools` brings every program of the embedded stack and says from where."""

import io
from collections.abc import Collection
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.tools import tools, tools_of_kind
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.home import DEFAULT_SUBJECT
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.kind.choice import KindChoice
from harness.toolchain import Progress, ResolvedTool, Toolchain, ToolName, ToolOrigin


def test_every_program_is_brought_and_counted() -> None:
    """All but those that only a stack with containers wants, and the sources they came from, each once."""
    asked: list[ToolName] = []

    class Fetched(Toolchain):
        def ensure(self, names: Collection[ToolName], progress: Progress) -> dict[ToolName, ResolvedTool]:
            del progress
            asked.extend(names)
            sources = [ToolOrigin.CACHE, ToolOrigin.PATH] * len(asked)
            return {
                name: ResolvedTool(name=name, version="1", path=Path("/x"), source=source)
                for name, source in zip(names, sources, strict=False)
            }

    out = io.StringIO()
    tools(Fetched(), Console(file=out))
    assert set(ToolName) - set(asked) == {ToolName.KIND, ToolName.HELM}
    assert out.getvalue() == f"{len(ToolName) - 2} programs ready (cache, path)\n"


def test_what_kind_needs_is_prepared_for_the_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the choice itself, on the base that is asked for; said when it is done."""
    prepared: list[tuple[str, str, bool]] = []

    def prepare(choice: KindChoice, subject: Subject, _progress: Progress) -> None:
        prepared.append((choice.base, subject.name, choice.chart is None))

    monkeypatch.setattr(KindChoice, "prepare", prepare)
    out = io.StringIO()
    for chart in (None, ChartOptions()):
        tools_of_kind(DEFAULT_SUBJECT, base_image="base:1", chart=chart, console=Console(file=out, width=200))
    assert prepared == [("base:1", "kubemirror", True), ("base:1", "kubemirror", False)]
    assert out.getvalue() == "kind: programs, monitoring and images ready\n" * 2


def test_what_cannot_be_prepared_is_not_called_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a subject that is none prepared."""

    def fail(_choice: KindChoice, _subject: Subject, _progress: Progress) -> None:
        raise MisuseError("planted", why="-", fix="-")

    monkeypatch.setattr(KindChoice, "prepare", fail)
    out = io.StringIO()
    with pytest.raises(MisuseError, match="planted"):
        tools_of_kind(DEFAULT_SUBJECT, base_image="base:1", chart=None, console=Console(file=out))
    with pytest.raises(MisuseError, match=r"none\.yaml"):
        tools_of_kind(tmp_path / "none.yaml", base_image="base:1", chart=None, console=Console(file=out))
    assert out.getvalue() == ""
