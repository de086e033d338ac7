"""The one command that runs a scenario again."""

import shlex


def reproduce_command(nodeid: str, *, speed: float, alert: str = "", subject: str = "") -> str:
    """A command for a shell.

    Args:
        nodeid: pytest's, of the scenario.
        speed: at which it ran.
        alert: the alert it is about; empty for what no alert is about, which only pytest can run.
        subject: file of the subject; empty for the default one.
    """
    words = ["harness", "reproduce", alert] if alert else ["pytest", nodeid]
    words += ["--speed", f"{speed:g}"]
    words += ["--subject", subject] if subject else []
    return shlex.join(words)
