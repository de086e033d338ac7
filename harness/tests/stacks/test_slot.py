"""Slots: two stacks never share an address or a port."""

import socket

from harness.stacks.embedded import slot as slots
from harness.stacks.embedded.slot import claim_slot


def test_two_claims_share_nothing() -> None:
    """Addresses and ports of two slots that are held at once are different."""
    first, second = claim_slot(), claim_slot()
    with first.claim, second.claim:
        assert first.number != second.number
        assert first.pod_prefix != second.pod_prefix
        assert first.listen_prefix != second.listen_prefix
        assert not {first.port(i) for i in range(16)} & {second.port(i) for i in range(16)}


def test_a_claim_ends_with_its_last_holder() -> None:
    """A slot is free again when the socket is closed."""
    first = claim_slot()
    first.claim.close()
    again = claim_slot()
    with again.claim:
        assert again.number == first.number


def test_a_slot_with_a_busy_port_is_passed_over() -> None:
    """What somebody else listens on is not given away."""
    free = claim_slot()
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", free.port(3)))
        somebody.listen()
        free.claim.close()
        with claim_slot().claim as claim:
            assert claim.getsockname() != f"\0kubemirror-harness/slot/{free.number}".encode()


def test_the_listening_address_is_the_pod_address_on_loopback() -> None:
    """198.18 and 198.19 map to 127.18 and 127.19, octet by octet, for every slot."""
    with socket.socket(socket.AF_UNIX) as unused:
        for number in (0, 255, 256, 511):
            slot = slots.Slot(number=number, claim=unused)
            assert slot.pod_prefix.removeprefix("198.") == slot.listen_prefix.removeprefix("127.")
            assert slot.listen_prefix.split(".")[0] == "127"
            assert slot.port(15) < 32_768  # below what Linux hands out for outgoing connections
