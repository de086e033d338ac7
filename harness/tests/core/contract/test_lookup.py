"""An alert by the name that somebody gave."""

from dataclasses import replace

import pytest

from harness.core.contract.lookup import promised
from harness.core.errors import MisuseError
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario.fakes import contract

_OTHER = replace(PROMISE, name="MemoryHigh")


def test_the_promise_of_that_name() -> None:
    """And no other."""
    assert promised(contract(PROMISE, _OTHER), "MemoryHigh") is _OTHER


@pytest.mark.parametrize(
    ("name", "fix"),
    [("MemoryHig", "did you mean MemoryHigh?"), ("Sky", "use one of: QueueDeep, MemoryHigh")],
    ids=["near miss", "nothing like it"],
)
def test_a_name_that_is_not_there_is_misuse(name: str, fix: str) -> None:
    """With all names, and the closest of them."""
    with pytest.raises(MisuseError, match=f"no alert {name} is promised") as caught:
        promised(contract(PROMISE, _OTHER), name)
    assert (caught.value.why, caught.value.fix) == ("contract.yaml has QueueDeep, MemoryHigh", fix)


def test_an_alert_that_several_promises_are_about_names_them() -> None:
    """Whoever asks for it has to say which."""
    both = [replace(PROMISE, name=name, of_alert="Burn") for name in ("Burn fast", "Burn slow")]
    with pytest.raises(MisuseError) as caught:
        promised(contract(*both), "Burn")
    assert caught.value.fix == "name a promise about it: 'Burn fast' or 'Burn slow'"
