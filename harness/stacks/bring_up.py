"""A bring-up that fails or is interrupted: what there is of the stack goes, and the reason stays the reason."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from harness.core.errors import CouldNotTellError, HarnessError
from harness.stacks.free_space import refused
from harness.stacks.run import state_root


@contextmanager
def taken_away_unless_up(
    down: Callable[[], None], say: Callable[[str], None], logs: Callable[[], Mapping[str, str]]
) -> Iterator[None]:
    """Around the bring-up of a stack.

    What cannot be taken away is told beside: the run's directory stays with it, so `harness down` and later starts go
    on, while Ctrl-C stays Ctrl-C and a misuse a misuse.

    Args:
        down: takes away what there is.
        say: is told what is left.
        logs: gives what was said until then, which goes with the error.

    Raises:
        CouldNotTellError: in place of an OSError, which says nothing to a person.
    """
    try:
        yield
    except BaseException as error:
        reason = refused(state_root(), error) if isinstance(error, OSError) else error
        if isinstance(reason, HarnessError):
            reason.logs |= logs()
        try:
            down()
        except CouldNotTellError as left:
            say(f"left of this run: {left.what} ({left.why}); {left.fix}")
        if reason is not error:
            raise reason from error
        raise
