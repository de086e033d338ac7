"""`harness look`: a Prometheus on what a recording holds, for as long as somebody looks.

It is a run of its own: whatever ends this process, `harness down` removes the rest.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from rich.console import Console

from harness.cli.up import tell_of_pages
from harness.core.errors import MisuseError
from harness.offline.private_prometheus import private_prometheus
from harness.recording.layout import FACTS
from harness.recording.recording import Recording
from harness.report.figures import instant
from harness.report.plain_text import cell
from harness.session.hold import until_interrupted
from harness.toolchain import progress_to

#: holds until somebody has seen enough, or what it is given says that it has ended
Hold = Callable[[Callable[[], str | None]], str | None]

#: Prometheus gives up to 11,000 points
_MOST_STEPS: Final = 10_000
#: of stretches of which something is not known
_MOST_TOLD: Final = 10


def look(path: Path, console: Console, *, hold: Hold = until_interrupted) -> None:
    """Starts Prometheus on the recording's samples, prints how to ask it, and takes it away after Ctrl-C.

    Args:
        path: of the recording's directory.
        console: where to print.
        hold: for tests.

    Raises:
        MisuseError: this is no recording, or one without samples; nothing was started.
        CouldNotTellError: Prometheus does not come up, does not take the samples, or ends by itself.
    """
    recording = Recording.read(path)
    if recording.span_s is None:
        raise MisuseError(
            f"there is nothing to look at in {path}",
            why="it holds no samples: Prometheus could not be asked any more",
            fix=f"see `unread` in {path / FACTS}",
        )

    def tell(line: str) -> None:
        print(line, file=sys.stderr)  # noqa: T201 - the command's own output

    with private_prometheus(recording.lookback, progress_to(sys.stderr, os.environ), tell=tell) as prometheus:
        prometheus.load(recording.scraped.messages())
        prometheus.load(recording.recorded.messages())
        for line in look_lines(recording, prometheus.url, *recording.span_s):
            console.print(cell(line), soft_wrap=True, highlight=False)
        tell_of_pages(prometheus.url, console)
        console.print("Ctrl-C ends it.", highlight=False)
        hold(prometheus.ended)


def look_lines(recording: Recording, url: str, start_s: float, end_s: float) -> Iterator[str]:
    """How to ask a Prometheus on a recording, and what the recording says of itself; instants are Unix seconds."""
    facts = recording.facts
    instants = [(name, at_s) for name, at_s in facts.instants.items() if at_s is not None]
    step_s = max(recording.setting.evaluation_s, (end_s - start_s) / _MOST_STEPS)
    asked = {"query": "ALERTS", "start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:.3f}"}
    yield f"about         {facts.about}"
    yield f"Prometheus    {url}"
    yield f"samples       {instant(start_s)} to {instant(end_s)}"
    for name, at_s in sorted(instants, key=lambda one: one[1]):
        yield f"{name:<14}{instant(at_s)}"
    yield from (f"lost          {what}" for what in facts.lost)
    yield from (f"not read      {what}: {why}" for what, why in facts.unread.items())
    unknown = recording.unknown
    for one in unknown[:_MOST_TOLD]:
        yield f"not known     {instant(one.start_s)} to {instant(one.end_s)}: {one.why}"
    if len(unknown) > _MOST_TOLD:
        yield f"not known     and {len(unknown) - _MOST_TOLD} stretches more"
    yield f"e.g.          curl '{url}/api/v1/query_range?{urlencode(asked)}'"
