"""Prometheus's own word on rules: `promtool check rules`, asked before anything is started.

It knows what only Prometheus knows: templates, the names of scripts in a pattern. Its exit status is not 0 if rules
would not be loaded; each complaint names group and rule, and the place in the expression.
https://prometheus.io/docs/prometheus/latest/command-line/promtool/#promtool-check-rules
"""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harness.core.errors import CouldNotTellError
from harness.core.promql.number import unquoted
from harness.core.rules.file import render
from harness.core.rules.model import RuleGroup

#: 3,695 rules take it 2 s
_TIMEOUT_S: Final = 60.0
_COMPLAINT: Final = re.compile(r'(?:\d+:\d+: )?group (?P<group>".*?"), rule (?P<number>\d+), "[^"]*": (?P<words>.*)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What Prometheus has against one rule, or against the text as a whole."""

    #: its group, and its place in it counted from 1; empty and 0 for the text
    group: str = ""
    number: int = 0
    #: Prometheus's own
    words: str


def complaints(groups: Iterable[RuleGroup], promtool: Path) -> tuple[Complaint, ...]:
    """All that Prometheus has against rules; none if it would load them.

    Raises:
        CouldNotTellError: promtool cannot be run, or does not end.
    """
    with TemporaryDirectory(prefix="rules-") as place:
        file = Path(place) / "rules.yaml"
        file.write_text(render(groups), encoding="utf-8")
        try:
            done = subprocess.run(
                [promtool, "check", "rules", "--lint=none", file],
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CouldNotTellError(
                "promtool could not look at the rules", why=str(error), fix=f"run `{promtool} check rules` by hand"
            ) from error
        if done.returncode == 0:
            return ()
        said = (done.stdout + done.stderr).replace(f"{file}: ", "").splitlines()
    lines = [line.strip() for line in said if line.strip() and not line.strip().endswith(("FAILED:", file.name))]
    return tuple(map(_complaint, lines)) or (Complaint(words=f"promtool ended with status {done.returncode}"),)


def _complaint(line: str) -> Complaint:
    found = _COMPLAINT.fullmatch(line)
    if found is None:
        return Complaint(words=line)
    return Complaint(group=unquoted(found["group"]) or "", number=int(found["number"]), words=found["words"])
