"""Holding in the middle: a scenario waits at a stage of its alert's life, so that somebody can look at it.

The fault stands meanwhile, and the stack goes on: an alert that is held while pending fires when its `for` is over.
"""

import shlex
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from harness.core.judge import Component, Disruption
from harness.core.reading import Reading
from harness.core.scenario import Target
from harness.core.timeline import AlertState
from harness.scenario.run import ScenarioRun
from harness.session.hold import addresses, until_interrupted

#: waits for a person; is given a question whether there is still something to look at
Wait = Callable[[Callable[[], str | None]], str | None]


class StageHold:
    """Holds scenarios at one stage, and says what to look at."""

    def __init__(self, at: AlertState, say: Callable[[str], None], wait: Wait = until_interrupted) -> None:
        """Args: the stage; tells a line; waits for Ctrl-C."""
        self.at = at
        self._say = say
        self._wait = wait

    def hold(self, scenario: ScenarioRun, target: Target) -> None:
        """Says where to look at the alert, and waits for Ctrl-C; the scenario then goes on.

        The time held is a trouble of the place to the judge: what comes late because of it is no violation.
        """
        for line in look_at(scenario, target, self.at):
            self._say(line)
        start_s = time.time()
        why = self._wait(scenario.handles.stack.ended)
        end_s = time.time()
        if why is not None:
            self._say(f"Not held any more: {why}")
        held = Disruption(
            component=Component.MACHINE,
            start_s=start_s,
            end_s=end_s,
            cause=f"held for {end_s - start_s:.0f} s by --hold-at",
        )
        scenario.log.disruptions.append(held)


def look_at(scenario: ScenarioRun, target: Target, at: AlertState) -> Iterator[str]:
    """What there is to see of an alert now, and where; then how to go on."""
    facts, access = scenario.handles.facts, scenario.handles.facts.access
    query = scenario.rule_expr(target)
    alert = f'ALERTS{{alertname="{target.alert}"}}'
    yield f"Held: {target.alert} is {at}; its fault stands."
    yield from addresses(facts)
    yield f"its query     {' '.join(query.split())}"
    yield f"its value     {_asked(access.prometheus_url, query)}"
    yield f"its state     {_asked(access.prometheus_url, alert)}"
    yield f"its page      {access.prometheus_url}/alerts?search={quote(target.alert)} (of a Prometheus that has pages)"
    matcher = quote(f'alertname="{target.alert}"')
    yield f"who was told  {shlex.join(['curl', f'{access.alertmanager_url}/api/v2/alerts?filter={matcher}'])}"
    if scenario.strength is not None and scenario.strength.of(target.promise) is not None:
        yield f"asked for     {scenario.strength.text}"
    yield f"witness       {_seen(scenario.readings(target))}"
    yield "Ctrl-C takes the fault back and goes on to the alert's end; Ctrl-C once more leaves at once."


def _seen(readings: tuple[Reading, ...]) -> str:
    return readings[-1].note if readings else "it has not looked yet"


def _asked(url: str, query: str) -> str:
    return shlex.join(["curl", f"{url}/api/v1/query?{urlencode({'query': query}, quote_via=quote)}"])
