"""`harness tools`: brings every program and image that a stack needs, before anything waits for it."""

import os
import sys
from pathlib import Path

from rich.console import Console

from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.kind.choice import KindChoice
from harness.subject_reader import read_subject
from harness.toolchain import ON_DEMAND, Toolchain, ToolName, progress_to


def tools(toolchain: Toolchain, console: Console) -> None:
    """Has the toolchain bring the embedded stack's programs, and says where they came from.

    Raises:
        MisuseError: a setting names a program that cannot be used.
        ToolUnavailableError: one of them cannot be had.
    """
    found = toolchain.ensure([name for name in ToolName if name not in ON_DEMAND], progress_to(sys.stderr, os.environ))
    sources = sorted({tool.source.value for tool in found.values()})
    console.print(f"{len(found)} programs ready ({', '.join(sources)})", highlight=False)


def tools_of_kind(subject_file: Path, *, base_image: str, chart: ChartOptions | None, console: Console) -> None:
    """Makes available what a kind stack fetches or builds: programs, wheels, chart or operator's kinds, images.

    Args:
        subject_file: whose images to build.
        base_image: what they are built on.
        chart: that Helm would install; None for `--monitoring operator`.
        console: where it is said when it is done.

    Raises:
        MisuseError: the subject cannot be used.
        CouldNotTellError: no Docker engine answers, or something cannot be had.
    """
    subject, _ = read_subject(subject_file)
    KindChoice(base=base_image, chart=chart).prepare(subject, progress_to(sys.stderr, os.environ))
    console.print("kind: programs, monitoring and images ready", highlight=False)
