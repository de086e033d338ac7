"""Showing a session: pytest's hooks that give the view its place on the terminal, and its workers a way to be heard.

The view is there from the first test to the end of the last, and only where there are scenarios. It shows a frame on a
terminal that somebody watches; plain lines elsewhere, in CI, with `-s` and under a debugger, whose output would meet
the frame; with `-q` little more than pytest's own letters; with `-p no:terminal` nothing.
"""

import os
import time
from typing import Protocol

import pytest

from harness.core.events import Announcement, Listener, NoListener
from harness.report.live.interrupt import held_back
from harness.report.live.narration import Detail
from harness.report.live.relay import RelayReader, RelayWriter
from harness.report.live.renderer import LiveRenderer, PlainRenderer, shows_live
from harness.report.live.stream import Stream
from harness.report.live.view import View

#: under which name this plugin is registered
NAME = "harness-live-reporter"
#: the key in xdist's `workerinput`: where the worker writes its events
_INPUT = "harness-events"


class _Gateway(Protocol):
    id: str


class _Node(Protocol):
    """What xdist tells of a worker."""

    gateway: _Gateway
    workerinput: dict[str, object]


class LiveReporter:
    """One session's view; a listener that may be told things before there is one."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._began_s = time.time()
        self._readers: dict[str, RelayReader] = {}
        self._early: list[Announcement] = []
        self._view: View | None = None
        self._stream: Stream | None = None
        #: node ids of what was told in full when it failed; untold failures are left to pytest
        self.told: set[str] = set()
        self._failed: set[str] = set()
        #: the view has been there and is gone
        self._over = False

    def listener(self) -> Listener:
        """Who listens to the engine of this process: the view, its controller's, or nobody."""
        try:
            return RelayWriter.to(self._config.workerinput[_INPUT])  # type: ignore[attr-defined]  # xdist's
        except OSError:
            return NoListener()  # a worker that cannot be heard is not disturbed
        except AttributeError:
            return NoListener() if self._reporter is None else self

    def hear(self, told: Announcement) -> None:
        """Takes an event of this process."""
        if self._view is not None:
            self._view.hear(told)
        elif not self._over:
            self._early.append(told)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: _Node) -> None:
        """Makes a file for a worker's events and tells it where."""
        reader = self._readers[node.gateway.id] = RelayReader(node.gateway.id)
        node.workerinput[_INPUT] = reader.path

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Begins when a worker has told that it has scenarios."""
        self._early += self._news()
        if self._early:
            self._begin()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: _Node, error: object) -> None:
        """What a worker that died had under way is over."""
        if self._view is not None:
            self._view.lost(node.gateway.id, f"its worker ended: {error or 'no more tests'}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Begins when this process has scenarios. Before the first test: pytest's output is its own only then."""
        if self._early:
            self._begin()

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """A scenario has a line of its own and needs no letter; it is counted as ever."""
        if self._view is None or self._quiet or not isinstance(report, pytest.TestReport):
            return None
        if report.when != "call" and report.passed:
            return None  # of the three reports of a test, one counts
        categories = {
            ("VERIFIED", "passed"): "passed",
            ("VIOLATED", "failed"): "failed",
            ("UNKNOWN", "failed"): "unknown",
        }
        verdict = str(dict(report.user_properties).get("verdict", ""))
        category = categories.get((verdict, report.outcome))
        return None if category is None else (category, "", "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Whoever has everything told wants to know at once why something is not verified."""
        if report.failed:
            self._failed.add(report.nodeid)
        narrated = self._config.getoption("narrate", False)
        if self._view is not None and narrated and report.failed and "verdict" in dict(report.user_properties):
            self._view.write(f"{report.longreprtext}\n")
            self.told.add(report.nodeid)

    def pytest_enter_pdb(self) -> None:
        """A debugger has the terminal to itself, from now on."""
        self.stop()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Gives way to the summary. What was told in full already is not told again."""
        self.stop()
        if self.told and self._failed <= self.told:
            self._config.option.tbstyle = "no"

    def pytest_unconfigure(self) -> None:
        """The same for a session that ended in another way."""
        self.stop()
        for reader in self._readers.values():
            reader.close()

    def stop(self) -> None:
        """Shows what is left and gives the terminal back. Harmless the second time."""
        if self._view is None or self._stream is None or self._reporter is None:
            self._over = True
            return
        with held_back():  # a second Ctrl-C must not keep the first one's frame on the terminal
            view, self._view, self._over = self._view, None, True
            view.stop()
            self._stream.release()
            if view.failure:
                self._reporter.write_line(f"the view broke off, nothing else did: {view.failure}")

    def _begin(self) -> None:
        reporter = self._reporter
        if self._view is not None or self._over or reporter is None:
            return
        option = self._config.getoption
        stream = self._stream = Stream(reporter)
        alone = option("capture", "fd") != "no" and not option("usepdb", False) and not option("trace", False)
        if shows_live(stream.file, os.environ) and alone and not self._quiet:
            renderer: LiveRenderer | PlainRenderer = LiveRenderer(
                stream.file, no_colour=option("color", "auto") == "no"
            )
        else:
            renderer = PlainRenderer(stream.file)
        full = option("verbose", 0) > 0 or option("narrate", False)
        detail = Detail.FULL if full else Detail.QUIET if self._quiet else Detail.SHORT
        view = self._view = View(renderer, detail, began_s=self._began_s, more=self._news)
        for told in self._early:
            view.hear(told)
        self._early.clear()
        stream.turn_to(view.write)
        view.start()

    @property
    def _quiet(self) -> bool:
        return int(self._config.getoption("verbose", 0)) < 0

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        found: pytest.TerminalReporter | None = self._config.pluginmanager.getplugin("terminalreporter")
        return found

    def _news(self) -> list[Announcement]:
        return [told for reader in list(self._readers.values()) for told in reader.read()]
