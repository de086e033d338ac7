"""What fires by the documentation, and where nobody can say."""

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Quantity, Unit
from harness.core.exported.expectation import Documented, Fires, documented, expected
from harness.core.measured.scene import Phase, Scene
from harness.core.measured.state import State
from harness.tests.core.measured.made_up import CATALOG, promise

_SLACK_S = 60.0
_FULL = State(queued={"secret": 11.0})


def _queue(*, hold: str = "2m", keep: str = "0s") -> AlertPromise:
    return promise(Quantity.QUEUE_DEPTH, value=10, unit=Unit.ITEMS, hold=hold, keep=keep, instance_labels=("name",))


def _told(one: AlertPromise, *phases: Phase) -> str:
    """`.` for silence, `F` for the one alert, `?` for what nobody can say: every 30 seconds."""
    labelled = documented(one, CATALOG)
    assert isinstance(labelled, Documented)
    scene = Scene(name="made up", phases=phases)
    instants = [30.0 * index for index in range(round(scene.lasts_s / 30))]
    alert = frozenset({(("name", "secret"), ("severity", "warning"))})
    signs: dict[Fires | None, str] = {None: "?", frozenset(): ".", alert: "F"}
    return "".join(signs[fires] for fires in expected(labelled, scene, CATALOG, instants=instants, slack_s=_SLACK_S))


def test_it_fires_after_its_hold_until_its_end() -> None:
    """And around either nobody can say: it may be seen a scrape and an evaluation later."""
    told = _told(
        _queue(),
        Phase(lasts_s=300.0, state=State()),
        Phase(lasts_s=600.0, state=_FULL),
        Phase(lasts_s=300.0, state=State()),
    )
    fires, ends = (300 + 120) // 30, 900 // 30
    assert told[:2] == "??"
    assert set(told[2 : fires - 4]) == {"."}
    assert set(told[fires - 4 : fires + 4]) >= {"?"}
    assert set(told[fires + 4 : ends - 2]) == {"F"}
    assert told[ends - 2 : ends + 2] == "????"
    assert set(told[ends + 2 :]) == {"."}


def test_what_ends_before_its_hold_never_fires() -> None:
    """Where it ends just before, nobody can say."""
    phases = Phase(lasts_s=300.0, state=State()), Phase(lasts_s=60.0, state=_FULL), Phase(lasts_s=300.0, state=State())
    assert set(_told(_queue(hold="5m"), *phases)[2:]) == {"."}
    assert "?" in _told(_queue(hold="1m"), *phases)[2:]


def test_it_goes_on_as_long_as_it_is_kept() -> None:
    """`keep_firing_for`."""
    phases = Phase(lasts_s=600.0, state=_FULL), Phase(lasts_s=900.0, state=State())
    told = _told(_queue(keep="5m"), *phases)
    assert set(told[8:28]) == {"F"}
    assert set(told[34:]) == {"."}


def test_a_label_that_is_not_counted_by_is_as_the_series_have_it() -> None:
    """And where they differ nobody can say what it must be."""
    one = promise(Quantity.QUEUE_DEPTH, value=10, unit=Unit.ITEMS, instance_labels=("name", "pod"))
    labelled = documented(one, CATALOG)
    assert isinstance(labelled, Documented)
    assert labelled.constant == {"pod": "controller-a"}
    other = promise(Quantity.FAILED_RECONCILES_OVERALL, value=0.1, unit=Unit.RATIO, instance_labels=("result",))
    why = documented(other, CATALOG)
    assert isinstance(why, str)
    assert "error, success" in why
