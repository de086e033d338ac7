"""Logs on disk."""

import asyncio
import io
import os
from pathlib import Path

import pytest

from harness.stacks.embedded.node.logs import log_chunks, log_file, tail


@pytest.fixture
def pods(tmp_path: Path) -> Path:
    """Two pods of one name, one after the other; the second one's container ran twice and ten times more."""
    for number, (uid, restarts) in enumerate((("old", 1), ("new", 12))):
        directory = tmp_path / f"shop_web_{uid}/c"
        directory.mkdir(parents=True)
        for restart in range(restarts):
            (directory / f"{restart}.log").write_text(f"{uid} {restart}\n")
        os.utime(directory, (number, number))
    return tmp_path


def test_the_present_and_the_previous_instance_of_the_youngest_pod(pods: Path) -> None:
    """Numbers are compared as numbers: 11 comes after 9."""
    present = log_file(pods, "shop", "web", "c", previous=False)
    previous = log_file(pods, "shop", "web", "c", previous=True)
    assert present is not None
    assert previous is not None
    assert (present.read_text(), previous.read_text()) == ("new 11\n", "new 10\n")


def test_what_never_ran_has_no_log(pods: Path) -> None:
    """An unknown container, and a first instance's predecessor."""
    assert log_file(pods, "shop", "web", "other", previous=False) is None
    (pods / "shop_one_x/c").mkdir(parents=True)
    (pods / "shop_one_x/c/0.log").touch()
    assert log_file(pods, "shop", "one", "c", previous=True) is None


@pytest.mark.parametrize("name", ["../outside", "*", "?", "[a-z]", "..", ".", "", "c/", "c\n"])
def test_what_is_no_name_leads_nowhere(pods: Path, name: str) -> None:
    """The words come from a URL: neither patterns nor ways up are followed to other files."""
    (pods / "outside").mkdir()
    (pods / "outside/7.log").write_text("somebody's")
    (pods / "shop_web_new/7.log").write_text("no container's")
    assert log_file(pods, "shop", "web", name, previous=False) is None
    assert log_file(pods, "shop", f"w{name}b", "c", previous=False) is None
    assert log_file(pods, name, "web", "c", previous=False) is None


@pytest.mark.parametrize(
    ("text", "lines", "kept"),
    [
        ("a\nb\nc\n", 2, "b\nc\n"),
        ("a\nb\nc", 1, "c"),
        ("a\nb\n", 9, "a\nb\n"),
        ("a\n", 0, ""),
        ("", 3, ""),
        ("a\nb\n", None, "a\nb\n"),
        ("x" * 200_000 + "\nb\nc\n", 2, "b\nc\n"),
    ],
)
def test_the_tail_begins_at_a_line(text: str, lines: int | None, kept: str) -> None:
    """Read from the end, whatever the size."""
    stream = io.BytesIO(text.encode())
    assert text.encode()[tail(stream, lines) :].decode() == kept


async def test_following_ends_with_the_instance(tmp_path: Path) -> None:
    """A restart begins another file; what was written until then is delivered."""
    file = tmp_path / "0.log"
    file.write_text("one\n")
    chunks = log_chunks(file, 0, limit=None, follow=True)
    assert await anext(chunks) == b"one\n"
    with file.open("a") as stream:
        stream.write("two\n")
    async with asyncio.timeout(20):
        assert await anext(chunks) == b"two\n"
    (tmp_path / "1.log").touch()
    assert [chunk async for chunk in chunks] == []


async def test_a_limit_of_bytes_holds(tmp_path: Path) -> None:
    """LimitBytes cuts within a line."""
    file = tmp_path / "0.log"
    file.write_text("one\ntwo\n")
    assert b"".join([chunk async for chunk in log_chunks(file, 0, limit=5, follow=False)]) == b"one\nt"
