"""A held port refuses connections, and is there for the one who names it."""

import socket

import pytest

from harness.stacks.cluster.reserved_port import HeldPort
from harness.tests.stacks.cluster.fake_kubectl import refuses


def test_who_connects_is_refused_and_who_names_it_may_listen() -> None:
    """Also a second time, after connections."""
    held = HeldPort()
    place = ("127.0.0.1", held.number)
    for _ in range(2):
        assert refuses(f"127.0.0.1:{held.number}")
        with socket.create_server(place), socket.create_connection(place, timeout=20):
            pass
    held.close()
    held.close()


def test_a_stranger_does_not_get_it_until_it_is_given_back() -> None:
    """One that does not share ports, as everybody is who asks for just any."""
    held = HeldPort()
    with socket.socket() as stranger:
        with pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", held.number))
        held.close()
        stranger.bind(("127.0.0.1", held.number))
