"""The programs that a stack is made of, each at one pinned version, from wherever they can be had.

`Toolchain.ensure` is the way in. In this order: set by hand, on PATH with the pinned version, in the cache, from the
official release, built from pinned Go modules.
"""

from harness.toolchain.locate import Absent, ResolvedTool, ToolOrigin
from harness.toolchain.pins import ON_DEMAND, PINS, ToolName
from harness.toolchain.progress import Progress, Step, Unit, progress_to
from harness.toolchain.resolve import Ensure, Toolchain, ToolUnavailableError, ensure
from harness.toolchain.settings import Settings

__all__ = [
    "ON_DEMAND",
    "PINS",
    "Absent",
    "Ensure",
    "Progress",
    "ResolvedTool",
    "Settings",
    "Step",
    "ToolName",
    "ToolOrigin",
    "ToolUnavailableError",
    "Toolchain",
    "Unit",
    "ensure",
    "progress_to",
]
