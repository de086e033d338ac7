"""`survey`: the fixture by which a scenario judges what must simply be there and right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.core.contract.model import RecordedKind
from harness.core.findings import Kind
from harness.core.judge import Judgement
from harness.scenario.dashboard_survey import survey_dashboard
from harness.scenario.stack_handles import StackHandles
from harness.scenario.survey import survey_destinations, survey_metrics, survey_objects, survey_recording_rules


class Enter(Protocol):
    """Enters a judgement of the scenario under way."""

    def __call__(self, judgement: Judgement, kind: Kind = Kind.ALERT) -> object:
        """Args: what was judged; what of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveys:
    """Who looks, each on a stack that is up."""

    metrics: Callable[[StackHandles], tuple[Judgement, ...]] = survey_metrics
    objects: Callable[[StackHandles], tuple[Judgement, ...]] = survey_objects
    destinations: Callable[[StackHandles], Judgement] = survey_destinations
    #: the rules of these names
    recording_rules: Callable[[StackHandles, tuple[str, ...]], tuple[Judgement, ...]] = survey_recording_rules


_SURVEYS = Surveys()


class Survey:
    """Judges what must simply be there and right, and enters what it finds."""

    def __init__(
        self, handles: StackHandles, enter: Enter, recorded: tuple[RecordedKind, ...], surveys: Surveys = _SURVEYS
    ) -> None:
        """Args: where; where judgements go; the kinds of recording rules that it is marked with; who looks."""
        self._surveys = surveys
        self._handles = handles
        self._enter = enter
        self._recorded = recorded

    def metrics(self) -> None:
        """Every documented metric is scraped, with type and labels."""
        for judgement in self._surveys.metrics(self._handles):
            self._enter(judgement, Kind.METRIC)

    def objects(self) -> None:
        """Controller, ServiceMonitor, rules and route do their work, and the receiver's destinations can be told."""
        for judgement in (*self._surveys.objects(self._handles), self._surveys.destinations(self._handles)):
            self._enter(judgement, Kind.OBJECT)

    def dashboard(self) -> None:
        """Grafana holds the dashboard, and each of its panels shows what it promises.

        Raises:
            NotHereError: there is no Grafana.
        """
        for judgement in survey_dashboard(self._handles):
            self._enter(judgement, Kind.OBJECT)

    def recording_rules(self) -> None:
        """The recorded values of the marked kinds equal those computed from the controller's own pages."""
        rules = self._handles.contract.recording_rules
        names = tuple(promise.name for promise in rules if promise.kind in self._recorded)
        for judgement in self._surveys.recording_rules(self._handles, names):
            self._enter(judgement, Kind.RECORDING)
