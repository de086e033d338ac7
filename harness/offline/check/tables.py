"""The documentation beside the contract: what a page of Markdown says of alerts, recording rules, metrics and panels.

Both are written by hand from the same promise, so that a change of one of them is seen at the other. Of prose only
figures are read: a number with its side, a duration, a severity, lists of labels and of what is read. What is not said
there in figures is not looked at, and is said to be open.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.check import CheckFinding
from harness.core.contract.model import AlertPromise, Contract, Threshold
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.figure import figure
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, lines_of, shown
from harness.offline.check.markdown_page import Entry, Page, Row

#: parts of a line of figures: `critical · more than 10% fail · for 10m`
_PARTS = re.compile(r"\s+[·|;]\s+|\n")
_SEVERITY = re.compile(r"\bseverity:?\s+(\w+)", re.IGNORECASE)
_FOR = re.compile(
    r"\b(?:for|fires after|after):?\s+(\d+)\s*(ms|[smhdwy]\b|seconds?|minutes?|hours?|days?)", re.IGNORECASE
)
_OVER, _UNDER = ("more than", "above", "over", ">"), ("less than", "fewer than", "below", "under", "<")
_LIMIT = re.compile(
    rf"({'|'.join((*_OVER, *_UNDER))})\s*(\d+(?:\.\d+)?)\s*(%|ms\b|s\b|seconds?\b|items?\b|replicas?\b)?", re.IGNORECASE
)
#: behind a number that is no limit but a time
_TIME = re.compile(r"\s*(?:m|h|d|min|minutes?|hours?|days?)\b", re.IGNORECASE)
_LABELS = re.compile(r"labels?\s+([a-z_]\w*(?:,\s*[a-z_]\w*)*)")
#: what an alert's name looks like
_ALERT = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+")
_KNOWN = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One thing that the page says of a name, beside the contract's."""

    check: str
    expected: str
    #: empty where the page says nothing of it
    actual: str
    same: bool


def table_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """What the page says of everything that the contract names; one finding where there is no page."""
    if bundle.documentation is None or bundle.subject.files.documentation is None:
        yield CheckFinding(
            check="documentation",
            about=bundle.subject.name,
            verdict=Verdict.SKIPPED,
            expected="a page that says what the contract says",
            actual="the subject file names none",
            cause="give `documentation:` the path of a Markdown file",
        )
        return
    page, contract = Page.read(bundle.documentation), bundle.contract
    file = shown(bundle.subject.files.documentation)
    severities = {*_KNOWN, *(one.severity for one in contract.alerts)}
    kinds: tuple[tuple[str, Mapping[str, Callable[[Row | Entry], Iterator[Stated]]]], ...] = (
        ("alert", {name: _alerts_reader(mine, severities) for name, mine in _by_alert(contract).items()}),
        ("recording rule", {one.name: _listing("labels kept", "labels", one.by) for one in contract.recording_rules}),
        ("metric", {one.name: _metric_reader(one.type, one.labels) for one in contract.metrics}),
        ("panel", {one.title: _panel_reader(one.shows, one.reads) for one in contract.panels}),
    )
    for kind, readers in kinds:
        yield from _kind(page, file, kind, readers)
    yield from _strangers(page, file, contract)


def _kind(
    page: Page, file: str, kind: str, readers: Mapping[str, Callable[[Row | Entry], Iterator[Stated]]]
) -> Iterator[CheckFinding]:
    found = {name: page.about(name) for name in readers}
    if readers and not any(found.values()):
        yield _finding(
            file,
            None,
            kind,
            f"{kind}s",
            verdict=Verdict.SKIPPED,
            expected=f"{len(readers)} {kind}s",
            actual="the page names none of them",
            cause=f"it has no list of {kind}s to compare",
        )
        return
    for name, reader in readers.items():
        said = found[name]
        if said is None:
            cause = f"the page lists other {kind}s, and not this one"
            yield _finding(
                file,
                None,
                "documented",
                name,
                verdict=Verdict.VIOLATED,
                expected=f"the page names the {kind}",
                actual="it does not",
                cause=cause,
            )
            continue
        for one in reader(said):
            verdict = Verdict.VERIFIED if one.same else Verdict.VIOLATED if one.actual else Verdict.SKIPPED
            cause = {
                Verdict.VIOLATED: f"the page says {one.actual}, the contract {one.expected}",
                Verdict.SKIPPED: "the page does not say it in figures",
            }.get(verdict, "")
            actual = one.actual or "not said"
            yield _finding(
                file,
                said.line,
                one.check,
                name,
                verdict=verdict,
                expected=one.expected,
                actual=actual,
                cause=cause,
            )


