"""`harness reproduce`: the scenarios that make one alert page, told line by line, then the stack to look at.

They are `harness prove`'s, with a few of its options: there is no second engine.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from harness.agents.webhook.plan import LONGEST_DELAY_S
from harness.cli.prove import prove
from harness.core.contract.lookup import promised
from harness.core.contract.quantity import Quantity
from harness.core.contract.strength import strength_of
from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed
from harness.home import HOME, INSTALLED
from harness.stacks.embedded.plan import check_subject
from harness.subject_reader import read_subject


def reproduce(
    *,
    alert: str,
    speed: Speed,
    subject_file: Path,
    hold_at: str = "firing",
    strength: str | None = None,
    run: Callable[[Sequence[str]], object] = prove,
) -> None:
    """Runs them and holds the stack until Ctrl-C; ends with the verdict's exit code, or 130 for Ctrl-C before that.

    Args:
        alert: its name in the subject's contract.
        speed: what every documented duration is divided by.
        subject_file: what is under test.
        hold_at: where to hold: `pending`, `firing` or `resolved`.
        strength: how strong the fault is, a value of the alert's quantity; None for the scenario's own.
        run: takes the words of `harness prove`.

    Raises:
        MisuseError: the subject cannot be used, it promises no such alert, nothing can make it page, or not at such a
            strength; nothing was started.
    """
    subject, contract = read_subject(subject_file)
    promise = promised(contract, alert)
    check_subject(subject, speed)
    if promise.threshold.quantity is Quantity.OTHER:
        raise MisuseError(
            f"nothing here makes {alert} page",
            why=promise.threshold.untestable,
            fix="write a scenario for it, or ask for another",
        )
    if strength is not None:
        strength_of(promise, strength, longest_s=LONGEST_DELAY_S)
    # beside the results of the last whole run, not in their place
    results = (Path.cwd() if INSTALLED else HOME) / "harness-report" / "reproduce.json"
    words = [f"--alert={alert}", f"--speed={speed}", f"--subject={subject_file.resolve()}", f"--results={results}"]
    words += ["--narrate", f"--hold-at={hold_at}"]
    words += [] if strength is None else [f"--strength={strength}"]
    # what is not verified is explained as soon as it is known, not after the holding
    run([*words, "--no-header", "--tb=no", "-p", "no:cacheprovider"])
