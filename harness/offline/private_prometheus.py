"""A Prometheus of one process alone: it scrapes nothing, evaluates no rules, and answers about samples it is given.

It is a run of its own: whatever ends this process, `harness down` removes the rest.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from harness.clients.endpoint import answered
from harness.clients.prometheus import PrometheusReader
from harness.clients.remote_storage import RemoteStorage
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError
from harness.core.remote_protocol import written
from harness.core.samples import Series
from harness.stacks.kinds import SWEEP
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.run import Run
from harness.toolchain import Progress, ToolName, ensure
from harness.waiting import NotYet, wait_until

_READY_TIMEOUT_S: Final = 30.0
#: a question about months is answered within it, or not at all
_ANSWER_TIMEOUT_S: Final = 120.0
#: samples are never too old to be looked at
_RETENTION: Final = "100y"
#: so that samples may come series by series: none is refused that is less than half of it older than the newest
_HEAD: Final = "10y"
#: of one message: some megabytes
_MOST_POINTS: Final = 50_000
_MOST_SAMPLES: Final = 500_000_000
_LISTENS: Final = re.compile(r'msg="Listening on".* address=(\S+:\d+)')


class PrivatePrometheus:
    """One that runs. Made by `private_prometheus`."""

    def __init__(self, url: str, reader: PrometheusReader, storage: RemoteStorage, process: RunningProcess) -> None:
        self.url = url
        #: how long it is waited for, in seconds
        self.timeout_s = _ANSWER_TIMEOUT_S
        #: to ask it
        self.reader = reader
        self._storage = storage
        self._process = process

    def load(self, messages: Iterable[bytes]) -> None:
        """Hands over samples as they were recorded.

        Args:
            messages: WriteRequests, not compressed, each series' samples in the order of time.

        Raises:
            CouldNotTellError: it does not take them.
        """
        for message in messages:
            self._storage.write(message)

    def add(self, found: Iterable[Series]) -> None:
        """Hands over samples, each series' in the order of time. Errors as `load`."""
        kept: list[Series] = []
        for one in found:
            for begin in range(0, len(one.points), _MOST_POINTS):
                kept.append(replace(one, points=one.points[begin : begin + _MOST_POINTS]))
                if sum(len(each.points) for each in kept) >= _MOST_POINTS:
                    self._storage.write(written(kept))
                    kept = []
        if kept:
            self._storage.write(written(kept))

    def ended(self) -> str | None:
        """Why it has ended; None while it runs."""
        return self._process.ended()


@contextmanager
def private_prometheus(
    lookback: PromDuration, progress: Progress, *, tell: Callable[[str], None] = lambda _line: None
) -> Iterator[PrivatePrometheus]:
    """Starts one, and takes it away at the end.

    Args:
        lookback: `--query.lookback-delta`: how long a series counts after its last sample, if nothing marks its end.
        progress: of bringing the program, where it is not there yet.
        tell: what was found of earlier runs and removed.

    Raises:
        CouldNotTellError: it does not come up.
    """
    program = ensure((ToolName.PROMETHEUS,), progress)[ToolName.PROMETHEUS].path
    SWEEP.remove_abandoned(tell)
    run = Run.create()
    try:
        process = RunningProcess.start(_spec(run, program, lookback), run_id=run.id)
        url = _address(process)
        with ExitStack() as opened:
            reader = opened.enter_context(PrometheusReader(url, timeout_s=_ANSWER_TIMEOUT_S))
            storage = opened.enter_context(RemoteStorage(url, timeout_s=_ANSWER_TIMEOUT_S))
            ready = partial(answered, reader.ready)
            wait_until("Prometheus answers", ready, timeout_s=_READY_TIMEOUT_S, interval_s=0.02, ended=process.ended)
            yield PrivatePrometheus(url, reader, storage, process)
            if (ended := process.ended()) is not None:
                raise CouldNotTellError("Prometheus has ended by itself", why=ended, fix="ask again")
    finally:
        SWEEP.remove(run)


def _spec(run: Run, program: Path, lookback: PromDuration) -> ProcessSpec:
    config = run.directory / "prometheus.yaml"
    config.write_text("{}\n", encoding="utf-8")
    flags = {
        "config.file": config,
        "storage.tsdb.path": run.directory / "data",
        "storage.tsdb.retention.time": _RETENTION,
        "storage.tsdb.min-block-duration": _HEAD,
        "storage.tsdb.max-block-duration": _HEAD,
        "query.lookback-delta": lookback,
        "query.max-samples": _MOST_SAMPLES,
        "web.listen-address": "127.0.0.1:0",
    }
    return ProcessSpec(
        name="prometheus",
        argv=(
            str(program),
            *(f"--{name}={value}" for name, value in flags.items()),
            "--web.enable-remote-write-receiver",
        ),
        log=run.directory / "logs" / "prometheus.log",
    )


def _address(process: RunningProcess) -> str:
    """Where it listens. It chooses a port that is free, and says which."""

    def listening() -> str | NotYet:
        found = _LISTENS.search(process.spec.log.read_text(encoding="utf-8", errors="replace"))
        return f"http://{found[1]}" if found else NotYet("it does not listen yet")

    return wait_until("Prometheus listens", listening, timeout_s=_READY_TIMEOUT_S, interval_s=0.02, ended=process.ended)