def _by_alert(contract: Contract) -> dict[str, list[AlertPromise]]:
    return {
        name: [one for one in contract.alerts if one.alert == name] for name in (one.alert for one in contract.alerts)
    }


def _alerts_reader(promises: Sequence[AlertPromise], severities: set[str]) -> Callable[[Row | Entry], Iterator[Stated]]:
    """Of several promises about one alert nobody can say which of them the page means."""
    return _alert_reader(promises[0], severities) if len(promises) == 1 else _named


def _named(said: Row | Entry) -> Iterator[Stated]:  # noqa: ARG001 - a reader's signature
    yield Stated(check="documented", expected="named", actual="named", same=True)


def _alert_reader(promise: AlertPromise, severities: set[str]) -> Callable[[Row | Entry], Iterator[Stated]]:
    def read(said: Row | Entry) -> Iterator[Stated]:
        text = _text(said)
        yield _severity(promise, text, said.under, severities)
        lengths = [length for found in _FOR.finditer(text) if (length := _duration(found[1], found[2])) is not None]
        yield Stated(
            check="documented for",
            expected=f"for {promise.hold}",
            actual=" and ".join(f"for {length}" for length in lengths),
            same=promise.hold in lengths,
        )
        yield _limit(promise.threshold, text)
        listed = next((found[1] for part in _PARTS.split(text) if (found := _LABELS.match(part.strip()))), "")
        if listed:
            names = {one.strip() for one in listed.split(",")}
            known = {*promise.labels, *promise.instance_labels}
            same = names <= known and set(promise.instance_labels) <= names
            yield Stated(
                check="documented labels",
                expected=f"labels {', '.join(promise.instance_labels) or 'of ' + ', '.join(promise.labels)}",
                actual=f"labels {', '.join(sorted(names))}",
                same=same,
            )

    return read


def _text(said: Row | Entry) -> str:
    if isinstance(said, Entry):
        return f"{said.head}\n{said.more}"
    return "\n".join(f"{header} {cell}" for header, cell in said.cells.items())


def _severity(promise: AlertPromise, text: str, under: Iterable[str], severities: set[str]) -> Stated:
    named = _SEVERITY.search(text)
    words = [named[1]] if named else [part.strip() for part in _PARTS.split(text)]
    words += [word for heading in under for word in heading.split()]
    actual = next((word.lower() for word in words if word.lower() in severities), "")
    return Stated(
        check="documented severity", expected=promise.severity, actual=actual, same=actual == promise.severity
    )


def _limit(threshold: Threshold, text: str) -> Stated:
    """The numbers with a side; of several, one has to be the documented one. What is a time is none of them."""
    expected = f"{threshold.side} {figure(threshold.value, threshold.unit)}"
    found = [one for one in _LIMIT.finditer(text) if not _TIME.match(text, one.end(2))]
    said = [f"{_side(one[1])} {one[2]}{one[3] or ''}" for one in found]
    same = any(_is(threshold, one) for one in found)
    return Stated(check="documented threshold", expected=expected, actual=" and ".join(said), same=same)


def _is(threshold: Threshold, found: re.Match[str]) -> bool:
    unit, number = (found[3] or "").lower(), float(found[2])
    value = number / 100 if unit == "%" else number / 1_000 if unit == "ms" else number
    fits = {"%": "ratio", "s": "seconds", "m": "seconds", "i": "items", "r": "replicas"}.get(unit[:1], threshold.unit)
    return _side(found[1]) == threshold.side and fits == threshold.unit and math.isclose(value, threshold.value)


