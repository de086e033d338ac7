"""Whether two timelines of a rule are the same within one evaluation."""

from harness.core.replay.differences import differences
from harness.core.timeline import AlertState, Moment, Timeline

_STATES = {"i": AlertState.INACTIVE, "p": AlertState.PENDING, "f": AlertState.FIRING}


def _line(states: str, **labels: str) -> Timeline:
    """One letter for each evaluation; a space is none."""
    moments = tuple(
        Moment(at_s=float(at_s), state=_STATES[letter]) for at_s, letter in enumerate(states) if letter != " "
    )
    return Timeline(labels=labels, start_s=0, end_s=len(states), moments=moments, gaps=())


def _places(live: str, replayed: str, tolerance: int = 1) -> list[float]:
    found = differences([_line(live, pod="a")], [_line(replayed, pod="a")], tolerance=tolerance)
    return [one.at_s for one in found]


def test_one_evaluation_earlier_or_later_is_no_difference() -> None:
    """As a scrape that came in late makes it; unless that is asked for."""
    assert _places("iippffii", "ipppffii") == []
    assert _places("iippffii", "ipppffii", tolerance=0) == [1]


def test_two_evaluations_are_one() -> None:
    """At each of them that no neighbour explains."""
    assert _places("iiiippff", "ippppppf") == [1, 2, 3]


def test_a_state_that_only_one_of_them_knows_is_a_difference_however_short() -> None:
    """In either."""
    assert _places("iiiii", "iifii") == [2]
    assert _places("iifii", "iiiii") == [2]


def test_where_one_of_them_was_not_evaluated_nothing_is_said() -> None:
    """It is unknown there."""
    assert _places("ii  ii", "iiffii") == []


def test_a_label_set_that_one_does_not_have_was_inactive_there() -> None:
    """At the evaluations that others of the rule tell of."""
    live = [_line("iii", alertname="A")]
    (one,) = differences(live, [_line("ifi", alertname="A", pod="a")])
    assert (dict(one.labels), one.live, one.replayed) == (
        {"alertname": "A", "pod": "a"},
        AlertState.INACTIVE,
        AlertState.FIRING,
    )


def test_an_evaluation_of_which_nobody_knows_what_it_saw_is_not_compared() -> None:
    """Its neighbours are."""
    live, replayed = [_line("iifii", pod="a")], [_line("iiiii", pod="a")]
    assert differences(live, replayed, doubtful={2.0}) == ()
    assert [one.at_s for one in differences(live, replayed, doubtful={1.0})] == [2.0]
