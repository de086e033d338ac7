"""A bundle's promises as files for `promtool test rules`: from contract and truth, texts as the rules give them."""

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.core.contract.model import AlertPromise, Contract, RecordedKind
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError, ReportError
from harness.core.exported.alert_tests import AlertCase, alert_tests, promises_of
from harness.core.exported.expectation import Documented, documented
from harness.core.exported.plain_rules import plain_rules
from harness.core.exported.record_tests import record_tests
from harness.core.exported.rule_test import AlertCheck, Firing, RuleTest, RuleTestFile
from harness.core.measured.axes import axes, lacking, metrics_of
from harness.core.measured.catalog import Catalog
from harness.core.measured.situations import trials
from harness.core.rules.identity import rules_of, written_rules
from harness.core.rules.model import RecordingRule, RuleFile, RuleGroup
from harness.core.rules.sources import metrics_behind, rules_behind
from harness.core.system_words import reason_of
from harness.toolchain import Progress
from harness.toolchain.promtool_tests import Got, TestsSaid, run_rule_tests

RULES: Final = "rules.yaml"
RECORDED: Final = "recording-rules.test.yaml"
_RUN: Final = "Run in this directory: promtool test rules *.test.yaml"
_NO_FILE_NAME: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCase:
    """What is exported."""

    contract: Contract
    #: the subject's healthy series
    catalog: Catalog
    rules: RuleFile
    #: that these were read from
    rules_text: str
    promtool: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """One file of tests, and what promtool says to it."""

    name: str
    text: str
    tests: int
    passed: bool
    #: promtool's own words
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All of it, not yet written."""

    rules: str
    files: tuple[ExportedFile, ...]
    #: promise -> why nothing is tested of it
    left_out: Mapping[str, str]


def exported(case: ExportCase, progress: Progress) -> Export:
    """Makes all files, and has promtool run them.

    Raises:
        AmbiguousRuleError: several rules fit a promise equally well.
        CouldNotTellError: promtool cannot be run, or does not end.
    """
    left_out: dict[str, str] = {}
    rules = f"# As they were when the tests beside them were made.\n{plain_rules(case.rules_text, case.rules)}"
    with progress.step("tests of what is promised"):
        tests = [*_alert_files(case, left_out), *_recorded_file(case, left_out)]
    with (
        tempfile.TemporaryDirectory(prefix="export-") as place,
        progress.step("promtool over the exported tests"),
    ):
        directory = Path(place)
        (directory / RULES).write_text(rules, encoding="utf-8")
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
            files = tuple(workers.map(lambda one: _tried(one, directory, case.promtool), tests))
    return Export(rules=rules, files=files, left_out=left_out)


def refuse_full(directory: Path) -> None:
    """Nothing that is there is written over.

    Raises:
        MisuseError: it is no directory, holds something, or is the one in which the user is.
    """
    fix = "name a directory that is not there yet, or an empty one"
    if directory.resolve() == Path.cwd():
        raise MisuseError(
            f"{directory} is the directory in which you are",
            why="all files are put in place at once, as a directory that takes the place of this one",
            fix=fix,
        )
    try:
        there = next(directory.iterdir(), None)
    except FileNotFoundError:
        return
    except OSError as error:
        raise MisuseError(f"{directory} cannot be written to", why=reason_of(error), fix=fix) from error
    if there is not None:
        raise MisuseError(
            f"{directory} is not empty", why=f"it holds {there.name}, and nothing is written over", fix=fix
        )


def write(export: Export, directory: Path) -> None:
    """Writes all files, or none.

    Raises:
        MisuseError: as `refuse_full`.
        ReportError: the place cannot be written.
    """
    refuse_full(directory)
    directory = directory.resolve()
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as place:
            unfinished = Path(place) / directory.name
            unfinished.mkdir()
            (unfinished / RULES).write_text(export.rules, encoding="utf-8")
            for one in export.files:
                (unfinished / one.name).write_text(one.text, encoding="utf-8")
            # takes the place of an empty directory, and of no other
            unfinished.rename(directory)
    except OSError as error:
        raise ReportError(
            f"the tests cannot be written to {directory}", why=reason_of(error), fix="name another directory"
        ) from error


def _alert_files(case: ExportCase, left_out: dict[str, str]) -> Iterator[RuleTestFile]:
    contract, catalog, groups = case.contract, case.catalog, case.rules.groups
    rules = rules_of(contract.alerts, written_rules(groups, case.rules.source))
    reads = {one.name: metrics_behind([one.alert], groups) for one in contract.alerts}
    tried = trials(contract, catalog, reads)
    names = _file_names(promises_of(contract))
    for alert, promises in promises_of(contract).items():
        mine: list[Documented] = []
        for promise in promises:
            missing = lacking(catalog, promise.threshold.quantity)
            labelled = documented(promise, catalog)
            if missing:
                left_out[promise.name] = f"{catalog.source} has no {', '.join(missing)}, by which it would be driven"
            elif not axes(catalog, promise.threshold):
                left_out[promise.name] = promise.threshold.untestable or "nothing drives this quantity here"
            elif isinstance(labelled, str):
                left_out[promise.name] = labelled
            else:
                mine.append(labelled)
        if len(mine) < len(promises):
            # promtool is told of all alerts of a name together
            for one in mine:
                left_out[one.promise.name] = f"another promise about {alert} cannot be tested"
            continue
        told = frozenset[str]().union(
            *(metrics_of(one.threshold.quantity) for one in promises),
            *(axis.metrics for one in promises for axis in axes(catalog, one.threshold)),
        )
        read = metrics_behind([alert], groups)
        offsets = {one.name: _offset_s(groups, rule.group) for one in promises if (rule := rules[one.name]) is not None}
        found = AlertCase(
            alertname=alert,
            contract=contract,
            catalog=catalog,
            promises=tuple(mine),
            metrics=None if read is None else read | told,
            offset_s=offsets,
        )
        comment = (
            f"{alert}: {' '.join(one.promise for one in promises)}",
            *(f"Alerts while {_documented(one.promise)}" for one in mine),
        )
        yield _file(case, names[alert], comment, alert_tests(found, tried))


def _documented(promise: AlertPromise) -> str:
    threshold = promise.threshold
    return f"{threshold.meaning}: {threshold.side} {threshold.value:g} ({threshold.unit}), for {promise.hold}."


def _recorded_file(case: ExportCase, left_out: dict[str, str]) -> Iterator[RuleTestFile]:
    promises = []
    for promise in case.contract.recording_rules:
        family = f"{promise.metric}_bucket" if promise.kind is RecordedKind.QUANTILE else promise.metric
        if family in case.catalog.names():
            promises.append(promise)
        else:
            left_out[promise.name] = f"{case.catalog.source} has no {family}, of which it is computed"
    read = metrics_behind([one.name for one in promises], case.rules.groups)
    tests = record_tests(promises, case.contract, case.catalog, read)
    if tests:
        yield _file(case, RECORDED, ("The values of the recorded series.",), tests)


def _file(case: ExportCase, name: str, comment: tuple[str, ...], tests: tuple[RuleTest, ...]) -> RuleTestFile:
    return RuleTestFile(
        name=name,
        comment=(
            *comment,
            _RUN,
            "What is expected is what is documented; annotations alone are as the rules gave them when this was made.",
        ),
        rules=RULES,
        scrape=case.contract.scrape_interval,
        evaluation=case.contract.evaluation_interval,
        order=_in_order(case.rules.groups),
        tests=tests,
    )


def _in_order(groups: Iterable[RuleGroup]) -> tuple[str, ...]:
    """Names of groups: one that reads what another records comes behind it, where that can be."""
    groups = tuple(groups)
    records = {one.name: {rule.name for rule in one.rules if isinstance(rule, RecordingRule)} for one in groups}
    reads = {
        one.name: frozenset[str]().union(*(rules_behind(rule.name, groups) - {rule.name} for rule in one.rules))
        for one in groups
    }
    left, found = [one.name for one in groups], list[str]()
    while left:
        free = (one for one in left if not any(records[other] & reads[one] for other in left if other != one))
        found.append(next(free, left[0]))
        left.remove(found[-1])
    return tuple(found)


def _offset_s(groups: Iterable[RuleGroup], name: str) -> float:
    return next((one.query_offset.seconds for one in groups if one.name == name and one.query_offset), 0.0)


def _file_names(alerts: Iterable[str]) -> Mapping[str, str]:
    """An alert may have any name, a file may not; where no letter's case tells files apart, a number does."""
    found: dict[str, str] = {}
    for alert in alerts:
        plain = _NO_FILE_NAME.sub("_", alert).lstrip(".-") or "alert"
        taken = {one.casefold() for one in found.values()} | {RECORDED}
        names = (f"{plain}{'' if number == 1 else number}.test.yaml" for number in range(1, len(found) + 3))
        found[alert] = next(one for one in names if one.casefold() not in taken)
    return found


