"""Notifications: what Alertmanager does with alerts, seen at the receivers and from a route behind the subject's.

A scenario whose fault makes alerts fire may be judged for it besides (`are_seen_from_behind`, then `judge`). Where no
fault can bring the alerts about together, Alertmanager is told of them in Prometheus's place (`tell_of_every_alert`):
from there on all is real, and the finding speaks of Alertmanager alone.
"""

import time
from collections.abc import Callable, Mapping

from harness.clients.alertmanager import AlertPoster
from harness.clients.receiver import short_name
from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.inhibition import SidedAlert, inhibit_rules, probe
from harness.core.alertmanager.routes import LoadedRoute, loaded_routes, route_to
from harness.core.contract.instance import instance_of
from harness.core.contract.model import AlertPromise
from harness.core.contract.subject import Subject
from harness.core.errors import HarnessError
from harness.core.judge import Judgement
from harness.core.judge.agreeing import told_alerts
from harness.core.judge.continued import judge_continue
from harness.core.judge.finding import Clause, unknown
from harness.core.judge.inhibition import judge_inhibition
from harness.core.judge.notifications import NotificationCase, by_group, judge_grouping, judgement_of
from harness.core.judge.repeating import judge_repeat, repetitions
from harness.evidence.routes_agree import Ask, asked, judge_told, shortened
from harness.faults import probe_route
from harness.faults.probe_route import RECEIVER, ProbeRoute
from harness.scenario.run import ScenarioRun
from harness.waiting import NotYet, wait_until

#: between two looks whether Alertmanager has taken up an object
_LOOK_S = 0.2
#: what no figure covers: the harness's own requests, on a busy machine
_SPARE_S = 5.0
_ANNOTATIONS = {
    "summary": "Posted by the harness: nothing is wrong",
    "description": "Alertmanager is told of every documented alert at once, to see whom it tells.",
}

Labels = Mapping[str, str]


