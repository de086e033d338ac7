"""`harness check`: what can be said about a bundle without a cluster, in seconds."""

import os
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from harness.core.verdict import exit_code
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.agreement import checked
from harness.offline.check.bundle import Bundle
from harness.offline.check.measuring import Measuring, measured_findings
from harness.report.check_result import CheckResult, check_json, check_markdown, print_check
from harness.report.job_summary import append_summary
from harness.report.whole_file import write_whole
from harness.subject_reader import read_subject
from harness.toolchain import progress_to


def check(
    *,
    subject_file: Path,
    rules: Path | None = None,
    measuring: Measuring | None = None,
    json_file: Path | None = None,
    markdown_file: Path | None = None,
    console: Console,
) -> int:
    """Prints what was found; the exit code: 0 all agrees, 1 something differs, 3 something cannot be told.

    Args:
        subject_file: what is under test.
        rules: to look at in place of the subject's own; None for those.
        measuring: what is asked of what the rules do; None for all of it.
        json_file: where all findings go, for programs; None for nowhere.
        markdown_file: where they go for a pull request.
        console: where they are printed.

    Raises:
        MisuseError: a file cannot be read, or holds what nobody could load.
        CouldNotTellError: a program that has to be asked cannot be had, or does not answer.
        ReportError: a file cannot be written.
    """
    begun_s = time.monotonic()
    subject, contract = read_subject(subject_file)
    if rules is not None:
        subject = replace(subject, files=replace(subject.files, rules=rules.resolve()))
    progress = progress_to(sys.stderr, os.environ)
    bundle = Bundle.read(subject, contract, progress)
    asked = measuring or Measuring()
    asked = replace(asked, command=_command(subject_file, rules, asked))
    found = (*checked(bundle), *measured_findings(bundle, asked, progress))
    if asked.only is not None:
        found = tuple(one for one in found if one.about in asked.only)
    seconds = time.monotonic() - begun_s
    result = CheckResult(subject=subject.name, findings=found, seconds=seconds, detailed=asked.only is not None)
    print_check(console, result)
    for file, text, what, option in (
        (json_file, check_json(result), "the findings", "--json"),
        (markdown_file, check_markdown(result), "the findings", "--markdown"),
    ):
        if file is not None:
            write_whole(text, file, what=what, option=option)
    append_summary(lambda _room: check_markdown(result))
    return exit_code(one.verdict for one in found)


def _command(subject: Path, rules: Path | None, asked: Measuring) -> str:
    """What was called, asked about one promise."""
    given = {
        "--subject": None if subject == DEFAULT_SUBJECT else subject,
        "--rules": rules,
        "--recording": asked.recording,
        "--metrics": asked.metrics,
    }
    options = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    return shlex.join(["harness", "check", *options, "--only"])
