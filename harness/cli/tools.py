"""`harness tools`: brings every program a stack needs, before anything waits for it."""

import os
import sys

from rich.console import Console

from harness.toolchain import ToolName, ensure, progress_to


def tools(console: Console) -> None:
    """Makes all programs available and says where they came from.

    Raises:
        MisuseError: a setting names a program that cannot be used.
        ToolUnavailableError: one of them cannot be had.
    """
    found = ensure(list(ToolName), progress_to(sys.stderr, os.environ))
    sources = sorted({tool.source.value for tool in found.values()})
    console.print(f"{len(found)} programs ready ({', '.join(sources)})", highlight=False)
