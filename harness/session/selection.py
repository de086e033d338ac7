"""Selection: which scenarios a session runs, each with which alerts of the subject's contract."""

from collections.abc import Sequence

import pytest

from harness.core.contract.lookup import promised
from harness.session.options import Options
from harness.session.parametrization import Parameters, casts, needed, quantities
from harness.session.sharding import shown_id
from harness.session.stash import PARAMETERS, is_scenario


def parametrise(metafunc: pytest.Metafunc, options: Options) -> None:
    """Makes a scenario one run for each combination of alerts that it is about.

    Raises:
        MisuseError: a marker names no quantity, or no speed.
    """
    found = casts(metafunc.definition, options.contract)
    ids = [shown_id(metafunc.definition, parameters, options.speed, options.limits) for parameters in found]
    if ids != [""]:  # that of a survey
        metafunc.parametrize(PARAMETERS, found, ids=ids)


def left_out(
    items: Sequence[pytest.Item], options: Options, alert: str | None, *, named: bool = False
) -> list[pytest.Item]:
    """The scenarios that nobody can be told anything by.

    Those that no alert of the subject is for, those about other alerts if one is asked for, and those that need what
    the chosen stack can never have.

    Args:
        items: all that pytest has collected; what is no scenario is never left out.
        options: with the contract.
        alert: run only the scenarios that make it page.
        named: whether the command line names files or tests: then what the stack lacks is told, by a skip.

    Raises:
        MisuseError: there is no such alert in the contract, or a marker names no capability.
    """
    if alert is not None:
        promised(options.contract, alert)
    return [
        item
        for item in items
        if is_scenario(item)
        and (
            _nobody_is_for(item)
            or not (alert is None or _makes_page(item, alert))
            or (not named and any(need in options.choice.cannot for need in needed(item)))
        )
    ]


def parameters_of(item: pytest.Item) -> Parameters:
    """The alerts that a scenario is run with; none for a survey."""
    callspec = getattr(item, "callspec", None)
    return () if callspec is None else tuple(callspec.params.get(PARAMETERS, ()))


def asks_for_all(config: pytest.Config) -> bool:
    """Whether the command line leaves no scenario out.

    What the project's own settings always leave out (`addopts`, `-m "not accident"`) is no selection of this run's.
    """
    chosen = [config.getoption(name) for name in ("keyword", "--alert", "--deselect")]
    chosen += [argument for argument in config.invocation_params.args if str(argument).startswith("-m")]
    return not any(chosen) and not names_scenarios(config)


def names_scenarios(config: pytest.Config) -> bool:
    """Whether the command line names files or tests, and not only where they are."""
    return not all((config.invocation_params.dir / argument).is_dir() for argument in config.args)


def _makes_page(item: pytest.Item, alert: str) -> bool:
    return bool(quantities(item, "promise")) and alert in parameters_of(item)


def _nobody_is_for(item: pytest.Item) -> bool:
    """Of a scenario that is parametrised with nothing pytest makes one item, to be skipped."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and not isinstance(callspec.params.get(PARAMETERS, ()), tuple)
