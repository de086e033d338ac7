"""The pytest plugin: options, fixtures and exit codes. Scenarios are ordinary tests; this gives them a stack.

Exit codes: 0 everything verified, 1 something violated (or a test failed), 2 misuse, 3 something unknown.
"""

from __future__ import annotations

import sys
import time
from pathlib import PurePath
from typing import TYPE_CHECKING

import pytest

from harness.report.live.showing import NAME as SHOWING
from harness.report.live.showing import Showing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from harness.core.contract import AlertPromise
    from harness.core.errors import HarnessError
    from harness.scene.notifications import Notifications
    from harness.scene.options import Options
    from harness.scene.session import Session, Survey
    from harness.scene.verbs import Expect, Given, Inject, Recover

_MARKERS = (
    "promise(*quantities): the scenario makes the subject's alerts of these quantities page",
    "silent(*quantities): the scenario's fault must not make alerts of these quantities page; of any, if none is named",
    "matrix(row): the row of scenarios/matrix.yaml that says what every alert does during the scenario's faults",
    "records(*kinds): the scenario surveys the subject's recording rules of these kinds (quantile, rate, max)",
    "speed_at_most(factor, because): run the scenario at a lower speed than asked for, and why",
    "smoke: the shortest set that goes through every part of the stack",
)
#: every other fixture of a scenario asks for this one
_SCENARIO_FIXTURE = "scene"
#: `harness.scene.session.CAST`, without its import
_CAST = "_cast"
#: `harness.core.errors.MisuseError.exit_code`, without its import
_MISUSE = 2

_session_key = pytest.StashKey["Session"]()
_options_key = pytest.StashKey["Options"]()
_start_key = pytest.StashKey[float]()
_failures_key = pytest.StashKey["_Failures"]()
#: found while tests are generated, told when all are collected: until then pytest keeps what is printed
_mistake_key = pytest.StashKey["HarnessError"]()
#: in xdist's controller: why its workers ran nothing
_refusal_key = pytest.StashKey[str]()


class _Failures:
    """Counts what failed without a verdict that says so; in xdist's controller the reports are all there is."""

    def __init__(self) -> None:
        self.count = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Looks at every report of the session."""
        told = any(("verdict", verdict) in report.user_properties for verdict in ("VIOLATED", "UNKNOWN"))
        self.count += report.failed and not told


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the harness's options."""
    group = parser.getgroup("harness", "alerts proved on a live stack")
    group.addoption("--stack", choices=("embedded",), default="embedded", help="where to run (default: embedded)")
    group.addoption("--speed", default="60", help="divide every duration of rules and scraping by this (default: 60)")
    group.addoption("--subject", default=None, help="what is under test (default: monitoring/subject.yaml)")
    group.addoption("--alert", default=None, metavar="NAME", help="run only the scenarios that make this alert page")
    group.addoption("--results", default="harness-report/results.json", help="where to write the results as JSON")
    group.addoption("--keep-stack", action="store_true", help="leave the stack running; `harness down` removes it")
    group.addoption("--narrate", action="store_true", help="tell everything that happens, line by line; so does -v")
    group.addoption("--hold", action="store_true", help="at the end, print the addresses and wait for Ctrl-C")


