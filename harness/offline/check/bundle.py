"""A bundle as `harness check` has it before it: every file of the subject, with the place of what is in it."""

import shlex
from dataclasses import dataclass
from pathlib import Path, PurePath

from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.core.files.located import Document, LocatedYaml
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest, ObjectFile, read_object
from harness.core.operator.plain_routing import PlainRouting, plain_routing
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.core.rules.file import parse_rules
from harness.core.rules.model import RuleFile
from harness.core.rules.speed import Speed
from harness.offline.check.written_objects import WrittenObjects
from harness.stacks.applying import built
from harness.stacks.checked import checked_chart, checked_values
from harness.stacks.scrape_profile import EMBEDDED
from harness.subject_reader import read_text
from harness.toolchain import Progress, ToolName, ensure

#: lines that a command shows from the one on that is told
_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One subject's files."""

    subject: Subject
    contract: Contract
    contract_text: Document
    rules: RuleFile
    rule: ObjectFile
    monitor: ObjectFile
    routing: ObjectFile | PlainRouting
    #: with the subject's plain configuration as Alertmanager's, where it brings such a one
    chart: Chart
    values_text: Document
    #: as kubectl would apply them
    manifests: tuple[Manifest, ...]
    written: WrittenObjects
    dashboard: str
    #: Markdown; None where the subject names none
    documentation: str | None
    amtool: Path

    @classmethod
    def read(cls, subject: Subject, contract: Contract, progress: Progress) -> "Bundle":
        """Reads all of it.

        Raises:
            MisuseError: a file cannot be read, or holds what Prometheus, Alertmanager or the operator would refuse.
            CouldNotTellError: kubectl or amtool cannot be had, or do not answer.
        """
        files, namespace = subject.files, subject.namespace
        tools = ensure([ToolName.KUBECTL, ToolName.AMTOOL, ToolName.PROMTOOL], progress)
        chart = checked_chart(subject, EMBEDDED, Speed(1))
        rules, monitor, routing = (
            read_text(Path(file), what)
            for file, what in (
                (files.rules, "the rules"),
                (files.service_monitor, "the ServiceMonitor"),
                (files.alertmanager, "the routing"),
            )
        )
        source = str(files.alertmanager)
        plain = plain_routing(routing, source)
        documentation = files.documentation
        return cls(
            subject=subject,
            contract=contract,
            contract_text=LocatedYaml(read_text(Path(files.contract), "the contract"), str(files.contract)),
            rules=parse_rules(rules, shown(files.rules)),
            rule=read_object(rules, RULE, source=str(files.rules), namespace=namespace),
            monitor=read_object(monitor, MONITOR, source=str(files.service_monitor), namespace=namespace),
            routing=plain or read_object(routing, ALERTMANAGER_CONFIG, source=source, namespace=namespace),
            chart=chart,
            values_text=checked_values(Path(files.chart_values), "the chart's values"),
            manifests=built(tools[ToolName.KUBECTL].path, subject),
            written=WrittenObjects.read(tuple(map(Path, files.manifests))),
            dashboard=read_text(Path(files.dashboard), "the dashboard"),
            documentation=None if documentation is None else read_text(Path(documentation), "the documentation"),
            amtool=tools[ToolName.AMTOOL].path,
        )


def shown(path: PurePath) -> str:
    """A path as it is told: from where the user stands, if it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def lines_of(file: str, line: int | None) -> str:
    """The command that shows a file from a line on; empty where no file is to blame."""
    if not file:
        return ""
    quoted = shlex.quote(file)
    return f"cat {quoted}" if line is None else f"sed -n {line},{line + _SHOWN}p {quoted}"
