"""What was found on one stack is true of every other: tried once, also where several processes share a session."""

from pathlib import Path

from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.judge.preflight import Link, Needs
from harness.core.verdict import Verdict
from harness.session.blockers import Blockers
from harness.tests.core.judge.preflight.test_link import state

_ALL = Needs(links=frozenset(Link), rules=None)


def test_a_failure_that_will_not_go_by_is_met_once() -> None:
    """No image is no image the next time."""
    standing = Blockers()
    found = standing.failed(CouldNotTellError("no image", why="w", fix="f"))
    assert found is not None
    assert standing.in_the_way(Needs()) == found


def test_a_failure_that_may_go_by_is_met_twice_in_a_row() -> None:
    """A start in between begins anew."""
    standing, refused = Blockers(), RetryableError("refused", why="w", fix="f")
    assert standing.failed(refused) is None
    standing.found(())
    assert standing.failed(refused) is None
    assert standing.failed(refused) is not None


def test_what_lasts_is_known_on_every_stack_and_the_rest_on_its_own() -> None:
    """An unknown of one stack may hold on another."""
    standing = Blockers()
    unsure = state(Link.TARGET, Verdict.UNKNOWN)
    standing.found([unsure, state(Link.ROUTE)])
    way = standing.in_the_way(_ALL)
    assert way is not None
    assert way.link is Link.ROUTE
    assert standing.in_the_way(_ALL, [unsure]) is unsure


def test_processes_of_one_session_tell_each_other(tmp_path: Path) -> None:
    """Through a directory that they share; half a line is none yet."""
    one, other = Blockers(shared=tmp_path), Blockers(shared=tmp_path)
    assert other.in_the_way(_ALL) is None
    one.found([state(Link.RULES)])
    with (tmp_path / "standing").open("ab") as file:
        file.write(b"half a li")
    way = other.in_the_way(_ALL)
    assert way is not None
    assert way.link is Link.RULES
