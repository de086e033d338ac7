"""`promtool test rules`: whether tests pass, and what fires instead where they do not.

What it says of an alert that is not as expected:
https://github.com/prometheus/prometheus/blob/v3.13.5/cmd/promtool/unittest.go (`testGroup.test`)
"""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.core.errors import CouldNotTellError
from harness.toolchain.promtool_alerts import alert_text

_TIMEOUT_S: Final = 300.0
_NAME: Final = re.compile(r"^    name: (.*),$")
_AT: Final = re.compile(r"^    alertname: .*, time: (\S+), $")


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One alert that fires."""

    #: `alertname` among them
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsSaid:
    """What came of the tests of one file."""

    __test__ = False

    passed: bool
    #: promtool's own words
    words: str
    #: of the checks of alerts that failed: test's name and instant, as they were written -> what fires
    got: Mapping[tuple[str, str], tuple[Got, ...]]


def run_rule_tests(file: Path, promtool: Path) -> TestsSaid:
    """Runs the tests of one file.

    Args:
        file: each test has a name of one line, and asks about one alert.
        promtool: the program.

    Raises:
        CouldNotTellError: promtool cannot be run, or does not end.
    """
    try:
        done = subprocess.run(
            [promtool, "test", "rules", file], capture_output=True, timeout=_TIMEOUT_S, check=False, cwd=file.parent
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CouldNotTellError(
            f"promtool could not run {file.name}", why=str(error), fix=f"run `{promtool} test rules` by hand"
        ) from error
    words = (done.stdout + done.stderr).decode(errors="surrogateescape")
    found: dict[tuple[str, str], tuple[Got, ...]] = {}
    for key, one in _got(words):
        found[key] = (*found.get(key, ()), one)
    return TestsSaid(passed=done.returncode == 0, words=words.replace(f"{file.parent}/", ""), got=found)


def _got(words: str) -> Iterator[tuple[tuple[str, str], Got]]:
    name, at, inside = "", "", False
    labels: Mapping[str, str] = {}
    for line in words.split("\n"):
        if named := _NAME.match(line):
            name, inside = named[1], False
        elif told := _AT.match(line):
            at, inside = told[1], False
        elif line.strip().startswith(("exp:", "got:")):
            inside = line.strip().startswith("got:")
        elif inside and (one := alert_text(line)):
            kind, pairs = one
            if kind == "Labels":
                labels = pairs
            else:
                yield (name, at), Got(labels=labels, annotations=pairs)
