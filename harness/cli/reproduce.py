"""`harness reproduce`: the scenarios that make one alert page, told line by line, then the stack to look at.

They are pytest's scenarios, run by pytest in this process: there is no second engine. Works from any directory, because
scenarios, options and default subject are those of the checkout that this package is in.
"""

from pathlib import Path

import pytest

from harness.agents.webhook.plan import LONGEST_DELAY_S
from harness.core.contract.lookup import promised
from harness.core.contract.model import Quantity
from harness.core.contract.strength import strength_of
from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed
from harness.stacks.embedded.plan import check_subject
from harness.subject_reader import read_subject

#: 128 + SIGINT, as a shell reports it; pytest's own 2 means misuse here
INTERRUPTED = 130
_CHECKOUT = Path(__file__).resolve().parents[2]


class _Interrupts:
    """Tells Ctrl-C from everything else that ends pytest early."""

    def __init__(self) -> None:
        self.seen = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Called for `pytest.exit` as well."""
        self.seen |= isinstance(excinfo.value, KeyboardInterrupt)


def reproduce(
    *,
    alert: str,
    speed: Speed,
    subject_file: Path,
    hold_at: str = "firing",
    strength: str | None = None,
    checkout: Path = _CHECKOUT,
) -> int:
    """Runs them, holds the stack until Ctrl-C, and gives the exit code: the verdict's, or 130 for Ctrl-C before that.

    Args:
        alert: its name in the subject's contract.
        speed: what every documented duration is divided by.
        subject_file: what is under test.
        hold_at: where to hold: `pending`, `firing` or `resolved`.
        strength: how strong the fault is, a value of the alert's quantity; None for the scenario's own.
        checkout: where `scenarios/` is.

    Raises:
        MisuseError: the subject cannot be used, it promises no such alert, no scenario makes it page, or not at such a
            strength; nothing was started.
    """
    subject, contract = read_subject(subject_file)
    promise = promised(contract, alert)
    check_subject(subject, speed)
    if promise.threshold.quantity is Quantity.OTHER:
        raise _no_scenario(alert, promise.threshold.untestable)
    if strength is not None:
        strength_of(promise, strength, longest_s=LONGEST_DELAY_S)
    scenarios = checkout / "scenarios"
    if not scenarios.is_dir():
        raise _no_scenario(alert, f"there is no {scenarios}: this harness was installed without its scenarios")
    interrupts = _Interrupts()
    words = _arguments(alert, speed, subject_file.resolve(), checkout, hold_at)
    words += [] if strength is None else [f"--strength={strength}"]
    code = pytest.main(words, plugins=[interrupts])
    if interrupts.seen:
        return INTERRUPTED
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise _no_scenario(alert, f"none of {scenarios} is about {promise.threshold.quantity}")
    return int(code)


def _arguments(alert: str, speed: Speed, subject_file: Path, checkout: Path, hold_at: str) -> list[str]:
    return [
        str(checkout / "scenarios"),
        f"--rootdir={checkout}",
        f"--config-file={checkout / 'pyproject.toml'}",
        f"--alert={alert}",
        f"--speed={speed}",
        f"--subject={subject_file}",
        # beside the results of the last whole run, not in their place
        f"--results={checkout / 'harness-report' / 'reproduce.json'}",
        "--narrate",
        f"--hold-at={hold_at}",
        "--no-header",
        "--tb=no",  # what is not verified is explained as soon as it is known, not after the holding
        "-p",
        "no:cacheprovider",
    ]


def _no_scenario(alert: str, why: str) -> MisuseError:
    return MisuseError(f"nothing here makes {alert} page", why=why, fix="write a scenario for it, or ask for another")
