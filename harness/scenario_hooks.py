"""Pytest's hooks of a session that has scenarios; `harness.plugin` lets them in, and no other session imports this.

How a session ends decides the exit code together with the verdicts: `harness.exit_codes`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from harness.core.errors import HarnessError, MisuseError
from harness.exit_codes import ending_of, nothing_selected, status_of
from harness.report.live.terminal_reporter import NAME, LiveReporter
from harness.report.plain_text import many_lines
from harness.session.current import SESSION, START_S
from harness.session.options import read_options
from harness.session.rules_as_written import differences
from harness.session.scenario_files import found_in
from harness.session.selection import left_out, names_scenarios, parametrise
from harness.session.session import Session
from harness.session.sharding import BySpeed
from harness.session.stash import SCENARIO_RUN, is_scenario

if TYPE_CHECKING:
    from collections.abc import Generator

#: a line for each rule that is not as promised
_differences_key = pytest.StashKey[list[str]]()
#: found while tests are generated, told when all are collected: until then pytest keeps what is printed
_mistake_key = pytest.StashKey[HarnessError]()
#: in xdist's controller: why its workers ran nothing
_refusal_key = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Puts the view beside these hooks."""
    config.pluginmanager.register(LiveReporter(config), NAME)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuses bad input before anything: workers, the scenarios, and all that they import."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    try:
        read_options(config)
    except HarnessError as error:
        _refuse(config, [], error)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Tells at once what the rules, as they are written, do not keep: before anything is started."""
    _tell_differences(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """`-x` asks to end with the first thing that is not right, and that may be known already."""
    config = session.config
    if config.stash.get(_differences_key, None) and config.getoption("maxfail") == 1 and not config.option.collectonly:
        if SESSION not in config.stash:
            config.stash[SESSION] = _prepared(config)
        raise session.Failed("a rule, as it is written, is not as promised, see above")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a scenario with each alert of the subject that it is about."""
    if SCENARIO_RUN not in metafunc.fixturenames:
        return
    try:
        parametrise(metafunc, read_options(metafunc.config))
    except HarnessError as error:
        metafunc.config.stash.setdefault(_mistake_key, error)


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Workers share scenarios by speed, unless the command line or a conftest asks for another way."""
    return BySpeed(config, log) if config.option.dist == "load" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Checks options, subject and rules before anything is started, and puts scenarios of one speed together."""
    if not any(map(is_scenario, items)):
        return
    try:
        if _mistake_key in config.stash:
            raise config.stash[_mistake_key]
        _tell_differences(config)
        _deselect(config, items)
        scenarios = [item for item in items if is_scenario(item)]
        if config.option.collectonly or not scenarios:
            return
        running = _prepared(config)
        for item in scenarios:
            running.scenarios.check(item)
    except HarnessError as error:
        _refuse(config, items, error)
        return
    config.stash[SESSION] = running
    running.announce(len(scenarios))
    items.sort(key=lambda item: running.scenarios.order_of(item) if is_scenario(item) else (0.0, 0.0))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Lets the judge have the last word about a scenario, while its stack is still there.

    Inside of what pytest puts around a test: what judging prints is caught with what the test printed.
    """
    running = item.config.stash.get(SESSION, None)
    if running is None or not is_scenario(item):
        return (yield)
    with running.scenarios.judging(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hands the verdict on to whoever shows the report."""
    report = yield
    running = item.config.stash.get(SESSION, None)
    if running is not None and (report.when == "call" or report.failed or report.skipped):
        running.scenarios.describe(item, report)
    return report


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """UNKNOWN is counted as what it is: neither passed nor failed."""
    if isinstance(report, pytest.TestReport) and report.failed and ("verdict", "UNKNOWN") in report.user_properties:
        return "unknown", "?", ("UNKNOWN", {"yellow": True})
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """Takes over what a worker judged."""
    output: dict[str, str] = getattr(node, "workeroutput", {})
    config: pytest.Config = node.config  # type: ignore[attr-defined]  # xdist's WorkerController has one
    if "harness-refusal" in output:
        config.stash[_refusal_key] = output["harness-refusal"]
    if "harness" in output:
        _of_controller(config).workers.take_over(output["harness"])
    elif error:
        _of_controller(config).workers.crashed[node.gateway.id] = str(error)  # type: ignore[attr-defined]  # same


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport) -> None:
    """A worker that ended in the middle of a scenario proved nothing about it: UNKNOWN, and no failed test."""
    node = report.node
    if found_in([crashitem], node.config.rootpath):
        _of_controller(node.config).workers.add_crash(crashitem, node.gateway.id)
        report.user_properties.append(("verdict", "UNKNOWN"))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Takes the stack away, writes the results, and lets the verdicts decide the exit code.

    After an interrupt pytest closes the last scenario here: whatever comes of that, the stack goes.
    """
    try:
        return (yield)
    finally:
        config, nothing, status = session.config, nothing_selected(session), status_of(session)
        running, refused = config.stash.get(SESSION, None), _refusal_key in config.stash
        session.exitstatus = MisuseError.exit_code if refused or nothing is not None else status
        if running is not None:
            if running.worker_output is None:
                running.workers.add_lost(ending_of(config).violated)
            failed = ending_of(config).failed > 0
            session.exitstatus = running.finish(int(session.exitstatus), failed=failed)
        if refused:
            _say(config.stash[_refusal_key])
        if nothing is not None:
            _say(nothing)


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Shows documented against observed, and what was proved and what not."""
    running = config.stash.get(SESSION, None)
    if running is not None and not hasattr(config, "workerinput"):
        live_reporter: LiveReporter | None = config.pluginmanager.getplugin(NAME)
        running.summarise(() if live_reporter is None else live_reporter.told)


def _prepared(config: pytest.Config) -> Session:
    running = Session.prepare(config)
    running.start_s = config.stash[START_S]
    return running


def _of_controller(config: pytest.Config) -> Session:
    """What xdist's controller enters its workers' judgements into."""
    if SESSION not in config.stash:
        config.stash[SESSION] = _prepared(config)
    return config.stash[SESSION]


def _say(error: HarnessError | str) -> None:
    """Prints a refusal; what it quotes from files repaints no terminal."""
    print(many_lines(str(error)), file=sys.stderr)  # noqa: T201 - the command's own output


def _refuse(config: pytest.Config, items: list[pytest.Item], error: HarnessError) -> None:
    """Ends the session with the error's exit code; a worker of xdist runs nothing and lets the controller say why."""
    if hasattr(config, "workeroutput"):
        items.clear()  # xdist replaces a worker that exits by a new one, which would come to the same end
        config.workeroutput["harness-refusal"] = str(error)
        return
    _say(error)
    pytest.exit("nothing was started, see above", returncode=error.exit_code)


def _tell_differences(config: pytest.Config) -> None:
    """Once, by the process that has the terminal."""
    if hasattr(config, "workerinput") or _differences_key in config.stash:
        return
    config.stash[_differences_key] = [*differences(read_options(config))]
    reporter: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None:
        return
    for line in config.stash[_differences_key]:
        reporter.ensure_newline()
        reporter.write_line(line)


def _deselect(config: pytest.Config, items: list[pytest.Item]) -> None:
    gone = left_out(items, read_options(config), config.getoption("--alert"), named=names_scenarios(config))
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]
