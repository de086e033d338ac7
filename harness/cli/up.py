"""`harness up`: a stack that stays, and how to look at it."""

import os
import sys
from pathlib import Path

import requests
from rich.console import Console

from harness.core.rules.speed import Speed
from harness.report.plain_text import cell
from harness.session.hold import addresses
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.kinds import SWEEP
from harness.subject_reader import read_subject
from harness.toolchain import progress_to

NO_PAGES = "This Prometheus was built from source: it has its API and no pages."
#: a page on loopback is there at once
_TIMEOUT_S = 5.0


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
    if not has_pages(facts.access.prometheus_url):
        console.print(NO_PAGES, highlight=False)
    console.print("It stays until `harness down`.", highlight=False)


def has_pages(prometheus_url: str) -> bool:
    """Whether Prometheus has its pages; the Go module does not carry them, a release does."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy for the outer world does not know this address
        try:
            return session.get(f"{prometheus_url}/query", timeout=_TIMEOUT_S).ok
        except requests.RequestException:
            return False
