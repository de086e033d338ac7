"""The one command that runs a scenario again."""

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePath

from harness.stacks.options import DEFAULT_KIND


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a session was asked to run, as far as it matters to whoever runs it again."""

    #: as asked for; a scenario may have run at a lower one
    speed: float
    stack: str = DEFAULT_KIND
    #: file of the subject; empty for the default one
    subject: str = ""
    #: the words that say which stack of its kind, see `harness.stacks.options.given`
    given: tuple[str, ...] = ()
    #: the alert that was asked for, and the strength that was chosen for its fault; empty for the scenarios' own
    strength: tuple[str, str] = ("", "")
    #: the words that call the two programs where it ran, see `called`
    harness: tuple[str, ...] = ("harness",)
    pytest: tuple[str, ...] = ("pytest",)
    #: the way from where it was called to the directory that node ids begin at; empty if that is the same
    root: str = ""
    #: what it was asked for: paths and node ids; none for all that there is by itself
    asked: tuple[str, ...] = ()
    #: whether its scenarios are those that `harness reproduce` knows
    shipped: bool = True

    def again(self, nodeid: str = "", *, alert: str = "", speed: float | None = None) -> str:
        """A command for a shell.

        By its node id a scenario is only found at the speed that the session was asked for: the id says so where it
        ran at another.

        Args:
            nodeid: pytest's, of the scenario; empty for the whole run.
            alert: the alert it is about; empty for what no alert is about, which only pytest can run.
            speed: at which it ran; None for the speed asked for.
        """
        here = self.stack == DEFAULT_KIND
        # `harness reproduce` takes a stack as it comes
        about, strength = self.strength
        by_name = alert and here and self.shipped and not self.given
        # it is that of one alert, whose scenarios are about others as well
        alert = about or alert
        paths = [str(PurePath(self.root) / nodeid)] if nodeid else self.asked
        words = [*self.harness, "reproduce", alert] if by_name else [*self.pytest, *paths]
        ran = self.speed if speed is None or not by_name else speed
        words += ["--speed", f"{ran:g}"]
        words += ["--alert", about] if about and not by_name else []
        words += ["--strength", strength] if about else []
        words += ["--subject", self.subject] if self.subject else []
        words += [] if here else ["--stack", self.stack]
        return shlex.join([*words, *self.given])


def called(program: str, *, python: Path, here: Path, path: str) -> tuple[str, ...]:
    """The words that call one of this environment's programs from where somebody stands.

    By its name alone where a shell finds this very one; else by its place, relative where that is below `here`.

    Args:
        program: `harness` or `pytest`.
        python: the interpreter of the environment, which its programs lie beside.
        here: where somebody stands.
        path: `$PATH`.
    """
    found, wanted = shutil.which(program, path=path), python.parent / program
    if found is not None and Path(found).absolute() == wanted.absolute():
        return (program,)
    place = wanted.relative_to(here) if wanted.is_relative_to(here) else wanted
    return (str(place),)
