"""The state: what is under way just now, as the events tell it. Pure: it is told the time."""

from dataclasses import dataclass, field

from harness.core.events import (
    AlertIs,
    Announcement,
    Collected,
    Doing,
    ScenarioBegan,
    ScenarioEnded,
    StackStep,
    WitnessSaw,
)


@dataclass(slots=True, kw_only=True)
class Step:
    """A step of a bring-up that is under way."""

    what: str
    #: Unix time in seconds
    began_s: float
    reached: str = ""
    #: steps within it that are over, with their seconds
    parts: list[tuple[str, float]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Scenario:
    """A scenario that is under way."""

    began: ScenarioBegan
    #: Unix time in seconds
    began_s: float
    doing: str = ""
    #: by alert, the last of each
    saw: dict[str, WitnessSaw] = field(default_factory=dict)
    states: dict[str, AlertIs] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class LiveState:
    """Everything under way, by source. Events that fit nothing are passed over."""

    #: the outermost step first
    steps: dict[str, list[Step]] = field(default_factory=dict)
    scenarios: dict[tuple[str, str], Scenario] = field(default_factory=dict)
    #: how many scenarios there are, 0 while it is not known, and how many are over
    total: int = 0
    over: int = 0

    def scenario(self, told: Announcement) -> Scenario | None:
        """The scenario that an event belongs to; None if it belongs to none that is under way."""
        return self.scenarios.get((told.source, getattr(told.event, "nodeid", "")))

    def hear(self, told: Announcement) -> None:
        """Takes one event."""
        scenario = self.scenario(told)
        match told.event:
            case StackStep():
                self._step(told.source, told.at_s, told.event)
            case Collected(scenarios=total):
                self.total = total
            case ScenarioBegan(nodeid=nodeid):
                self.scenarios[told.source, nodeid] = Scenario(began=told.event, began_s=told.at_s)
            case ScenarioEnded(nodeid=nodeid):
                self.scenarios.pop((told.source, nodeid), None)
                self.over += 1
            case Doing(text=text) if scenario is not None:
                scenario.doing = text
            case WitnessSaw(alert=alert) if scenario is not None:
                scenario.saw[alert] = told.event
            case AlertIs(alert=alert) if scenario is not None:
                scenario.states[alert] = told.event
            case _:
                pass

    def under_way(self, source: str) -> tuple[str, ...]:
        """Node ids of the scenarios that a source has under way."""
        return tuple(nodeid for heard, nodeid in self.scenarios if heard == source)

    def forget(self, source: str) -> None:
        """A source has ended: nothing of it is under way any more."""
        lost = self.under_way(source)
        for nodeid in lost:
            del self.scenarios[source, nodeid]
        self.steps.pop(source, None)
        self.over += len(lost)

    def _step(self, source: str, at_s: float, event: StackStep) -> None:
        under_way = self.steps.setdefault(source, [])
        place = next((i for i, step in enumerate(under_way) if step.what == event.what), None)
        if place is None:
            if event.seconds is None:
                under_way.append(Step(what=event.what, began_s=at_s, reached=event.reached))
            return
        if event.seconds is None:
            under_way[place].reached = event.reached
            return
        del under_way[place:]
        if under_way:
            under_way[-1].parts.append((event.what, event.seconds))
        else:
            del self.steps[source]
