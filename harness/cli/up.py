"""`harness up`: a stack that stays, and how to look at it."""

import os
import sys
from pathlib import Path

from rich.console import Console

from harness.clients.prometheus import PrometheusReader
from harness.core.rules.speed import Speed
from harness.report.plain_text import cell
from harness.session.hold import addresses
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.kinds import SWEEP
from harness.subject_reader import read_subject
from harness.toolchain import progress_to

_NO_PAGES = "This Prometheus was built from source: it has its API and no pages."


def up(*, speed: Speed, subject_file: Path, console: Console) -> None:
    """Brings a stack up, marks it as kept and prints its addresses.

    Raises:
        MisuseError: the subject or the speed cannot be used; nothing was started.
        CouldNotTellError: it does not come up; nothing of it is left.
    """
    subject, _ = read_subject(subject_file)
    stack = EmbeddedStack(subject, speed, progress_to(sys.stderr, os.environ), SWEEP)
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
