"""The pytest plugin: options and markers. Scenarios are ordinary tests; this gives them a stack.

It is loaded by every session of an environment that the harness is installed in. So it is light, and only decides
whether the session has scenarios (`harness.session.scenario_files`): the hooks and fixtures that run them are plugins
of their own, `harness.scenario_hooks` and `harness.fixtures`, which other sessions never import.
"""

from __future__ import annotations

import time

import pytest

from harness.exit_codes import join
from harness.session.current import START_S
from harness.session.scenario_files import has_scenarios
from harness.stacks.options import DEFAULT_KIND, KINDS, OPTIONS

_MARKERS = (
    "promise(*quantities): the scenario makes the subject's alerts of these quantities page",
    "silent(*quantities): the scenario's fault must not make alerts of these quantities page; of any, if none is named",
    "matrix(row): the row of the scenario's matrix.yaml that says what every alert does during its faults",
    "records(*kinds): the scenario surveys the subject's recording rules of these kinds (quantile, rate, max)",
    "speed_at_most(factor, because): run the scenario at a lower speed than asked for, and why",
    "needs(*capabilities): the scenario is left out where the chosen stack can never have these (Grafana)",
    "scenario: one that has none of these markers, because it is about no alert and injects nothing",
    "smoke: the shortest set that goes through every part of the stack",
)
#: registered where there are scenarios, in this order
_OF_SCENARIOS = ("harness.scenario_hooks", "harness.fixtures")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds the harness's options."""
    join(parser, pluginmanager)
    add_options(parser)


def add_options(parser: pytest.Parser) -> None:
    """All of them."""
    group = parser.getgroup("harness", "alerts proved on a live stack")
    group.addoption(
        "--stack",
        choices=KINDS,
        default=DEFAULT_KIND,
        help="where to run (default: embedded); existing: a cluster of yours, see --context",
    )
    group.addoption(
        "--speed",
        default=None,
        help="divide every duration of rules and scraping by this (default: 60; kind: 30; existing: 1)",
    )
    for option in OPTIONS:
        if not option.pytest_kinds:
            group.addoption(option.name, **option.parsing)
    group.addoption(
        "--subject",
        default=None,
        metavar="FILE",
        help="what is under test (default: monitoring/subject.yaml, else the controller that comes with the harness)",
    )
    group.addoption("--alert", default=None, metavar="NAME", help="run only the scenarios that make this alert page")
    group.addoption(
        "--strength",
        default=None,
        metavar="VALUE",
        help="how strong the fault of --alert is, beyond its threshold: 150 (items), 30%%, 8s",
    )
    group.addoption(
        "--prove", action="store_true", help="what `harness prove` says: a session that has no scenario is misuse"
    )
    group.addoption("--results", default="harness-report/results.json", help="where to write the results as JSON")
    group.addoption(
        "--record",
        default=None,
        metavar="DIR",
        help="where to keep a recording of each scenario (default: beside the results, in place of the last run's)",
    )
    group.addoption("--keep-stack", action="store_true", help="leave the stack running; `harness down` removes it")
    group.addoption("--narrate", action="store_true", help="tell everything that happens, line by line; so does -v")
    group.addoption("--hold", action="store_true", help="at the end, print the addresses and wait for Ctrl-C")
    group.addoption(
        "--hold-at",
        choices=("pending", "firing", "resolved"),
        default=None,
        help="print what to look at and wait for Ctrl-C when the alert is pending, firing, or at the end (as --hold)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tells pytest the markers, begins to count, and lets what runs scenarios in where there are some."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    config.stash[START_S] = time.monotonic()
    if has_scenarios(config):
        for name in _OF_SCENARIOS:
            config.pluginmanager.import_plugin(name)