def _tried(file: RuleTestFile, directory: Path, promtool: Path) -> ExportedFile:
    """With the texts that promtool renders, where it renders those alerts."""
    silent = tuple(one for one in map(_fires, file.tests) if one.alerts)
    got = _run(replace(file, tests=silent), directory, promtool).got if silent else {}
    whole = replace(file, tests=tuple(_annotated(one, got) for one in file.tests))
    said = _run(whole, directory, promtool)
    return ExportedFile(
        name=file.name, text=whole.text, tests=len(whole.tests), passed=said.passed, words=said.words.strip()
    )


def _fires(test: RuleTest) -> RuleTest:
    """The checks at which something fires, and nothing expected: promtool says what there is."""
    checks = tuple(replace(one, firing=()) for one in test.alerts if one.firing)
    return replace(test, alerts=checks, values=())


def _run(file: RuleTestFile, directory: Path, promtool: Path) -> TestsSaid:
    path = directory / file.name
    path.write_text(file.text, encoding="utf-8")
    return run_rule_tests(path, promtool)


def _annotated(test: RuleTest, got: Mapping[tuple[str, str], tuple[Got, ...]]) -> RuleTest:
    by_instant = {PromDuration.parse(at).ms: alerts for (name, at), alerts in got.items() if name == test.name}
    return replace(
        test,
        alerts=tuple(
            replace(check, firing=tuple(_with_text(one, check, by_instant) for one in check.firing))
            for check in test.alerts
        ),
    )


def _with_text(firing: Firing, check: AlertCheck, got: Mapping[int, tuple[Got, ...]]) -> Firing:
    wanted = {**firing.labels, "alertname": check.alertname}
    alerts = got.get(round(1_000 * check.at_s), ())
    return next((replace(firing, annotations=one.annotations) for one in alerts if one.labels == wanted), firing)
