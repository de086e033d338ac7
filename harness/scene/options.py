"""The command line's options, read and checked. Light: bad input is refused before anything heavy is imported."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.core.contract import Contract
from harness.core.speed import Speed
from harness.core.subject import Subject
from harness.stacks.embedded.plan import check_subject
from harness.subject_reader import read_subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    speed: Speed
    subject: Subject
    contract: Contract
    results: Path
    keep: bool
    hold: bool


def read_options(config: pytest.Config) -> Options:
    """Reads and checks the options and the files they name; starts nothing.

    Raises:
        MisuseError: an option, the subject, its contract or its rules cannot be used.
    """
    path = config.getoption("--subject") or config.rootpath / "monitoring" / "subject.yaml"
    speed = Speed.parse(config.getoption("--speed"))
    subject, contract = read_subject(Path(path))
    check_subject(subject, speed)
    return Options(
        speed=speed,
        subject=subject,
        contract=contract,
        results=Path(config.getoption("--results")),
        keep=config.getoption("--keep-stack"),
        hold=config.getoption("--hold"),
    )
