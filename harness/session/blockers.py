"""What stands in the way of a session's scenarios, found on one stack and true of every other: tried once, told once.

Workers of one session tell each other, through a file: none brings up a stack for what another has found impossible.
"""

import base64
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.errors import CouldNotTellError, HarnessError, RetryableError
from harness.core.judge.preflight import Link, LinkState, Needs, in_the_way, not_up

#: of bring-ups in a row that fail for something that might go by; then it does not
_TRIES = 2
#: what nothing does without that acts: where this is missing a stack serves no other scenario either
_ACTING = Needs(links=frozenset({Link.TARGET, Link.RULES}))


class BlockedError(CouldNotTellError):
    """A stack is no longer wanted: meanwhile another one showed what stands in the way. Nothing of it is left."""

    def __init__(self, state: LinkState) -> None:
        """Args: what stands in the way."""
        super().__init__(
            "the stack was not brought up",
            why=f"{state.link} is {state.judgement.verdict}, as another stack of this session showed meanwhile",
            fix="see what is said of that",
        )
        self.state = state


@dataclass(slots=True)
class Blockers:
    """Grows while stacks come up."""

    #: found here
    states: list[LinkState] = field(default_factory=list)
    #: a directory that all processes of the session share; None where there is one process
    shared: Path | None = None
    _failed: int = 0

    def found(self, states: Iterable[LinkState]) -> None:
        """Notes how the links of a stack stand that has come up."""
        self._failed = 0
        for state in states:
            if state.lasting:
                self._note(state)

    def failed(self, error: HarnessError) -> LinkState | None:
        """Notes a bring-up that failed; what is in the way from now on, if no other shall be tried.

        Args:
            error: a `RetryableError` may go by, and is met twice in a row before it counts.
        """
        self._failed += 1
        if isinstance(error, RetryableError) and self._failed < _TRIES:
            return None
        state = not_up(error.what, error.why, error.fix)
        self._note(state)
        return state

    def in_the_way(self, needs: Needs, here: Iterable[LinkState] = ()) -> LinkState | None:
        """What keeps something with these needs from being tested; None if nothing does.

        Args:
            needs: of it.
            here: how the links of the stack stand that it would run on.
        """
        return in_the_way([*self.states, *self.others(), *here], needs)

    def go_on(self, needs: Needs) -> None:
        """Asked while a stack comes up for something with these needs.

        What keeps this one thing from being tested is no reason to stop, as long as the stack serves others.

        Raises:
            BlockedError: it would serve nothing.
        """
        others = self.others()
        state = in_the_way(others, needs)
        if state is not None and in_the_way(others, _ACTING) is not None:
            raise BlockedError(state)

    def others(self) -> list[LinkState]:
        """What the other processes of the session have found."""
        file = None if self.shared is None else self.shared / "standing"
        if file is None or not file.exists():
            return []
        return [pickle.loads(base64.b64decode(line)) for line in file.read_bytes().split(b"\n")[:-1]]  # noqa: S301 - ours

    def _note(self, state: LinkState) -> None:
        self.states.append(state)
        if self.shared is not None:
            text = base64.b64encode(pickle.dumps(state))
            with (self.shared / "standing").open("ab") as file:  # a line each, written at once
                file.write(text + b"\n")
