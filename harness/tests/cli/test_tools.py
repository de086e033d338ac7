"""`harness tools` brings every program of the embedded stack and says from where."""

import io
from collections.abc import Collection
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.tools import tools
from harness.toolchain import Progress, ResolvedTool, Source, ToolName


def test_every_program_is_brought_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """All but those that only a stack with containers wants, and the sources they came from, each once."""
    asked: list[ToolName] = []

    def ensure(names: Collection[ToolName], _progress: Progress) -> dict[ToolName, ResolvedTool]:
        asked.extend(names)
        sources = [Source.CACHE, Source.PATH] * len(asked)
        return {
            name: ResolvedTool(name=name, version="1", path=Path("/x"), source=source)
            for name, source in zip(names, sources, strict=False)
        }

    monkeypatch.setattr("harness.cli.tools.ensure", ensure)
    out = io.StringIO()
    tools(Console(file=out))
    assert set(ToolName) - set(asked) == {ToolName.KIND, ToolName.HELM}
    assert out.getvalue() == f"{len(ToolName) - 2} programs ready (cache, path)\n"
