"""Short commands: each ends in time, with all that it started, and a failed one is told in its last words."""

from pathlib import Path

import pytest

from harness.stacks.command import CommandFailedError, last_words, output_of
from harness.tests.stacks.kind.conftest import wait_for_no_process


def test_a_command_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    """A child that holds the pipe open would otherwise keep whoever reads it."""
    script = tmp_path / "forever"
    script.write_text("#!/bin/sh\n/bin/sleep 600 &\nwait\n")
    script.chmod(0o755)
    with pytest.raises(CommandFailedError, match="no answer") as caught:
        output_of((str(script),), what="no answer", fix="f", timeout_s=0.05, run_id="0a1b2c-command")
    assert caught.value.why == f"{script} did not end within 0.05 s"
    wait_for_no_process("0a1b2c-command")


def test_a_program_that_is_not_there_is_named() -> None:
    """With the system's reason."""
    with pytest.raises(CommandFailedError) as caught:
        output_of(("/no/such",), what="w", fix="f", timeout_s=1)
    assert caught.value.why == "/no/such: there is no such file"


def test_kinds_own_error_line_comes_before_the_last_lines() -> None:
    """What follows it is the output of the command that failed, which can be long."""
    text = "Creating ...\nERROR: failed to init node\nCommand Output: a\nb\n\nc\nd"
    assert last_words(text).split("\n       ") == ["ERROR: failed to init node", "b", "c", "d"]
    assert last_words("ERROR: x\n") == "ERROR: x"
    assert last_words(" \n") == ""
    assert len(last_words("x" * 5_000)) == 300
