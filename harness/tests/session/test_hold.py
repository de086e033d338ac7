"""Holding ends with Ctrl-C and with nothing else, and gives the signal back."""

import io
import os
import signal
import threading
from pathlib import Path

from rich.console import Console

from harness.core.rules.speed import Speed
from harness.session.hold import addresses, hold, until_interrupted
from harness.tests.scenario import fakes


def test_the_addresses_are_what_a_person_types() -> None:
    """And no token among them."""
    facts = fakes.facts(Speed(60), Path("/runs/x"))
    assert addresses(facts) == (
        f"run           {facts.run_id}, at speed 60",
        "Prometheus    http://127.0.0.1:9",
        "Alertmanager  http://127.0.0.1:9",
        "logs          /runs/x/logs",
        "export KUBECONFIG=/runs/x/kubeconfig.yaml",
    )


def test_a_hostile_place_is_shown_as_it_is() -> None:
    """No markup, no escape sequence; and the line to be copied names one file to a shell."""
    out = io.StringIO()
    hold(fakes.facts(Speed(60), Path("/[red]a b\x1b[2J; rm x")), Console(file=out, width=40), over=_Waiting())
    assert r"logs          /[red]a b\x1b[2J; rm x/logs" in out.getvalue()
    assert r"export KUBECONFIG='/[red]a b\x1b[2J; rm x/kubeconfig.yaml'" in out.getvalue()


class _Waiting(threading.Event):
    """An event whose wait is interrupted as a person would do it, once, when it has begun."""

    def wait(self, timeout: float | None = None) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return super().wait(timeout)


def test_ctrl_c_ends_it() -> None:
    """No KeyboardInterrupt comes out, and the next Ctrl-C means what it meant before."""
    out, former = io.StringIO(), signal.getsignal(signal.SIGINT)
    hold(fakes.facts(Speed(60)), Console(file=out, width=40), over=_Waiting())
    assert "export KUBECONFIG=run/kubeconfig.yaml\n" in out.getvalue()
    assert out.getvalue().endswith("Held. Ctrl-C ends it.\n")
    assert signal.getsignal(signal.SIGINT) is former


def test_long_addresses_are_not_wrapped() -> None:
    """A line that is copied must be whole."""
    out, long = io.StringIO(), Path("/" + "x" * 200)
    hold(fakes.facts(Speed(60), long), Console(file=out, width=40), over=_Waiting())
    assert f"export KUBECONFIG={long}/kubeconfig.yaml\n" in out.getvalue()


def test_what_has_ended_is_waited_for_no_longer() -> None:
    """And it is said why; the signal is given back here as well."""
    former = signal.getsignal(signal.SIGINT)
    said = iter([None, None, "prometheus ended by signal 9"])
    assert until_interrupted(lambda: next(said), look_s=0.0) == "prometheus ended by signal 9"
    assert signal.getsignal(signal.SIGINT) is former


def test_an_interrupt_comes_before_what_ended() -> None:
    """Whoever has seen enough is told nothing more."""
    assert until_interrupted(lambda: "planted", over=_Waiting()) is None
