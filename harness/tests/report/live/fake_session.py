"""A pytest plugin for sessions that show what tests tell: the view and its hooks without a harness behind them."""

import time
from collections.abc import Callable, Generator

import pytest

from harness.core.events import Announcement, Collected, Event
from harness.core.verdict import Verdict
from harness.report.live.terminal_reporter import LiveReporter

Tell = Callable[[Event], None]

_verdict = pytest.StashKey[str]()
_live_reporter = pytest.StashKey[LiveReporter]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """As the harness's own plugin does."""
    parser.addoption("--narrate", action="store_true")
    parser.addoption("--no-scenarios", action="store_true")


def pytest_configure(config: pytest.Config) -> None:
    """As the harness's own plugin does."""
    config.stash[_live_reporter] = LiveReporter(config)
    config.pluginmanager.register(config.stash[_live_reporter])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """As a session with scenarios does."""
    if not config.getoption("--no-scenarios"):
        told = Announcement(source="", at_s=time.time(), event=Collected(scenarios=len(items)))
        config.stash[_live_reporter].listener().hear(told)


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Tell:
    """Tells an event, and has it shown before the test goes on; a worker's is shown when its controller reads it."""
    live_reporter = pytestconfig.stash[_live_reporter]
    listener = live_reporter.listener()

    def say(event: Event) -> None:
        listener.hear(Announcement(source="", at_s=time.time(), event=event))
        if live_reporter._view is not None:
            live_reporter._view.show()

    return say


@pytest.fixture
def judged(request: pytest.FixtureRequest) -> Callable[[Verdict], None]:
    """Says how the test was judged."""

    def judge(verdict: Verdict) -> None:
        request.node.stash[_verdict] = verdict.value

    return judge


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hands the verdict on, as the harness's own plugin does."""
    report = yield
    if _verdict in item.stash:  # the teardown's report has it as well
        report.user_properties.append(("verdict", item.stash[_verdict]))
    return report
