"""The lock: one holder, and whoever waits knows for whom."""

import os
import threading
from pathlib import Path

import pytest

from harness.tests.toolchain.conftest import Heard
from harness.toolchain.lock import exclusive


def test_the_second_waits_for_the_first_and_says_so(tmp_path: Path, heard: Heard) -> None:
    """Order is enforced by the lock, not by luck: the second enters only after the first has left."""
    events: list[str] = []
    second_heard = Heard()

    def second() -> None:
        with exclusive(tmp_path / "locks" / "x", doing="waits", progress=second_heard):
            events.append("second in")

    thread = threading.Thread(target=second)
    with exclusive(tmp_path / "locks" / "x", doing="brings etcd", progress=heard):
        thread.start()
        assert second_heard.waiting.wait(30)
        events.append("first out")
    thread.join()
    assert events == ["first out", "second in"]
    assert heard.steps == []
    assert second_heard.steps == [f"waiting for process {os.getpid()}, which brings etcd"]


def test_a_lock_is_free_after_a_failure(tmp_path: Path, heard: Heard) -> None:
    """Nobody waits for a holder that has failed, nor hears its name."""
    with pytest.raises(KeyError), exclusive(tmp_path / "x", doing="fails", progress=heard):
        raise KeyError
    with exclusive(tmp_path / "x", doing="works", progress=heard):
        pass
    assert heard.steps == []
    assert (tmp_path / "x").read_text() == ""
