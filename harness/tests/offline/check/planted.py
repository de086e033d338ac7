"""Bundles broken on purpose: one change of one file, what has to be said of it, and the line that is to blame."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.core.check import CheckFinding
from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.agreement import checked
from harness.offline.check.bundle import Bundle
from harness.subject_reader import read_subject
from harness.toolchain import Progress

_MONITORING = DEFAULT_SUBJECT.parent
_DEPLOY = _MONITORING.parent / "controller" / "deploy"

MONITOR, ROUTE, RULES = "servicemonitor.yaml", "alertmanager.yaml", "prometheusrule.yaml"
VALUES, DASHBOARD, PAGE = "kube-prometheus-stack.values.yaml", "grafana-dashboard.json", "README.md"
SERVICE, DEPLOYMENT = "deploy/service.yaml", "deploy/deployment.yaml"

#: the same route as a whole configuration
PLAIN = """\
route:
  receiver: everybody
  routes:
    - matchers: [component="kubemirror"]
      receiver: kubemirror-team
      continue: true
      group_by: [alertname]
      repeat_interval: 4h
receivers:
  - name: everybody
  - name: kubemirror-team
    slack_configs:
      - channel: "#kubemirror-alerts"
        api_url_file: /etc/alertmanager/secrets/slack-webhook-url
        send_resolved: true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One defect."""

    what: str
    file: str
    old: str
    new: str
    #: the questions that are answered with VIOLATED, and no other
    checks: frozenset[str]
    #: in the cause of the first of them
    cause: str
    #: in the line that it names, and the file
    line: str
    blamed: str

    def __str__(self) -> str:
        return self.what

    def plant(self, bundle: Path) -> None:
        """Changes the file of a copy.

        Raises:
            ValueError: the text is not there, so that nothing would be planted.
        """
        file = bundle / self.file
        text = file.read_text(encoding="utf-8")
        if self.old not in text:
            raise ValueError(f"{self.file} has no {self.old!r}")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")


def planted(what: str, file: str, old: str, new: str, *checks: str, cause: str, line: str, blamed: str = "") -> Planted:
    """A defect; the file that is changed is to blame unless another one is named."""
    return Planted(
        what=what,
        file=file,
        old=old,
        new=new,
        checks=frozenset(checks),
        cause=cause,
        line=line,
        blamed=blamed or file,
    )


def copied(place: Path) -> Path:
    """The shipped bundle with its manifests, in a directory of its own; its subject file."""
    shutil.copytree(_MONITORING, place, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    shutil.copytree(_DEPLOY, place / "deploy")
    subject = place / DEFAULT_SUBJECT.name
    text = subject.read_text(encoding="utf-8")
    subject.write_text(text.replace('"{checkout}/controller/deploy"', "deploy"), encoding="utf-8")
    return subject


def looked_at(subject_file: Path) -> tuple[CheckFinding, ...]:
    """What is found in a bundle."""
    subject, contract = read_subject(subject_file)
    return tuple(checked(Bundle.read(subject, contract, Progress())))


def of(found: tuple[CheckFinding, ...], verdict: Verdict) -> list[CheckFinding]:
    """Those of a verdict."""
    return [one for one in found if one.verdict is verdict]


def line_of(finding: CheckFinding) -> str:
    """The line that a finding names."""
    assert finding.line is not None
    return Path(finding.file).read_text(encoding="utf-8").splitlines()[finding.line - 1]
