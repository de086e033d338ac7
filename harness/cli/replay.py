"""`harness replay`: what rules would have done over a recording, its own or any others."""

import json
import os
import sys
from pathlib import Path

from rich.console import Console

from harness.cli.look import Hold, look_lines
from harness.core.errors import MisuseError
from harness.core.rules.file import parse_rules
from harness.core.rules.model import RuleGroup
from harness.core.rules.speed import Speed, scale_groups
from harness.offline.over_recording import replay_recording
from harness.offline.private_prometheus import private_prometheus
from harness.recording.layout import FACTS
from harness.recording.recording import Recording
from harness.report.plain_text import cell
from harness.report.replayed import told_json, told_lines
from harness.session.hold import until_interrupted
from harness.subject_reader import read_text
from harness.toolchain import ToolName, ensure, progress_to
from harness.toolchain.promtool_rules import complaints

#: something could not be told; as an error of that kind
_UNTOLD = 3


def replay(
    path: Path,
    console: Console,
    *,
    rules: Path | None = None,
    as_json: bool = False,
    serve: bool = False,
    hold: Hold = until_interrupted,
) -> int:
    """Evaluates rules over a recording, and prints what each alert would have done.

    Args:
        path: of the recording's directory.
        console: where to print.
        rules: as they are written, unscaled: a PrometheusRule or a plain rule file; None for the recording's own.
        as_json: for programs.
        serve: leave the Prometheus with samples and what the rules wrote until Ctrl-C.
        hold: for tests.

    Returns:
        The exit code: 0, or 3 if a rule could not be replayed.

    Raises:
        MisuseError: this is no recording, one without samples, or no rules that Prometheus would load; nothing was
            started.
        CouldNotTellError: Prometheus or promtool does not answer.
    """
    recording = Recording.read(path)
    if recording.span_s is None:
        raise MisuseError(
            f"there is nothing to replay in {path}",
            why="it holds no samples: Prometheus could not be asked any more",
            fix=f"see `unread` in {path / FACTS}",
        )
    progress = progress_to(sys.stderr, os.environ)
    promtool = ensure((ToolName.PROMTOOL, ToolName.PROMETHEUS), progress)[ToolName.PROMTOOL].path
    groups = recording.groups if rules is None else _scaled(rules, recording.setting.speed, promtool)

    def tell(line: str) -> None:
        print(line, file=sys.stderr)  # noqa: T201 - the command's own output

    with private_prometheus(recording.lookback, progress, tell=tell) as prometheus:
        found = replay_recording(recording, groups, prometheus, promtool)
        zero_s = recording.facts.instants.get("start") or recording.span_s[0]
        if as_json:
            speed = recording.setting.speed
            document = {"recording": str(path), "speed": speed, "scaled": rules is not None, "rules": told_json(found)}
            console.file.write(f"{json.dumps(document, indent=2)}\n")
        else:
            for line in (*_head(recording, rules, zero_s), *told_lines(found, zero_s=zero_s)):
                console.print(cell(line), soft_wrap=True, highlight=False)
        if serve:
            to = console if not as_json else Console(stderr=True)
            for line in look_lines(recording, prometheus.url, *recording.span_s):
                to.print(cell(line), soft_wrap=True, highlight=False)
            to.print("Ctrl-C ends it.", highlight=False)
            hold(prometheus.ended)
    return _UNTOLD if any(one.untold is not None for one in found) else 0


def _head(recording: Recording, rules: Path | None, zero_s: float) -> tuple[str, ...]:
    speed = f"{recording.setting.speed:g}"
    whose = (
        f"its own rules, at speed {speed}"
        if rules is None
        else f"{rules}, every duration divided by the speed, {speed}"
    )
    start = "start" if recording.facts.instants.get("start") else "first sample"
    faults = ", ".join(recording.facts.injected) or "none"
    injected_s = recording.facts.instants.get("inject")
    since = "" if injected_s is None else f", injected at {injected_s - zero_s:+.2f} s"
    return (
        f"recording  {recording.facts.about}",
        f"rules      {whose}",
        f"fault      {faults}{since}; instants are seconds of the clock from the {start}",
        "",
    )


def _scaled(path: Path, speed: float, promtool: Path) -> tuple[RuleGroup, ...]:
    groups = parse_rules(read_text(path, "the rules"), str(path)).groups
    wrong = complaints(groups, promtool)
    if wrong:
        said = (f"{one.group}, rule {one.number}: {one.words}" if one.group else one.words for one in wrong)
        raise MisuseError(
            f"Prometheus would not load {path}", why="\n       ".join(said), fix="`promtool check rules` says the same"
        )
    return scale_groups(groups, Speed(speed))
