"""What a recording says beside its samples: where and how it was made, what was done when, what was seen, what is lost.

Instants are Unix seconds, spans seconds of the clock: what the speed has divided already.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.alertmanager.delivery import Delivery
from harness.core.judge import DeliveryPace, Disruption, Pace
from harness.core.judge.fault_window import FaultWindow
from harness.core.judge.preflight import TargetFact
from harness.core.reading import Reading
from harness.core.timeline import Change, Gap
from harness.core.timing_flags import FOR_GRACE_PERIOD, FOR_OUTAGE_TOLERANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The stack that was recorded."""

    #: `embedded`, `kind` or `existing`
    stack: str
    #: the run's id
    run: str
    #: every documented duration was divided by it
    speed: float
    scrape_s: float
    #: of groups without an interval of their own, and of subqueries without a step
    evaluation_s: float
    #: `--query.lookback-delta`
    lookback_s: float
    #: `--rules.alert.resend-delay`
    resend_s: float
    #: how far the evaluations of groups look back that do not say it themselves
    query_offset_s: float = 0.0
    #: `--rules.alert.for-grace-period` and `--rules.alert.for-outage-tolerance`: of restoring `for` after a restart
    for_grace_s: float = FOR_GRACE_PERIOD.seconds
    for_outage_s: float = FOR_OUTAGE_TOLERANCE.seconds
    #: what Prometheus adds to what leaves it, and templates may read; the series here are without
    external_labels: Mapping[str, str] = field(default_factory=dict)
    #: `--web.external-url`, for templates
    external_url: str = ""
    #: when Prometheus was started last, Unix seconds; None where it did not say
    started_s: float | None = None
    #: the subject's
    namespace: str
    #: of the subject's targets
    job: str
    #: name of a program -> its version, as far as it was asked
    programs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedTimeline:
    """What one label set of an alert did, as Prometheus wrote it. An alert that was never active has none."""

    #: labels of the alert, `alertname` included
    labels: Mapping[str, str]
    #: the state at the first evaluation, then each change
    changes: tuple[Change, ...]
    #: where evaluations were missed
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it; what was not asked for, or not answered, is empty, and `unread` says why."""

    #: a node id, or what names a stack
    about: str
    #: the worst of what was judged; empty where nothing was
    verdict: str = ""
    #: None where the stack did not come up: then there are no samples either
    setting: Setting | None = None
    #: samples were taken between these: from so long before the scenario's start as it takes to know at that what rules
    #: do, whose windows, recorded series and `for` reach back
    start_s: float = 0.0
    end_s: float = 0.0
    #: what was done when: `start`, `inject`, `undo_began`, `undo`; None for what was not
    instants: Mapping[str, float | None] = field(default_factory=dict)
    #: names of all faults there were
    injected: tuple[str, ...] = ()
    #: what a wait was last told when it gave up
    gave_up: tuple[str, ...] = ()
    #: what went wrong with the place
    disruptions: tuple[Disruption, ...] = ()
    #: those of scenarios before on the same stack among them, as far as they reach into the samples
    fault_windows: tuple[FaultWindow, ...] = ()
    #: alert -> every look of its witness, oldest first; under the empty name those of what must not page anybody
    witnesses: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    #: alert, by its promise's name -> its label sets; every alert whose rule was loaded is in it
    timelines: Mapping[str, tuple[ObservedTimeline, ...]] = field(default_factory=dict)
    #: what the harness's receiver was told
    deliveries: tuple[Delivery, ...] = ()
    pace: Pace | None = None
    delivery_pace: DeliveryPace | None = None
    #: as Prometheus listed them at the end
    targets: tuple[TargetFact, ...] = ()
    #: each with name, labels, node and status, as the API server told at the end
    pods: tuple[Mapping[str, object], ...] = ()
    #: about them, oldest first
    events: tuple[Mapping[str, object], ...] = ()
    #: by how much the clock was set meanwhile, seconds; 0 for not at all
    clock_step_s: float = 0.0
    #: what the samples are without, in words: `staleness markers`
    lost: tuple[str, ...] = ()
    #: what was asked -> why it was not answered
    unread: Mapping[str, str] = field(default_factory=dict)
