"""Addresses of pods."""

import pytest

from harness.stacks.embedded.node.addresses import FIRST, LAST, AddressPool, NoAddressLeftError


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
