"""Holding a stack: its addresses are printed, and it stays until somebody has seen enough."""

import shlex
import signal
import threading
from collections.abc import Callable

from rich.console import Console

from harness.report.plain_text import cell
from harness.stacks.base import StackFacts

_LOOK_S = 1.0


def addresses(facts: StackFacts) -> tuple[str, ...]:
    """Lines that tell how to look at a stack."""
    access = facts.access
    return (
        f"run           {facts.run_id}, at speed {facts.speed}",
        f"Prometheus    {access.prometheus_url}",
        f"Alertmanager  {access.alertmanager_url}",
        *([f"Grafana       {access.grafana_url}"] if access.grafana_url else []),
        f"logs          {facts.directory / 'logs'}",
        f"export KUBECONFIG={shlex.quote(str(access.kubeconfig))}",
    )


def hold(facts: StackFacts, console: Console, *, over: threading.Event | None = None) -> None:
    """Prints the addresses and waits for Ctrl-C, which sets an event."""
    for line in addresses(facts):
        console.print(cell(line), soft_wrap=True)
    console.print("Held. Ctrl-C ends it.")
    until_interrupted(lambda: None, over=over)


def until_interrupted(
    ended: Callable[[], str | None], *, over: threading.Event | None = None, look_s: float = _LOOK_S
) -> str | None:
    """Waits for Ctrl-C, which raises nothing here; or until there is nothing to wait for, and says why.

    Args:
        ended: asked again and again: why it is over, None while it is not.
        over: set by Ctrl-C; one of its own if none is given.
        look_s: seconds between two questions.
    """
    over = over or threading.Event()
    former = signal.signal(signal.SIGINT, lambda *_: over.set())
    try:
        while not over.wait(look_s):
            why = ended()
            if why is not None:
                return why
        return None
    finally:
        signal.signal(signal.SIGINT, former)