class Notifications:
    """`notifications`: judges Alertmanager's part in a scenario."""

    def __init__(
        self,
        scenario: ScenarioRun,
        enter: Callable[[Judgement], object],
        *,
        poster: Callable[[str], AlertPoster] = AlertPoster,
        whom: Ask = asked,
    ) -> None:
        """Args: the scenario; takes each judgement; posts alerts to an address; says whom the routes lead to."""
        self._poster, self._whom = poster, whom
        self._scenario = scenario
        self._handles = scenario.handles
        self._enter = enter
        self._behind = False
        #: Unix seconds; Alertmanager begins its groups anew with each configuration, and tells what they hold at once
        self._since_s = 0.0
        self._posted: tuple[Labels, ...] = ()

    def are_seen_from_behind(self) -> None:
        """Puts a route of the harness's own behind the subject's, until the scenario ends; none behind a plain one.

        Raises:
            CouldNotTellError: Alertmanager does not take it up.
        """
        handles = self._handles
        if handles.facts.plain_routing:
            return  # the operator puts every object's route in front of it (`core.alertmanager.untried`)
        self._scenario.on_close(self._withdraw)
        access = handles.facts.access
        watcher = ProbeRoute(
            promise=handles.contract.route,
            url=f"{access.notify_url}{RECEIVER}",
            speed=handles.facts.speed,
        )
        watcher.install(handles.cluster)
        self._wait_for_load(wanted=True)
        self._behind, self._since_s = True, time.time()

    def tell_of_every_alert(self) -> None:
        """Tells Alertmanager of every documented alert at once, until all are told and one again; then of the end.

        Raises:
            CouldNotTellError: Alertmanager does not answer.
        """
        handles, pace = self._handles, self._scenario.delivery_pace
        self._posted = tuple(
            labels for promise in handles.contract.alerts for labels in instances(promise, handles.subject)
        )
        # a group that emptied a moment ago is not forgotten yet: what is new in it waits for the group's interval
        told_s = max(pace.group_wait_s, pace.group_interval_s) + pace.slack_s + _SPARE_S
        behind = route_to(loaded_routes(handles.alertmanager.config()), RECEIVER) if self._behind else None
        repeated_s = (_repeat_s(behind) if behind else 0.0) + pace.slack_s + _SPARE_S
        with self._poster(handles.facts.access.alertmanager_url) as poster:
            start_s = time.time()
            until_s = start_s + 2 * (told_s + repeated_s)
            poster.post(self._posted, annotations=_ANNOTATIONS, starts_at_s=start_s, ends_at_s=until_s)
            try:
                self._wait("every alert told", self._all_told, timeout_s=told_s)
                if behind:
                    self._wait("an alert told again", lambda: self._repeated(behind), timeout_s=repeated_s)
            finally:
                now_s = time.time()
                poster.post(self._posted, annotations=_ANNOTATIONS, starts_at_s=start_s, ends_at_s=now_s)

    def judge(self) -> None:
        """Judges grouping, continue, inhibition, repeat, and that the routes agree, once every alert's end was told."""
        self._judge(self._all)

    def judge_what_came_by(self) -> None:
        """Judges only what any alert can show: continue, and that the routes agree."""
        self._judge(self._what_came_by)

    def _judge(self, judged: Callable[[str, NotificationCase], tuple[Judgement, ...]]) -> None:
        try:
            pace = self._scenario.delivery_pace
            timeout_s = pace.group_interval_s + pace.resend_s + pace.slack_s + _SPARE_S
            self._wait("every end told", self._all_over, timeout_s=timeout_s)
            config = self._handles.alertmanager.config()
            for judgement in judged(config, self._case(config)):
                self._enter(judgement)
        except HarnessError as error:
            finding = unknown(Clause.ROUTES_AGREE, "Alertmanager's part judged", str(error))
            self._enter(judgement_of("notifications", "Alertmanager tells as documented", (finding,)))

    def _what_came_by(self, config: str, case: NotificationCase) -> tuple[Judgement, ...]:
        told = told_alerts(case.deliveries, end_s=case.end_s)
        return (judge_continue(case), judge_told(config, told, slack_s=case.slack_s, ask=self._whom))

    def _all(self, config: str, case: NotificationCase) -> tuple[Judgement, ...]:
        rules, handles = inhibit_rules(config), self._handles
        documented = [labels for promise in handles.contract.alerts for labels in instances(promise, handles.subject)]
        sides = asked(probe(rules), documented) if rules else [()] * len(documented)
        alerts = [SidedAlert.of(labels, names) for labels, names in zip(documented, sides, strict=True)]
        return (
            judge_grouping(case),
            judge_inhibition(rules, alerts, case, self._posted),
            judge_repeat(case),
            *self._what_came_by(config, case),
        )

    def _case(self, config: str) -> NotificationCase:
        handles = self._handles
        # what is read first is the end: a delivery after it is none
        end_s = time.time()
        return NotificationCase(
            promise=handles.contract.route,
            routes=loaded_routes(config),
            deliveries=self._deliveries(),
            start_s=self._start_s,
            end_s=end_s,
            pace=self._scenario.pace,
            slack_s=self._scenario.delivery_pace.slack_s,
            disruptions=(*self._scenario.log.disruptions, *handles.history.disruptions),
            probe_route=RECEIVER if self._behind else "",
        )

    def _withdraw(self) -> None:
        if self._handles.stack.ended() is None:
            probe_route.remove(self._handles.cluster)
            self._wait_for_load(wanted=False)

    def _wait_for_load(self, *, wanted: bool) -> None:
        def loaded() -> NotYet | None:
            there = RECEIVER in map(short_name, self._handles.alertmanager.receivers())
            if there is wanted:
                return None
            self._handles.stack.force_sync()
            return NotYet(f"{RECEIVER} is {'' if there else 'not '}there")

        wait_until(
            f"Alertmanager with{'' if wanted else 'out'} the harness's own route",
            loaded,
            timeout_s=self._handles.facts.settles_s,
            interval_s=_LOOK_S,
            ended=self._handles.stack.ended,
            fix="check that AlertmanagerConfigs of the subject's namespace are selected, and the operator's log",
        )

    def _all_told(self) -> NotYet | None:
        receivers = [self._handles.contract.route.receiver, *([RECEIVER] if self._behind else [])]
        told = {(one.receiver, frozenset(one.labels.items())) for one in self._deliveries() if one.status == "firing"}
        wanted = {(receiver, frozenset(labels.items())) for receiver in receivers for labels in self._posted}
        return NotYet(f"{len(wanted & told)} of {len(wanted)} told") if wanted - told else None

    def _repeated(self, route: LoadedRoute) -> NotYet | None:
        """By the judge's own measure: whoever waits for less ends the alerts before there is anything to judge."""
        told = repetitions(by_group(self._deliveries(), RECEIVER), route)
        return None if told else NotYet("nothing told again without news")

    def _all_over(self) -> NotYet | None:
        told = (one for one in self._deliveries() if one.ends_told)
        last = {(one.receiver, one.destination, one.fingerprint): one for one in told}
        left = [one for one in last.values() if one.status == "firing"]
        return NotYet(f"{len(left)} alerts last told as firing") if left else None

    @property
    def _start_s(self) -> float:
        return max(self._since_s, self._scenario.log.start_s)

    def _deliveries(self) -> tuple[Delivery, ...]:
        return shortened(self._handles.receiver.deliveries(since_s=self._start_s))

    def _wait(self, what: str, probe: Callable[[], NotYet | None], *, timeout_s: float) -> None:
        self._scenario.wait(lambda: wait_until(what, probe, timeout_s=timeout_s, ended=self._handles.stack.ended))


def _repeat_s(route: LoadedRoute) -> float:
    """How long Alertmanager may take to repeat on a route: it looks once per group_interval."""
    return route.group_wait.seconds + route.repeat_interval.seconds + 2 * route.group_interval.seconds


def instances(promise: AlertPromise, subject: Subject) -> tuple[dict[str, str], ...]:
    """Labels of two instances of a documented alert, or of the one that there can be.

    Values that only a cluster knows, such as a pod's name, are made up.
    """
    kinds = tuple(subject.sources.queues) or ("",)
    found = []
    for number in (0, 1):
        known = instance_of(promise, subject, kind=kinds[number % len(kinds)])
        own = {label: known.get(label, f"harness-{number + 1}") for label in promise.instance_labels}
        labels = {**own, "alertname": promise.alert, "namespace": subject.namespace, **promise.labels}
        if labels not in found:
            found.append(labels)
    return tuple(found)
