"""Notifications: a probe route comes and goes, every documented alert is told at once, and what is broken is seen."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn, Self, cast

import pytest

from harness.clients.alertmanager import AlertmanagerReader, AlertPoster
from harness.clients.receiver import ReceiverClient
from harness.core.alertmanager.delivery import Delivery
from harness.core.contract.model import AlertPromise, Contract
from harness.core.contract.quantity import Quantity
from harness.core.errors import CouldNotTellError
from harness.core.judge import Judgement
from harness.core.rules.speed import Speed
from harness.core.scenario import ScenarioPlan
from harness.core.verdict import Verdict
from harness.evidence.routes_agree import asked
from harness.faults.cluster import Cluster
from harness.faults.probe_route import RECEIVER, ProbeRoute
from harness.scenario.notifications import Notifications, instances
from harness.scenario.routes_agree import judge_routes
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.scenario.stack_history import StackHistory
from harness.tests.core.judge import told
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.toolchain import ToolName
from harness.waiting import AwaitedGoneError, WaitTimeoutError

_TEAM = f"other-system/other/{told.TEAM}"
_BEHIND = f"other-system/other-onlooker/{RECEIVER}"
_CONFIG = told.CONFIG.replace("kubemirror-system/kubemirror/kubemirror-team", _TEAM)
_DOWN = replace(
    PROMISE,
    name="Down",
    severity="critical",
    threshold=replace(PROMISE.threshold, quantity=Quantity.SERVING_REPLICAS),
    labels={"severity": "critical", "component": "kubemirror"},
    instance_labels=(),
)
#: labels of each alert
_Group = Sequence[Mapping[str, str]]
_CONTRACT = replace(fakes.contract(PROMISE, _DOWN), route=told.PROMISE)


@dataclass
class _Alertmanager:
    """Alertmanager, its operator and the receiver in virtual time, each to be spoilt by a test."""

    clock: VirtualTime
    api: fake_api.FakeApi = field(default_factory=fake_api.FakeApi)
    delivered: list[Delivery] = field(default_factory=list)
    #: never tells anybody of alerts of this name
    mute: str = ""
    #: never tells the onlooker
    keeps: bool = False
    #: never takes up what changes
    deaf: bool = False
    #: never tells the onlooker of an end
    endless: bool = False
    #: the onlooker's group is told of in the middle of the post, and so of its second alert with its next turn
    hasty: bool = False

    def receivers(self) -> tuple[str, ...]:
        there = any("probe" in path for path in self.api.objects) and not self.deaf
        return ("null", _TEAM, *([_BEHIND] if there else []))

    def config(self) -> str:
        if len(self.receivers()) == 3:
            return _CONFIG.replace("kubemirror-system/zz/onlooker", _BEHIND)
        return _CONFIG.replace("kubemirror-system/zz/onlooker", "other-system/x/nobody")

    def deliveries(self, *, since_s: float = 0.0) -> tuple[Delivery, ...]:
        found = (one for one in self.delivered if since_s <= one.received_at_s <= self.clock.now_s)
        return tuple(sorted(found, key=lambda one: one.received_at_s))

    def tell(self, alerts: Sequence[Mapping[str, str]], *, starts_at_s: float, over: bool) -> None:
        """As the loaded routes say: the team once, the onlooker again and again."""
        now_s = self.clock.now_s
        if over:  # what is still to come was never told
            self.delivered = [one for one in self.delivered if one.received_at_s <= now_s]
        for name in sorted({labels["alertname"] for labels in alerts} - {self.mute}):
            group = [labels for labels in alerts if labels["alertname"] == name]
            for receiver, delay_s, told_of in self._calls(group, over=over):
                self.delivered += [
                    replace(
                        one, received_at_s=now_s + delay_s, starts_at_s=starts_at_s, ends_at_s=now_s if over else None
                    )
                    for one in told.call(
                        0, *([] if over else told_of), resolved=tuple(told_of if over else ()), receiver=receiver
                    )
                ]

    def _calls(self, group: _Group, *, over: bool) -> list[tuple[str, float, _Group]]:
        """Receiver, after how many seconds, about which alerts of the group."""
        if len(self.receivers()) < 3 or self.keeps:
            behind: list[tuple[float, _Group]] = []
        elif over:
            behind = [] if self.endless else [(1.0, group)]
        elif self.hasty and len(group) > 1:
            behind = [(0.5, group[:1]), (1.5, group), (4.5, group)]
        else:
            behind = [(0.5, group), (3.5, group)]
        return [(_TEAM, 5.5 if over else 0.5, group), *((_BEHIND, *one) for one in behind)]

    def poster(self, url: str) -> AlertPoster:
        """In place of the one that speaks HTTP."""
        assert url == "http://127.0.0.1:9"
        return cast("AlertPoster", _Poster(self))

    def amtool(self, _config: str, alerts: Iterable[Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
        """Names whom the loaded routes lead to."""
        return tuple((_TEAM, *(() if self.config().count(RECEIVER) == 0 else (_BEHIND,))) for _ in alerts)

    def judging(self, scenario: ScenarioRun, enter: Callable[[Judgement], object] = print) -> Notifications:
        """The fixture, with this place's own poster and amtool."""
        return Notifications(scenario, enter, poster=self.poster, whom=self.amtool)


