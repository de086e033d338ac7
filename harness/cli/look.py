"""`harness look`: a Prometheus on what a dossier holds, for as long as somebody looks.

It is a run of its own: whatever ends this process, `harness down` removes the rest.
"""

import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console

from harness.cli.up import tell_of_pages
from harness.clients.endpoint import answered
from harness.clients.prometheus import PrometheusReader
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError, MisuseError
from harness.recording.dossier import SAMPLES, Kept, read_dossier
from harness.report.figures import instant
from harness.report.plain_text import cell
from harness.session.hold import until_interrupted
from harness.stacks.command import output_of
from harness.stacks.kinds import SWEEP
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.run import Run
from harness.toolchain import ToolName, ensure, progress_to
from harness.waiting import NotYet, wait_until

#: a TSDB of some thousand samples is made within a second, of a whole night's run within some
_BLOCKS_TIMEOUT_S = 120.0
_READY_TIMEOUT_S = 30.0
#: a series is over when two scrapes of it are missing
_LOOKBACK_SCRAPES = 2
#: blocks are never too old to be looked at
_RETENTION = "100y"
_LISTENS = re.compile(r'msg="Listening on".* address=(\S+:\d+)')

#: holds until somebody has seen enough, or what it is given says that it has ended
Hold = Callable[[Callable[[], str | None]], str | None]


def look(path: Path, console: Console, *, hold: Hold = until_interrupted) -> None:
    """Starts Prometheus on the dossier's samples, prints how to ask it, and takes it away after Ctrl-C.

    Args:
        path: of the dossier's directory.
        console: where to print.
        hold: for tests.

    Raises:
        MisuseError: this is no dossier, or one without samples; nothing was started.
        CouldNotTellError: promtool cannot read the samples, or Prometheus does not come up or ends by itself.
    """
    kept = read_dossier(path)
    if kept.span_s is None:
        raise MisuseError(
            f"there is nothing to look at in {path / SAMPLES}",
            why="it holds no samples: Prometheus could not be asked any more",
            fix=f"see `unread` in {kept.story_file}",
        )
    tools = ensure((ToolName.PROMETHEUS, ToolName.PROMTOOL), progress_to(sys.stderr, os.environ))
    SWEEP.remove_abandoned(lambda line: print(line, file=sys.stderr))  # noqa: T201 - the command's own output
    run = Run.create()
    try:
        data = run.directory / "data"
        promtool = (str(tools[ToolName.PROMTOOL].path), "tsdb", "create-blocks-from", "openmetrics")
        output_of(
            (*promtool, str(kept.samples), str(data)),
            what=f"{kept.samples} cannot be read",
            fix="run the scenario again: the file is not as it was written",
            timeout_s=_BLOCKS_TIMEOUT_S,
            run_id=run.id,
        )
        process = _started(run, tools[ToolName.PROMETHEUS].path, data, kept)
        url = _address(process)
        for line in _lines(kept, url, *kept.span_s):
            console.print(cell(line), soft_wrap=True, highlight=False)
        tell_of_pages(url, console)
        console.print("Ctrl-C ends it.", highlight=False)
        ended = hold(process.ended)
        if ended is not None:
            raise CouldNotTellError("Prometheus has ended by itself", why=ended, fix="look again")
    finally:
        SWEEP.remove(run)


def _started(run: Run, prometheus: Path, data: Path, kept: Kept) -> RunningProcess:
    config = run.directory / "prometheus.yaml"
    config.write_text("{}\n", encoding="utf-8")
    lookback = PromDuration(max(1, round(_LOOKBACK_SCRAPES * kept.scrape_s * 1_000)))
    spec = ProcessSpec(
        name="prometheus",
        argv=(
            str(prometheus),
            f"--config.file={config}",
            f"--storage.tsdb.path={data}",
            f"--storage.tsdb.retention.time={_RETENTION}",
            f"--query.lookback-delta={lookback}",
            "--web.listen-address=127.0.0.1:0",
        ),
        log=run.directory / "logs" / "prometheus.log",
    )
    return RunningProcess.start(spec, run_id=run.id)


def _address(process: RunningProcess) -> str:
    """Where it listens, once it answers. It chooses a port that is free, and says which."""

    def listening() -> str | NotYet:
        found = _LISTENS.search(process.spec.log.read_text(encoding="utf-8", errors="replace"))
        return f"http://{found[1]}" if found else NotYet("it does not listen yet")

    url = wait_until("Prometheus listens", listening, timeout_s=_READY_TIMEOUT_S, ended=process.ended)
    with PrometheusReader(url) as reader:
        ready = partial(answered, reader.ready)
        wait_until("Prometheus answers", ready, timeout_s=_READY_TIMEOUT_S, ended=process.ended)
    return url


def _lines(kept: Kept, url: str, start_s: float, end_s: float) -> tuple[str, ...]:
    step_s = max(kept.scrape_s, (end_s - start_s) / 10_000)  # Prometheus gives up to 11,000 points
    asked = {"query": "ALERTS", "start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:.3f}"}
    return (
        f"about         {kept.about}",
        f"Prometheus    {url}",
        f"samples       {instant(start_s)} to {instant(end_s)}",
        *(f"{name:<14}{instant(at_s)}" for name, at_s in kept.instants),
        f"e.g.          curl '{url}/api/v1/query_range?{urlencode(asked)}'",
    )
