"""Events from another process."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.events import Said, to_line
from harness.report.live import relay
from harness.report.live.relay import RelayReader, RelayWriter
from harness.tests.report.live.telling import told

_TELL = """
import sys
from harness.core.events import Said, Announcement
from harness.report.live.relay import RelayWriter
RelayWriter.to(sys.argv[1]).hear(Announcement(source="liar", at_s=1, event=Said(text="hello")))
"""


def _append(reader: RelayReader, data: bytes) -> None:
    with Path(reader.path).open("ab") as file:
        file.write(data)


def test_another_process_is_heard_under_its_own_name() -> None:
    """Whatever it says its name is."""
    reader = RelayReader("gw0")
    subprocess.run([sys.executable, "-c", _TELL, reader.path], check=True)
    (heard,) = reader.read()
    assert (heard.source, heard.at_s, heard.event) == ("gw0", 1, Said(text="hello"))
    assert reader.read() == []
    reader.close()


def test_half_a_line_waits_for_its_other_half() -> None:
    """Writing is not atomic for whoever reads."""
    reader, line = RelayReader("gw0"), f"{to_line(told(Said(text='a')))}\n".encode()
    _append(reader, line + line[:10])
    assert len(reader.read()) == 1
    assert reader.read() == []
    _append(reader, line[10:])
    assert [one.event for one in reader.read()] == [Said(text="a")]
    reader.close()


def test_rubbish_is_passed_over() -> None:
    """What a dying worker leaves: the lines before and behind it are heard."""
    reader, line = RelayReader("gw0"), to_line(told(Said(text="a"))).encode()
    _append(reader, line + b"\n\xff\x00{\n\n" + line + b"\n" + line[:20])
    assert len(reader.read()) == 2
    reader.close()


def test_a_line_without_end_does_not_stop_what_comes_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does it fill the memory."""
    monkeypatch.setattr(relay, "_CHUNK_BYTES", 400)
    reader, line = RelayReader("gw0"), to_line(told(Said(text="a"))).encode()
    _append(reader, b"x" * 1_000 + b"\n" + line + b"\n")
    heard = [one for _ in range(4) for one in reader.read()]
    assert [one.event for one in heard] == [Said(text="a")]
    reader.close()


def test_the_file_is_in_no_directory_and_for_the_same_user_alone() -> None:
    """So nothing is left of it, however the process ends."""
    reader = RelayReader("gw0")
    assert Path(reader.path).stat().st_nlink == 0
    assert stat.S_IMODE(os.lstat(Path(reader.path).parent).st_mode) == 0o500
    path = reader.path
    reader.close()
    reader.close()
    assert reader.read() == []
    with pytest.raises(OSError, match=path):
        RelayWriter.to(path)
