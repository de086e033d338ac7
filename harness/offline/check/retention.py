"""For how long Prometheus keeps its samples, as the chart's values have it, beside what is documented."""

from collections.abc import Iterator

from harness.core.check import CheckFinding
from harness.core.duration import PromDuration
from harness.core.files.mistakes import Path as Keys
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, lines_of, shown

_DAY_MS = 86_400_000
_SPEC = ("prometheus", "prometheusSpec")


def retention_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """Nothing where nothing is promised about it."""
    promised, settings = bundle.contract.retention, bundle.chart.prometheus
    if promised is None:
        return
    kept, size = settings.retention, settings.retention_size
    keys: Keys = (*_SPEC, "retention")
    if kept is not None and kept < promised:
        verdict, cause = (
            Verdict.VIOLATED,
            f"retention is {_days(kept)}, the documentation asks for {_days(promised)} at least",
        )
    elif size:
        verdict = Verdict.UNKNOWN
        cause = f"retentionSize {size} may let samples go before: how fast it fills can only be seen where it runs"
        keys = (*_SPEC, "retentionSize")
    else:
        verdict, cause = Verdict.VERIFIED, ""
    file, line = shown(bundle.subject.files.chart_values), bundle.values_text.place(keys).line
    yield CheckFinding(
        check="retention",
        about="Prometheus",
        verdict=verdict,
        expected=f"keeps its samples for at least {_days(promised)}",
        actual="a size alone limits it" if kept is None else _days(kept) + (f", or {size}" if size else ""),
        cause=cause,
        file=file,
        line=line,
        command=lines_of(file, line),
    )


def _days(length: PromDuration) -> str:
    """As people say how long something is kept."""
    days, rest = divmod(length.ms, _DAY_MS)
    return f"{days}d" if days and not rest else str(length)
