"""`harness up`: a stack that stays, and how to look at it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from harness.clients.prometheus import PrometheusReader
from harness.core.contract.subject import Subject
from harness.core.rules.speed import Speed
from harness.report.plain_text import cell
from harness.session.hold import addresses
from harness.stacks.base import Stack
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.kinds import SWEEP
from harness.stacks.sweep import Sweep
from harness.subject_reader import read_subject
from harness.toolchain import Progress, progress_to

#: makes a stack that is not up yet
Build = Callable[[Subject, Speed, Progress, Sweep], Stack]

_NO_PAGES = "This Prometheus was built from source: it has its API and no pages."


def up(*, speed: Speed, subject_file: Path, console: Console, build: Build = EmbeddedStack) -> None:
    """Brings a stack up, marks it as kept and prints its addresses.

    Args:
        speed: of the stack.
        subject_file: what is under test.
        console: where to print.
        build: makes the stack, not up yet.

    Raises:
        MisuseError: the subject or the speed cannot be used; nothing was started.
        CouldNotTellError: it does not come up; nothing of it is left.
    """
    subject, _ = read_subject(subject_file)
    stack = build(subject, speed, progress_to(sys.stderr, os.environ), SWEEP)
    facts = stack.up()
    stack.keep()
    for line in addresses(facts):
        console.print(cell(line), soft_wrap=True, highlight=False)
    tell_of_pages(facts.access.prometheus_url, console)
    console.print("It stays until `harness down`.", highlight=False)


def tell_of_pages(prometheus_url: str, console: Console) -> None:
    """Says so if this Prometheus has none."""
    with PrometheusReader(prometheus_url) as reader:
        if not reader.has_pages():
            console.print(_NO_PAGES, highlight=False)
