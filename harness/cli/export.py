"""`harness export`: what a bundle promises, as files that `promtool test rules` runs without this harness."""

import os
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from harness.core.operator.manifest import read_object
from harness.core.operator.reading import Custom
from harness.core.operator.translation import MONITOR
from harness.offline.check.healthy import healthy
from harness.offline.export import Export, ExportCase, exported, refuse_full, write
from harness.stacks.rules_file import read_rules
from harness.subject_reader import read_subject, read_text
from harness.toolchain import ToolName, ensure, progress_to

#: of promtool's words
_SHOWN: Final = 12


def export(
    directory: Path,
    *,
    subject_file: Path,
    rules: Path | None = None,
    recording: Path | None = None,
    metrics: str | None = None,
    console: Console,
) -> int:
    """Writes the files; the exit code: 0 the rules pass them, 1 they do not, 3 something promised cannot be tested.

    Args:
        directory: where they go: not there yet, or empty.
        subject_file: whose promises.
        rules: in place of the subject's own; a PrometheusRule or a plain rule file.
        recording: a directory that a run left, with the healthy controller; None for what the subject names.
        metrics: its page: a file, or where it is served.
        console: where it is told what was written.

    Raises:
        MisuseError: a file cannot be read, holds what nobody could load, or the directory holds something.
        CouldNotTellError: promtool cannot be had, or does not answer.
        ReportError: the directory cannot be written.
    """
    refuse_full(directory)
    progress = progress_to(sys.stderr, os.environ)
    promtool = ensure((ToolName.PROMTOOL,), progress)[ToolName.PROMTOOL].path
    subject, contract = read_subject(subject_file)
    place = Path(subject.files.rules) if rules is None else rules
    file = read_rules(place)
    source = str(subject.files.service_monitor)
    monitor = read_object(
        read_text(Path(source), "the ServiceMonitor"), MONITOR, source=source, namespace=subject.namespace
    )
    found = healthy(subject, recording=recording, metrics=metrics, endpoint=_endpoint(Custom.read(monitor.manifest)))
    case = ExportCase(
        contract=contract,
        catalog=found.catalog,
        rules=file,
        rules_text=read_text(place, "the rules"),
        promtool=promtool,
    )
    made = exported(case, progress)
    write(made, directory)
    _tell(made, directory, found.made_up, console)
    if not all(one.passed for one in made.files):
        return 1
    return 3 if made.left_out else 0


def _endpoint(monitor: Custom) -> str:
    return next((one.at("port").text() for one in monitor.spec.at("endpoints").items()), "")


def _tell(made: Export, directory: Path, made_up: str, console: Console) -> None:
    lines = [f"{sum(one.tests for one in made.files)} tests in {len(made.files)} files, beside the rules: {directory}"]
    lines += [
        f"  {'passes' if one.passed else 'FAILS '}  {one.name}: {one.tests} tests, {_size(one.text)}"
        for one in made.files
    ]
    lines += [f"not tested: {name}: {why}" for name, why in made.left_out.items()]
    if made_up:
        lines.append(made_up)
    for one in made.files:
        if not one.passed:
            said = one.words.splitlines()
            lines += ["", f"{one.name}: the rules do not do what is promised. promtool says:", *said[:_SHOWN]]
            if len(said) > _SHOWN:
                lines.append(f"... and {len(said) - _SHOWN} lines more")
    if not all(one.passed for one in made.files):
        lines.append("`harness check` tells the causes; texts of alerts that did not fire are not in the files")
    lines.append(f"run them: (cd {directory} && promtool test rules *.test.yaml)")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _size(text: str) -> str:
    return f"{max(1, round(len(text.encode()) / 1_000))} kB"