def _side(word: str) -> str:
    return ">" if word.lower() in _OVER else "<"


def _duration(number: str, unit: str) -> PromDuration | None:
    short = "ms" if unit == "ms" else unit[0].lower()
    try:
        return PromDuration.parse(f"{int(number)}{short}")
    except MisuseError:
        return None


def _listing(first: str, second: str, names: Iterable[str]) -> Callable[[Row | Entry], Iterator[Stated]]:
    """A column of names under one of two headers."""
    wanted = sorted(names)

    def read(said: Row | Entry) -> Iterator[Stated]:
        if isinstance(said, Row) and (first in said.cells or second in said.cells):
            cell = said.cells.get(first, said.cells.get(second, ""))
            found = sorted(filter(None, re.split(r"[,\s]+", cell)))
            yield Stated(
                check=f"documented {first}",
                expected=", ".join(wanted) or "none",
                actual=", ".join(found) or "none",
                same=found == wanted,
            )
        else:
            yield from _named(said)

    return read


def _metric_reader(kind: str, labels: Iterable[str]) -> Callable[[Row | Entry], Iterator[Stated]]:
    listed = _listing("labels", "labels", labels)

    def read(said: Row | Entry) -> Iterator[Stated]:
        if isinstance(said, Row) and "type" in said.cells:
            yield Stated(
                check="documented type", expected=kind, actual=said.cells["type"], same=said.cells["type"] == kind
            )
        yield from listed(said)

    return read


def _panel_reader(shows: str, reads: Iterable[str]) -> Callable[[Row | Entry], Iterator[Stated]]:
    listed = _listing("reads", "reads", reads)

    def read(said: Row | Entry) -> Iterator[Stated]:
        if isinstance(said, Row) and "shows" in said.cells:
            yield Stated(
                check="documented shows", expected=shows, actual=said.cells["shows"], same=said.cells["shows"] == shows
            )
        yield from listed(said)

    return read


def _strangers(page: Page, file: str, contract: Contract) -> Iterator[CheckFinding]:
    """Names that the page lists among documented ones, and the contract has not."""
    alerts = {one.alert for one in contract.alerts}
    prefix = _common(alerts)
    for one in page.entries:
        named = _ALERT.match(one.head)
        if named and len(prefix) >= 3 and named[0].startswith(prefix) and named[0] not in alerts and named[0] != prefix:  # noqa: PLR2004 - shorter is no prefix
            yield _stranger(file, one.line, "alert", named[0])
    for kind, names in (
        ("alert", alerts),
        ("recording rule", {one.name for one in contract.recording_rules}),
        ("metric", {one.name for one in contract.metrics}),
        ("panel", {one.title for one in contract.panels}),
    ):
        tables = {tuple(row.cells) + row.under for row in page.rows if row.name in names}
        for row in page.rows:
            if tuple(row.cells) + row.under in tables and row.name not in names:
                yield _stranger(file, row.line, kind, row.name)


def _common(names: set[str]) -> str:
    """What all of several names begin with; empty of one."""
    first, last = (min(names), max(names)) if len(names) > 1 else ("", "")
    length = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:length]


def _stranger(file: str, line: int, kind: str, name: str) -> CheckFinding:
    return _finding(
        file,
        line,
        "documented",
        name,
        verdict=Verdict.VIOLATED,
        expected=f"a {kind} that the contract promises",
        actual=f"the page names a {kind} {name}",
        cause="the contract has no such promise",
    )


def _finding(
    file: str, line: int | None, check: str, about: str, *, verdict: Verdict, expected: str, actual: str, cause: str
) -> CheckFinding:
    return CheckFinding(
        check=check,
        about=about,
        verdict=verdict,
        expected=expected,
        actual=actual,
        cause=cause,
        file=file,
        line=line,
        command=lines_of(file, line),
    )
