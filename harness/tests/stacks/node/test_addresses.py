"""Addresses of pods."""

import pytest

from harness.stacks.embedded.node.addresses import (
    ADDRESS_ANNOTATION,
    FIRST,
    LAST,
    AddressPool,
    NoAddressLeftError,
    asked_byte,
)


def test_a_freed_address_is_not_met_again_soon() -> None:
    """A scrape that comes late must not reach another pod under the old address."""
    pool = AddressPool()
    first = pool.take("a")
    pool.release("a")
    assert (first, pool.take("b")) == (FIRST, FIRST + 1)


def test_a_pod_keeps_its_address() -> None:
    """Asked again, also after a restart of the node with the address that the API holds."""
    pool = AddressPool()
    assert pool.take("a", wanted=42) == 42
    assert pool.take("a") == 42
    assert pool.take("b", wanted=42) == 43


def test_addresses_end() -> None:
    """All are handed out before the pool is refused; the range goes round."""
    pool = AddressPool()
    assert {pool.take(str(number)) for number in range(FIRST, LAST + 1)} == set(range(FIRST, LAST + 1))
    with pytest.raises(NoAddressLeftError):
        pool.take("one more")
    pool.release("3" + "0")
    assert pool.take("one more") == 30


def test_an_address_that_is_asked_for_is_never_given_to_another_pod() -> None:
    """Whichever pod comes first, those that ask for none stay out of the askable range."""
    pool = AddressPool()
    assert pool.take("webhook", wanted=2) == 2
    assert pool.take("controller") == FIRST
    assert pool.take("receiver", wanted=3) == 3


@pytest.mark.parametrize(
    ("text", "byte"), [("2", 2), ("254", 254), ("1", None), ("255", None), ("", None), ("x", None), ("-3", None)]
)
def test_a_pod_asks_by_annotation(text: str, byte: int | None) -> None:
    """Nonsense asks for nothing; .1 is the node's."""
    assert asked_byte({ADDRESS_ANNOTATION: text}) == byte
    assert asked_byte({}) is None
