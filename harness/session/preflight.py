"""Preflight: a stack that has just come up is looked over before any scenario, from its controller to the receiver.

What is wrong with the subject's objects is found here once, in seconds, and told once; what cannot be tested because of
it is not tried (`harness.core.judge.preflight`).
"""

import time
from dataclasses import replace

from harness.clients.loaded_rules import LoadedAlerts
from harness.clients.querier import LoadedRule
from harness.clients.receiver import short_name
from harness.core.alertmanager.routes import loaded_routes
from harness.core.judge.preflight import OVER_S, Installed, LinkState, RouteFact, RuleHealth, judge_preflight
from harness.core.verdict import Verdict
from harness.evidence.routes_agree import asked
from harness.scenario.stack_handles import StackHandles
from harness.stacks.installed import read_installed
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: the stack has waited for what takes time; a first evaluation of the rules may still be to come
_PATIENCE_S, _INTERVALS = 10.0, 3
_LOOK_S = 0.2


def look_over(handles: StackHandles) -> tuple[LinkState, ...]:
    """How each link stands, in the order of causes, as soon as no waiting changes it.

    Raises:
        CouldNotTellError: API server, Prometheus or Alertmanager do not answer, or a component has died.
    """
    begun_s = time.monotonic()

    def settled() -> tuple[LinkState, ...] | NotYet:
        states = _judged(handles, waited_s=time.monotonic() - begun_s)
        late = [one for one in states if one.judgement.verdict is Verdict.UNKNOWN and not one.judgement.because_of]
        return NotYet("; ".join(one.judgement.cause for one in late)) if late else states

    patience_s = _PATIENCE_S + _INTERVALS * max(handles.facts.scrape_s, handles.facts.evaluation_s)
    try:
        return wait_until("preflight", settled, timeout_s=patience_s, interval_s=_LOOK_S, ended=handles.stack.ended)
    except WaitTimeoutError:
        return _judged(handles, waited_s=OVER_S)


def _judged(handles: StackHandles, *, waited_s: float) -> tuple[LinkState, ...]:
    labels = {**handles.contract.route.matchers, "namespace": handles.subject.namespace}
    return judge_preflight(handles.contract, labels, _facts(handles, labels), waited_s=waited_s)


def _rules(handles: StackHandles) -> tuple[RuleHealth, ...]:
    """Every loaded rule: that of a promised alert by the promise's name, whatever others of its name there are."""
    loaded = LoadedAlerts.read(handles.prometheus, handles.contract)
    mine = {promise.name: loaded.found(promise) for promise in handles.contract.alerts}
    alerts = {promise.alert for promise in handles.contract.alerts}
    return (
        *(_health(name, one.rule) for name, one in mine.items() if one is not None),
        *(_health(rule.name, rule) for group in loaded.groups for rule in group.rules if rule.name not in alerts),
    )


def _health(name: str, rule: LoadedRule) -> RuleHealth:
    return RuleHealth(name=name, health=rule.health, last_error=rule.last_error)


def _facts(handles: StackHandles, labels: dict[str, str]) -> Installed:
    facts = handles.facts
    config = handles.alertmanager.config()
    installed = read_installed(
        handles.cluster.api,
        handles.subject,
        facts.selections,
        refused=facts.refused,
        manifests_refused=facts.manifests_refused,
    )
    (receivers,) = asked(config, [labels])
    return replace(
        installed,
        targets=handles.prometheus.targets(),
        rules=_rules(handles),
        receivers=tuple(map(short_name, receivers)),
        routes=tuple(RouteFact(receiver=one.short_receiver, matchers=one.matchers) for one in loaded_routes(config)),
    )
