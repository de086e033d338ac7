"""Capacity: what a machine does not carry is refused with the number that it does."""

import pytest

from harness.stacks.embedded.capacity import MEMORY_BYTES, TooManyError, check_capacity
from harness.toolchain.machine import Machine

_GIB = 1 << 30


def _machine(cores: int, available_bytes: int) -> Machine:
    return Machine(cores=cores, memory_bytes=64 * _GIB, available_bytes=available_bytes, disk_bytes=64 * _GIB)


@pytest.mark.parametrize(
    ("stacks", "cores", "available_bytes"),
    [
        pytest.param(3, 2, 20 * _GIB, id="the default on two processors"),
        pytest.param(4, 2, 4 * MEMORY_BYTES, id="as many as both carry"),
        pytest.param(1, 1, 0, id="one is always let try"),
    ],
)
def test_what_the_machine_carries_is_let_through(stacks: int, cores: int, available_bytes: int) -> None:
    """Nothing is said."""
    check_capacity(stacks, _machine(cores, available_bytes))


@pytest.mark.parametrize(
    ("stacks", "cores", "available_bytes", "carried", "why"),
    [
        pytest.param(5, 2, 20 * _GIB, 4, "2 processors carry 4; with", id="processors"),
        pytest.param(3, 1, 20 * _GIB, 2, "1 processor carries 2; with", id="one processor"),
        pytest.param(3, 8, 2 * MEMORY_BYTES, 2, "0.75 GiB, and 1.5 GiB are available", id="memory"),
        pytest.param(2, 8, 0, 1, "0.75 GiB, and 0.0 GiB are available", id="no memory at all"),
    ],
)
def test_more_than_it_carries_is_refused(stacks: int, cores: int, available_bytes: int, carried: int, why: str) -> None:
    """With what is short and how many there may be."""
    with pytest.raises(TooManyError, match=f"^{stacks} workers") as refused:
        check_capacity(stacks, _machine(cores, available_bytes))
    assert why in refused.value.why
    assert refused.value.fix.startswith(f"-n {carried}, ")
    assert refused.value.exit_code == 2
