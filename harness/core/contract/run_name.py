"""The name of one run of a scenario, in the brackets of its test id: its alerts, and a lower speed than asked for.

A scenario is run with each alert that it is about. What writes the name and what reads it back stand here together.
"""

import re
from collections.abc import Iterable

#: from the next one on alerts are counted
MOST_NAMED = 3
_SPEED = re.compile(r"(?:(?<=\[)|, )(speed [0-9.]+)(?=[\]-])")


def run_name(alerts: tuple[str, ...], lower_speed: str = "") -> str:
    """`Down`, `Late+Deep`, `8 alerts, speed 15`; empty where there is nothing to tell.

    Args:
        alerts: the scenario is run with.
        lower_speed: the factor, where it is not the one asked for.
    """
    shown = "+".join(alerts) if len(alerts) <= MOST_NAMED else counted(alerts)
    return ", ".join(filter(None, [shown, f"speed {lower_speed}" if lower_speed else ""]))


def counted(alerts: tuple[str, ...]) -> str:
    """Alerts that are too many to be named."""
    return f"{len(alerts)} alerts"


def speed_in(nodeid: str) -> str:
    """`speed 15` where a test id says so, else nothing."""
    found = _SPEED.search(nodeid)
    return "" if found is None else found[1]


def slower_run_in(nodeid: str) -> str:
    """`8 alerts, speed 15`: alerts and speed, where a test id says that it is a lower one; else nothing."""
    found = _SPEED.search(nodeid)
    return "" if found is None else nodeid[nodeid.rfind("[", 0, found.end()) + 1 : found.end()]


def without_speed(nodeid: str) -> str:
    """The test id as it is at the speed asked for, except for empty brackets."""
    return _SPEED.sub("", nodeid)


def alerts_in(nodeid: str, known: Iterable[str]) -> tuple[str, ...]:
    """Those of the known alerts that a test id names; none where they were too many to be named."""
    named = re.split(r"[-+]|, ", nodeid.partition("[")[2].removesuffix("]"))
    return tuple(one for one in known if one in named)
