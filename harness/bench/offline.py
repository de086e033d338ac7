"""What questions without a cluster take: a check, the replay of all recordings, and promtool's own tests beside it."""

import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from harness.bench.corpus import CORPUS
from harness.bench.spread import Spread
from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.core.rules.file import render
from harness.offline.check.agreement import checked
from harness.offline.check.bundle import Bundle
from harness.offline.check.measuring import Measuring, measured_findings
from harness.offline.over_recording import replay_recording
from harness.offline.private_prometheus import private_prometheus
from harness.recording.layout import SCRAPED
from harness.recording.recording import Recording
from harness.toolchain import Progress, ToolName, ensure

_CHECKS: Final = 3
#: the shipped rules' cases, in a checkout
_CASES: Final = CORPUS.parents[3] / "monitoring" / "tests" / "virtual_time"
_TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineCost:
    """Seconds of the clock; of what is not there None."""

    #: both halves of a check, from reading to the last finding
    check_s: Spread
    #: things that were looked at
    findings: int
    #: all recordings of the corpus, as many side by side as there are cores, each with a Prometheus of its own
    replay_s: float | None
    recordings: int
    #: `promtool test rules` on the cases that are kept by hand, all of them one after the other
    promtool_s: float | None


def measure_offline(subject: Subject, contract: Contract, progress: Progress) -> OfflineCost:
    """Measures each of them.

    Raises:
        HarnessError: the bundle cannot be checked.
    """
    took, findings = [], 0
    for _ in range(_CHECKS):
        begun_s = time.monotonic()
        bundle = Bundle.read(subject, contract, progress)
        findings = len([*checked(bundle), *measured_findings(bundle, Measuring(), progress)])
        took.append(time.monotonic() - begun_s)
    spread = Spread.of(took)
    assert spread is not None  # noqa: S101 - there is one value at least
    return OfflineCost(
        check_s=spread,
        findings=findings,
        replay_s=_replayed_s(progress) if CORPUS.is_dir() else None,
        recordings=len([*CORPUS.iterdir()]) if CORPUS.is_dir() else 0,
        promtool_s=_promtool_s(bundle, progress) if _CASES.is_dir() else None,
    )


def _replayed_s(progress: Progress) -> float:
    promtool = ensure((ToolName.PROMTOOL, ToolName.PROMETHEUS), progress)[ToolName.PROMTOOL].path
    begun_s = time.monotonic()
    # the largest first, so that none of the processes waits for the last of another
    directories = sorted(CORPUS.iterdir(), key=lambda one: -(one / SCRAPED).stat().st_size)
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(partial(_replay, promtool=promtool), directories):
            pass
    return time.monotonic() - begun_s


def _replay(directory: Path, *, promtool: Path) -> None:
    recording = Recording.read(directory)
    with private_prometheus(recording.lookback, Progress()) as prometheus:
        replay_recording(recording, recording.groups, prometheus, promtool)


def _promtool_s(bundle: Bundle, progress: Progress) -> float:
    promtool = ensure((ToolName.PROMTOOL,), progress)[ToolName.PROMTOOL].path
    with tempfile.TemporaryDirectory(prefix="promtool-") as place:
        (Path(place) / "rules.yaml").write_text(render(bundle.rules.groups), encoding="utf-8")
        cases = []
        for case in sorted(_CASES.glob("*.yaml")):
            (Path(place) / case.name).write_bytes(case.read_bytes())
            cases.append(case.name)
        begun_s = time.monotonic()
        subprocess.run(
            [promtool, "test", "rules", *cases], cwd=place, capture_output=True, timeout=_TIMEOUT_S, check=True
        )
        return time.monotonic() - begun_s
