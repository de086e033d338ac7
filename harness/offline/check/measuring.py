"""The measured half of a check: what is driven, where, and what of it was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.check import CheckFinding
from harness.core.errors import MisuseError
from harness.core.nearest import shown
from harness.core.operator.reading import Custom
from harness.core.rules.speed import LOOKBACK
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle
from harness.offline.check.healthy import NoHealthySeriesError, healthy
from harness.offline.check.measured import measured
from harness.offline.check.virtual_run import MeasuredCase
from harness.offline.private_prometheus import private_prometheus
from harness.toolchain import Progress, ToolName, ensure


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """What is asked."""

    #: a recording of the healthy controller; None for what the subject names
    recording: Path | None = None
    #: its page: a file, or an address
    metrics: str | None = None
    #: the promises that are asked about; None for all
    only: frozenset[str] | None = None
    #: shows what is wrong with one promise, once its name is appended
    command: str = ""


def measured_findings(bundle: Bundle, asked: Measuring, progress: Progress) -> Iterator[CheckFinding]:
    """What the rules of a bundle do.

    Raises:
        MisuseError: a promise that is asked about is none, or what is named holds no healthy series of this subject.
        CouldNotTellError: a program cannot be had, or does not answer.
    """
    _refuse_unknown(bundle, asked.only)
    points = Custom.read(bundle.monitor.manifest).spec.at("endpoints").items()
    endpoint = next((one.at("port").text() for one in points), "")
    try:
        found = healthy(bundle.subject, recording=asked.recording, metrics=asked.metrics, endpoint=endpoint)
    except NoHealthySeriesError as error:
        yield CheckFinding(
            check="measured",
            about="all rules",
            verdict=Verdict.UNKNOWN,
            expected="as documented",
            actual="not measured",
            cause=f"{error.what}: {error.fix}",
        )
        return
    if found.made_up:
        yield CheckFinding(
            check="healthy series",
            about=found.catalog.source,
            verdict=Verdict.SKIPPED,
            expected="all were seen",
            actual="some are made up",
            cause=found.made_up,
        )
    case = MeasuredCase(
        contract=bundle.contract,
        catalog=found.catalog,
        rules=bundle.rules,
        promtool=ensure((ToolName.PROMTOOL,), progress)[ToolName.PROMTOOL].path,
    )
    with progress.step("rules over driven series"), private_prometheus(LOOKBACK, progress) as prometheus:
        yield from measured(case, prometheus, only=asked.only, command=asked.command)


def _refuse_unknown(bundle: Bundle, only: frozenset[str] | None) -> None:
    contract = bundle.contract
    known = [*(one.name for one in contract.alerts), *(one.name for one in contract.recording_rules)]
    for name in sorted((only or frozenset()) - set(known)):
        raise MisuseError(
            f"{contract.source} promises no {name}",
            why="--only takes the name of an alert or of a recording rule of the contract",
            fix=f"the likeliest: {shown(name, known)}",
        )