def pytest_configure(config: pytest.Config) -> None:
    """Tells pytest the markers, and begins to count."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.stash[_start_key] = time.monotonic()
    config.stash[_failures_key] = _Failures()
    config.pluginmanager.register(config.stash[_failures_key])
    config.pluginmanager.register(Showing(config), SHOWING)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Refuses bad input before there is a session: before workers, the scenarios, and all that they import."""
    if not _has_scenarios(config):
        return None
    from harness.core.errors import HarnessError  # noqa: PLC0415 - unit tests do not need the harness
    from harness.scene.options import read_options  # noqa: PLC0415 - same

    try:
        read_options(config)
    except HarnessError as error:
        _say(error)
        return error.exit_code
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a scenario with each alert of the subject that it is about."""
    if _SCENARIO_FIXTURE not in metafunc.fixturenames:
        return
    from harness.core.errors import HarnessError  # noqa: PLC0415 - unit tests do not need the harness
    from harness.scene.casting import casts  # noqa: PLC0415 - same
    from harness.scene.sharding import shown_id  # noqa: PLC0415 - same

    try:
        options = _options(metafunc.config)
        found = casts(metafunc.definition, options.contract)
        ids = [shown_id(cast, metafunc.definition, options.speed) for cast in found]
    except HarnessError as error:
        metafunc.config.stash.setdefault(_mistake_key, error)
        return
    if ids != [""]:  # that of a survey
        metafunc.parametrize(_CAST, found, ids=ids)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Workers share scenarios by speed, unless the command line asks for another way."""
    if not _has_scenarios(config) or config.option.dist != "load":
        return None
    from harness.scene.sharding import BySpeed  # noqa: PLC0415 - unit tests do not need the harness

    return BySpeed(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Checks options, subject and rules before anything is started, and puts scenarios of one speed together."""
    if not any(map(_is_scenario, items)):
        return
    from harness.core.errors import HarnessError  # noqa: PLC0415 - unit tests do not need the harness

    try:
        if _mistake_key in config.stash:
            raise config.stash[_mistake_key]
        _keep(config, items)
        scenarios = [item for item in items if _is_scenario(item)]
        if config.option.collectonly or not scenarios:
            return
        running = _prepared(config)
        for item in scenarios:
            running.check(item)
    except HarnessError as error:
        _refuse(config, items, error)
        return
    config.stash[_session_key] = running
    running.announce(len(scenarios))
    items.sort(key=lambda item: running.order_of(item) if _is_scenario(item) else (0.0, 0.0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Lets the judge have the last word about a scenario, while its stack is still there."""
    running = item.config.stash.get(_session_key, None)
    if running is None or not _is_scenario(item):
        return (yield)
    with running.judging(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hands the verdict on to whoever shows the report."""
    report = yield
    running = item.config.stash.get(_session_key, None)
    if running is not None and (report.when == "call" or report.failed or report.skipped):
        running.describe(item, report)
    return report


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """UNKNOWN is counted as what it is: neither passed nor failed."""
    if isinstance(report, pytest.TestReport) and report.failed and ("verdict", "UNKNOWN") in report.user_properties:
        return "unknown", "?", ("UNKNOWN", {"yellow": True})
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:  # noqa: ARG001 - xdist's hook
    """Takes over what a worker judged."""
    output: dict[str, str] = getattr(node, "workeroutput", {})
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist's WorkerController has one
    if "harness-refusal" in output:
        config.stash[_refusal_key] = output["harness-refusal"]
    if "harness" in output:
        if _session_key not in config.stash:
            config.stash[_session_key] = _prepared(config)
        config.stash[_session_key].take_over(output["harness"])


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Takes the stack away, writes the results, and lets the verdicts decide the exit code.

    After an interrupt pytest closes the last scenario here: whatever comes of that, the stack goes.
    """
    try:
        return (yield)
    finally:
        running = session.config.stash.get(_session_key, None)
        if _refusal_key in session.config.stash:
            _say(session.config.stash[_refusal_key])
            session.exitstatus = _MISUSE
        elif running is not None:
            failed = session.config.stash[_failures_key].count > 0
            session.exitstatus = running.finish(int(session.exitstatus), failed=failed)


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Shows documented against observed, and what was proved and what not."""
    running = config.stash.get(_session_key, None)
    if running is not None and not hasattr(config, "workerinput"):
        running.summarise()


def _prepared(config: pytest.Config) -> Session:
    from harness.scene.session import Session  # noqa: PLC0415 - unit tests do not need the harness

    running = Session.prepare(config)
    running.start_s = config.stash[_start_key]
    return running


def _say(error: HarnessError | str) -> None:
    """Prints a refusal; what it quotes from files repaints no terminal."""
    from harness.report.plain import many_lines  # noqa: PLC0415 - unit tests do not need the harness

    print(many_lines(str(error)), file=sys.stderr)  # noqa: T201 - the command's own output


def _refuse(config: pytest.Config, items: list[pytest.Item], error: HarnessError) -> None:
    """Ends the session with the error's exit code; a worker of xdist runs nothing and lets the controller say why."""
    if hasattr(config, "workeroutput"):
        items.clear()  # xdist replaces a worker that exits by a new one, which would come to the same end
        config.workeroutput["harness-refusal"] = str(error)
        return
    _say(error)
    pytest.exit("nothing was started, see above", returncode=error.exit_code)


def _keep(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drops the scenarios that no alert of the subject is for, and with --alert those about other alerts.

    Raises:
        MisuseError: --alert names no alert of the contract.
    """
    from harness.core.promised import promised  # noqa: PLC0415 - unit tests do not need the harness
    from harness.scene.casting import quantities  # noqa: PLC0415 - same
    from harness.scene.session import cast_of  # noqa: PLC0415 - same

    wanted = config.getoption("--alert")
    if wanted is not None:
        promised(_options(config).contract, wanted)
    gone = [
        item
        for item in items
        if _is_scenario(item)
        and (
            _nobody_is_for(item)
            or (wanted is not None and not (quantities(item, "promise") and wanted in cast_of(item)))
        )
    ]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]


def _nobody_is_for(item: pytest.Item) -> bool:
    """Of a scenario that is parametrised with nothing pytest makes one item, to be skipped."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and not isinstance(callspec.params.get(_CAST, ()), tuple)


def _options(config: pytest.Config) -> Options:
    from harness.scene.options import read_options  # noqa: PLC0415 - unit tests do not need the harness

    if _options_key not in config.stash:
        config.stash[_options_key] = read_options(config)
    return config.stash[_options_key]


def _has_scenarios(config: pytest.Config) -> bool:
    return any("scenarios" in PurePath(argument.partition("::")[0]).parts for argument in config.args)


def _is_scenario(item: pytest.Item) -> bool:
    return _SCENARIO_FIXTURE in getattr(item, "fixturenames", ())


@pytest.fixture
def _running(request: pytest.FixtureRequest) -> Session:
    return request.config.stash[_session_key]


@pytest.fixture
def _cast() -> tuple[str, ...]:
    """The alerts that the scenario is run with; parametrised by its markers."""
    return ()


@pytest.fixture
def promises(_running: Session, _cast: tuple[str, ...]) -> tuple[AlertPromise, ...]:
    """What the contract promises about the alerts that the scenario is about, the lowest threshold first."""
    found = [one for one in _running.options.contract.alerts if one.name in _cast]
    return tuple(sorted(found, key=lambda one: one.threshold.value))


@pytest.fixture
def promise(promises: tuple[AlertPromise, ...]) -> AlertPromise:
    """What the contract promises about the one alert that the scenario is about; of several, the lowest threshold."""
    return promises[0]


@pytest.fixture
def scene(_running: Session, _cast: tuple[str, ...], request: pytest.FixtureRequest) -> Iterator[object]:
    """The scenario under way; its faults are taken back when it ends, however it ends."""
    with _running.scene(request.node) as found:
        yield found


@pytest.fixture
def given(scene: object) -> Given:
    """What holds before the fault."""
    from harness.scene.verbs import Given  # noqa: PLC0415 - as above

    return Given(scene)  # type: ignore[arg-type]  # the fixture above


@pytest.fixture
def inject(scene: object) -> Inject:
    """Does damage."""
    from harness.scene.verbs import Inject  # noqa: PLC0415 - as above

    return Inject(scene)  # type: ignore[arg-type]  # the fixture above


@pytest.fixture
def expect(scene: object) -> Expect:
    """Waits for the stages of the alert's life."""
    from harness.scene.verbs import Expect  # noqa: PLC0415 - as above

    return Expect(scene)  # type: ignore[arg-type]  # the fixture above


@pytest.fixture
def recover(scene: object) -> Recover:
    """Takes the damage back."""
    from harness.scene.verbs import Recover  # noqa: PLC0415 - as above

    return Recover(scene)  # type: ignore[arg-type]  # the fixture above


@pytest.fixture
def notifications(_running: Session, scene: object, request: pytest.FixtureRequest) -> Notifications:
    """Judges what Alertmanager does with the scenario's alerts."""
    from harness.report.ledger import Kind  # noqa: PLC0415 - as above
    from harness.scene.notifications import Notifications  # noqa: PLC0415 - as above

    nodeid = request.node.nodeid
    return Notifications(scene, lambda judgement: _running.add(nodeid, judgement, Kind.OBJECT))  # type: ignore[arg-type]  # the fixture above


@pytest.fixture
def survey(_running: Session, scene: object, request: pytest.FixtureRequest) -> Survey:
    """Judges what must simply be there and right."""
    from harness.scene.session import Survey  # noqa: PLC0415 - as above

    return Survey(_running, scene, request.node)  # type: ignore[arg-type]  # the fixture above