@dataclass
class _Poster:
    place: _Alertmanager

    def post(
        self,
        alerts: Sequence[Mapping[str, str]],
        *,
        annotations: Mapping[str, str],
        starts_at_s: float,
        ends_at_s: float,
    ) -> None:
        assert "nothing is wrong" in annotations["summary"]
        self.place.tell(alerts, starts_at_s=starts_at_s, over=ends_at_s <= self.place.clock.now_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def place(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> _Alertmanager:
    """An Alertmanager that keeps every promise; amtool agrees with it."""
    found = _Alertmanager(clock)
    for module in ("notifications", "routes_agree"):
        monkeypatch.setattr(f"harness.scenario.{module}.time", clock)
    return found


def _handles(place: _Alertmanager, contract: Contract = _CONTRACT) -> StackHandles:
    handles = fakes.handles(promised=contract, cluster=fake_api.cluster(place.api))
    return replace(
        handles,
        alertmanager=cast("AlertmanagerReader", place),
        receiver=cast("ReceiverClient", place),
        history=StackHistory(start_s=place.clock.now_s),
    )


@pytest.fixture
def under_way(place: _Alertmanager) -> Iterator[ScenarioRun]:
    """A scenario about no alert."""
    with ScenarioRun(_handles(place), ScenarioPlan()) as found:
        yield found


def _played(place: _Alertmanager, scenario: ScenarioRun) -> dict[str, Judgement]:
    found: list[Judgement] = []
    notifications = place.judging(scenario, found.append)
    notifications.are_seen_from_behind()
    notifications.tell_of_every_alert()
    notifications.judge()
    return {one.name: one for one in found}


def test_all_promises_kept_are_verified(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """Five judgements, about every documented alert, both instances of the one that can have two."""
    found = _played(place, under_way)
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(
        ("grouping", "inhibition", "repeat", "continue", "routes agree"), Verdict.VERIFIED
    )
    assert "3 alerts" in found["inhibition"].findings[1].expected
    assert under_way.log.gave_up == []


def test_an_alert_that_is_told_once_more_with_news_is_not_yet_repeated(
    under_way: ScenarioRun, place: _Alertmanager
) -> None:
    """The other alert of its group came a moment too late for the first notification."""
    place.hasty = True
    found = _played(place, under_way)
    assert {one.verdict for one in found.values()} == {Verdict.VERIFIED}, found["repeat"].cause
    assert found["repeat"].findings[-1].actual.startswith("1 times")


@pytest.mark.parametrize(
    ("spoilt", "broken"),
    [
        ({"mute": "QueueDeep"}, {"inhibition": Verdict.VIOLATED, "grouping": Verdict.UNKNOWN}),
        (
            {"keeps": True},
            {"continue": Verdict.VIOLATED, "repeat": Verdict.UNKNOWN, "routes agree": Verdict.VIOLATED},
        ),
    ],
    ids=["kept-back", "not-passed-on"],
)
def test_what_is_broken_is_seen(
    under_way: ScenarioRun, place: _Alertmanager, spoilt: dict[str, object], broken: dict[str, Verdict]
) -> None:
    """And the waiting ends all the same; the rest is judged as it is."""
    for name, value in spoilt.items():
        setattr(place, name, value)
    found = {name: one.verdict for name, one in _played(place, under_way).items()}
    assert {name: verdict for name, verdict in found.items() if verdict is not Verdict.VERIFIED} == broken
    assert under_way.log.gave_up


def test_a_group_that_has_just_emptied_may_take_its_interval(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """It is not forgotten yet, and what is new in it waits for longer than in a new one."""
    place.mute = "QueueDeep"
    _played(place, under_way)
    pace = under_way.delivery_pace
    assert pace.group_interval_s > pace.group_wait_s
    waited_s = pace.group_interval_s + pace.slack_s + 5
    assert under_way.log.gave_up[0].startswith(f"every alert told: not within {waited_s:g} s")


def test_the_probe_route_s_times_are_at_the_stack_s_speed(
    place: _Alertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise they would be as long as documented."""
    made: list[Speed] = []
    real = ProbeRoute.install

    def install(self: ProbeRoute, cluster: Cluster) -> None:
        made.append(self.speed)
        real(self, cluster)

    monkeypatch.setattr(ProbeRoute, "install", install)
    handles = _handles(place)
    for speed in (Speed(1), Speed(30)):
        with ScenarioRun(replace(handles, facts=replace(handles.facts, speed=speed)), ScenarioPlan()) as scenario:
            place.judging(scenario).are_seen_from_behind()
    assert made == [Speed(1), Speed(30)]


def test_the_probe_route_goes_with_the_scenario(place: _Alertmanager) -> None:
    """And the scenario ends when Alertmanager has forgotten it."""
    with ScenarioRun(_handles(place), ScenarioPlan()) as scenario:
        place.judging(scenario).are_seen_from_behind()
        assert place.receivers()[-1] == _BEHIND
    assert place.receivers() == ("null", _TEAM)


def test_a_probe_route_that_is_not_taken_up_ends_the_scenario(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """Nothing behind the route could be seen, although whoever can hurry it was asked to."""
    place.deaf = True
    with pytest.raises(WaitTimeoutError, match="with the harness's own route"):
        place.judging(under_way).are_seen_from_behind()
    assert isinstance(under_way.handles.stack, fakes.FakeStack)
    assert under_way.handles.stack.hurried > 1


def test_a_dead_stack_is_not_asked_to_forget(place: _Alertmanager) -> None:
    """It is taken away whole."""
    stack = fakes.FakeStack(Speed(60), lambda _: None)
    with ScenarioRun(replace(_handles(place), stack=stack), ScenarioPlan()) as scenario:
        notifications = place.judging(scenario)
        notifications.are_seen_from_behind()
        stack.dead = "alertmanager exited"
        place.mute = "QueueDeep"
        with pytest.raises(AwaitedGoneError):
            notifications.tell_of_every_alert()
    assert place.receivers()[-1] == _BEHIND


def test_what_was_under_way_before_is_not_judged(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """A new configuration begins every group anew, and what it holds is told at once."""
    for at_s, over in ((0.5, False), (1.03, True)):
        group = (told.alert("Down"),)
        calls = told.call(0, *([] if over else group), resolved=group if over else (), receiver=_TEAM)
        place.delivered += [replace(one, received_at_s=place.clock.now_s + at_s) for one in calls]
    place.clock.sleep(1)
    assert {one.verdict for one in _played(place, under_way).values()} == {Verdict.VERIFIED}


def test_an_end_that_the_probe_route_never_heard_holds_no_scenario_up(place: _Alertmanager) -> None:
    """Its route is gone before the next one begins."""
    place.endless = True
    with ScenarioRun(_handles(place), ScenarioPlan()) as scenario:
        assert _played(place, scenario)["continue"].verdict is Verdict.VERIFIED
    with ScenarioRun(_handles(place), ScenarioPlan()) as scenario:
        scenario.wait_for_quiet(10)
        assert (scenario.log.gave_up, scenario.log.unquiet) == ([], False)


def test_what_came_by_is_judged_of_a_fault_s_own_alerts(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """Continue and the routes; one alert says nothing about grouping."""
    found: list[Judgement] = []
    notifications = place.judging(under_way, found.append)
    notifications.are_seen_from_behind()
    place.tell([told.SECRET], starts_at_s=place.clock.now_s, over=False)
    place.clock.sleep(6)
    place.tell([told.SECRET], starts_at_s=place.clock.now_s - 6, over=True)
    place.clock.sleep(6)
    notifications.judge_what_came_by()
    assert [(one.name, one.verdict) for one in found] == [
        ("continue", Verdict.VERIFIED),
        ("routes agree", Verdict.VERIFIED),
    ]


def test_without_a_probe_route_nobody_waits_for_it(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """Nothing is said about who stands behind, or about repeating."""
    found: list[Judgement] = []
    notifications = place.judging(under_way, found.append)
    notifications.tell_of_every_alert()
    notifications.judge()
    clauses = {finding.clause.value for one in found for finding in one.findings}
    assert not clauses & {"seen_behind", "repeated"}
    assert {one.verdict for one in found} == {Verdict.VERIFIED}


def test_what_cannot_be_judged_is_unknown_and_stops_nothing(
    under_way: ScenarioRun, place: _Alertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alerts' own lives are still judged."""
    found: list[Judgement] = []
    monkeypatch.setattr(place, "config", lambda: "[")
    place.judging(under_way, found.append).judge()
    assert [(one.name, one.verdict) for one in found] == [("notifications", Verdict.UNKNOWN)]
    assert "cannot be read" in found[0].cause


@pytest.mark.parametrize(
    ("promise", "queues", "values"),
    [
        (PROMISE, {"ConfigMap": "configmap", "Secret": "secret"}, ["configmap", "secret"]),
        (PROMISE, {"ConfigMap": "configmap"}, ["configmap"]),
        (PROMISE, {}, ["harness-1", "harness-2"]),
        (_DOWN, {"ConfigMap": "configmap", "Secret": "secret"}, [None]),
        (
            replace(PROMISE, instance_labels=("namespace", "name")),
            {"ConfigMap": "configmap", "Secret": "secret"},
            ["configmap", "secret"],
        ),
    ],
    ids=["two-queues", "one-queue", "no-queue", "no-instances", "namespace-is-known"],
)
def test_instances_are_as_real_as_can_be(
    promise: AlertPromise, queues: dict[str, str], values: list[str | None]
) -> None:
    """Queues by their names, in the subject's namespace; made up only what a cluster alone knows."""
    subject = fake_api.subject()
    subject = replace(subject, sources=replace(subject.sources, queues=queues))
    found = instances(promise, subject)
    assert [labels.get("name") for labels in found] == values
    assert {labels["namespace"] for labels in found} == {"other-system"}
    assert {labels["component"] for labels in found} == {"kubemirror"}


def test_the_whole_life_of_a_stack_is_held_against_amtool(under_way: ScenarioRun, place: _Alertmanager) -> None:
    """The onlooker's part in it is left out; without it there is nothing to judge before anybody is told."""
    handles = under_way.handles
    assert judge_routes(handles, place.amtool) is None
    _played(place, under_way)
    place.api.objects.clear()
    judged = judge_routes(handles, place.amtool)
    assert judged is not None
    assert (judged.verdict, judged.findings[0].actual) == (Verdict.VERIFIED, f"3 label sets, told to {told.TEAM}")
    place.delivered += told.call(0.5, told.SECRET, receiver="other-system/x/strangers")
    place.delivered[-1] = replace(place.delivered[-1], received_at_s=place.clock.now_s)
    judged = judge_routes(handles, place.amtool)
    assert judged is not None
    assert judged.verdict is Verdict.VIOLATED


def test_an_amtool_that_cannot_be_asked_is_unknown(
    under_way: ScenarioRun, place: _Alertmanager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so is a receiver that does not answer: nothing is raised at the end of a stack."""
    _played(place, under_way)
    refusal = CouldNotTellError("amtool did not answer", why="planted", fix="-")

    def refuse(*_: object, **__: object) -> NoReturn:
        raise refusal

    first = judge_routes(under_way.handles, refuse)
    monkeypatch.setattr(place, "deliveries", refuse)
    second = judge_routes(under_way.handles, place.amtool)
    for judged in (first, second):
        assert judged is not None
        assert (judged.verdict, "amtool did not answer" in judged.cause) == (Verdict.UNKNOWN, True)


def test_amtool_is_the_toolchains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever the toolchain has."""
    tool = {ToolName.AMTOOL: SimpleNamespace(path=Path("amtool"))}
    monkeypatch.setattr("harness.evidence.routes_agree.ensure", lambda _names, _progress: tool)
    monkeypatch.setattr("harness.evidence.routes_agree.receivers_of_all", lambda *words: words)
    words: tuple[object, ...] = asked("route", [{"a": "b"}])
    assert words == (Path("amtool"), "route", [{"a": "b"}])
