"""The one command that runs a scenario again."""

import shlex
from dataclasses import dataclass

#: where scenarios run that are not told where
_DEFAULT_STACK = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a session was asked to run, as far as it matters to whoever runs it again."""

    #: as asked for; a scenario may have run at a lower one
    speed: float
    stack: str = _DEFAULT_STACK
    #: file of the subject; empty for the default one
    subject: str = ""

    def again(self, nodeid: str, *, alert: str = "", speed: float | None = None) -> str:
        """A command for a shell.

        By its node id a scenario is only found at the speed that the session was asked for: the id says so where it
        ran at another.

        Args:
            nodeid: pytest's, of the scenario, or a directory.
            alert: the alert it is about; empty for what no alert is about, which only pytest can run.
            speed: at which it ran; None for the speed asked for.
        """
        here = self.stack == _DEFAULT_STACK
        words = ["harness", "reproduce", alert] if alert and here else ["pytest", nodeid]
        ran = self.speed if speed is None or not (alert and here) else speed
        words += ["--speed", f"{ran:g}"]
        words += ["--subject", self.subject] if self.subject else []
        words += [] if here else ["--stack", self.stack]
        return shlex.join(words)
