"""The shape of results.json, the file that other programs read. `results.schema.json` beside it is made from this.

How several scenarios about one alert become its one `verdict`: the worst counts, VIOLATED before UNKNOWN before
SKIPPED before VERIFIED; each scenario's own verdict stays beside it. A scenario that this stack could not try takes
nothing from an alert of which the others have proved every part. An alert that no scenario was about is SKIPPED.
Its silence outside of the faults counts as well, unless that is VERIFIED: quiet alone proves no alert.
A change that a reader of version N would misread raises `schema_version`; a new field does not, and readers pass over
fields that they do not know.
"""

from typing import Final, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from harness.core.judge import Expectation
from harness.core.verdict import Verdict

#: raised when a reader of the previous version would misread the file
SCHEMA_VERSION: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FindingResult(_Part):
    """One clause of one promise in one scenario."""

    clause: str
    verdict: Verdict
    expected: str
    actual: str


class ScenarioResult(_Part):
    """What one scenario said about one promise."""

    nodeid: str = Field(description="the pytest node id; give it to pytest to run the scenario again")
    about: str = Field(description="the alert, recording rule, metric or object that was judged")
    verdict: Verdict
    findings: tuple[FindingResult, ...] = ()
    excuses: tuple[str, ...] = Field(default=(), description="other alerts that fired and may, with the reason")
    cause: str = ""
    because_of: str = Field(
        default="", description="the finding about the stack that kept it from being tested; empty if it was tested"
    )
    last_witness: str = ""
    speed: float | None = Field(default=None, description="it ran at, which may be lower than the run's")
    seconds: float | None = Field(
        default=None, description="of the clock for the whole scenario, which may have judged other promises as well"
    )
    row: str = Field(default="", description="its row of the fault x alert matrix; empty if it has none")
    gave_up: tuple[str, ...] = Field(default=(), description="what each wait that gave up was last told")
    recording: str = Field(
        default="",
        validation_alias=AliasChoices("recording", "dossier"),
        description="the directory with all that was recorded, or `none: ` and why; empty where nothing ran",
    )
    recording_seconds: float = Field(default=0.0, description="of the clock, that taking and writing it took")
    recording_bytes: int = Field(default=0, description="of all of its files; 0 where there is none")


class BeforehandResult(_Part):
    """What was judged before any scenario: a rule as it is written, or an object on a stack that came up."""

    about: str = Field(description="the alert, recording rule or object")
    kind: str = Field(
        description="`written`: as the file says it; `preflight`: a link from controller to receiver, on a stack"
    )
    verdict: Verdict
    findings: tuple[FindingResult, ...] = ()
    cause: str = ""
    where: str = Field(default="", description="where it is written, `file:line`; empty where it is in no file")
    because_of: str = Field(default="", description="what else that was found explains it; empty if nothing does")


class DocumentedAlert(_Part):
    """What the contract says about an alert."""

    severity: str
    promise: str = Field(default="", description="in one sentence")
    condition: str = Field(description="the documented quantity, side and threshold, in words")
    threshold: float
    side: Literal[">", "<"]
    unit: str
    for_s: float = Field(description="the documented `for`, in seconds")
    labels: dict[str, str]
    receiver: str = ""


class ObservedAlert(_Part):
    """Figures of the alert's life. Lags are seconds of the clock; `pending_s` and `hold_above_s` documented seconds."""

    pending_s: float | None = Field(default=None, description="from pending to firing, in documented seconds")
    hold_above_s: float | None = Field(default=None, description="the `for` in effect is longer than this")
    pending_lag_s: float | None = None
    firing_lag_s: float | None = None
    delivery_lag_s: float | None = None
    resolve_lag_s: float | None = None
    resolved_delivery_lag_s: float | None = None
    threshold_low: float | None = Field(default=None, description="the threshold in effect was proved to lie above")
    threshold_high: float | None = Field(default=None, description="and below this")


class ScenarioVerdict(_Part):
    """One scenario's own verdict."""

    nodeid: str
    verdict: Verdict


class PartResult(_Part):
    """One part of an alert's promise, documented beside observed, over all its scenarios."""

    part: str = Field(description="threshold, pending, for, labels, severity, annotations, routing, resolve, ...")
    documented: str
    observed: str = Field(description="as documented, what else was seen, or why nothing was")
    verdict: Verdict = Field(description="VERIFIED: seen to hold in some scenario and broken in none")
    speed: float | None = Field(default=None, description="of the scenario it is taken from")


class AlertResult(_Part):
    """One documented alert."""

    verdict: Verdict
    documented: DocumentedAlert
    observed: ObservedAlert
    proved: tuple[str, ...] = Field(description="the parts of the promise that were seen to hold, and how")
    not_proved: tuple[str, ...] = Field(description="the parts about which this run says nothing, and why")
    scenarios: tuple[ScenarioVerdict, ...]
    parts: tuple[PartResult, ...] = ()
    why: str = Field(default="", description="why no scenario was about it; empty if one was")
    width: str = Field(
        default="",
        description="where its threshold lies as far as was seen; empty where both sides coincide with the documented"
        " one, and where nothing was seen",
    )


class LeftOut(_Part):
    """A part of the contract that the chosen stack cannot look at, so that no scenario was collected for it."""

    what: str
    why: str


class RecordingResult(_Part):
    """One documented recording rule."""

    verdict: Verdict
    expected: float | None = Field(description="computed from the controller's own pages, at one instant")
    observed: float | None = Field(description="recorded at the same instant; null also for what is not finite")
    difference_ratio: float | None = None
    tolerance_ratio: float
    instants: int = 0
    why: str


class NamedResult(_Part):
    """One documented metric or one object that must be loaded."""

    verdict: Verdict
    why: str


class InvariantResult(_Part):
    """Whether an alert kept silent outside of the faults, from the start of the run to its end."""

    verdict: Verdict
    why: str
    pending_share: float | None = Field(
        default=None, description="the longest it was pending outside of the faults, as a share of its `for`"
    )
    nearest_value: float | None = Field(
        default=None, description="outside of the faults, the value of the rule's expression nearest to its limit"
    )
    limit: str = Field(default="", description="sign and number that the rule compares this value with, like `> 0.1`")
    why_no_value: str = ""


class MatrixCell(_Part):
    """One alert during one fault."""

    expected: Expectation
    fired: bool | None = Field(description="null where missed evaluations may hide it")
    breach: bool = Field(description="it did what it must not, and the scenario is VIOLATED")
    reason: str = Field(default="", description="why it may fire")


class MatrixLine(_Part):
    """One row of the fault x alert matrix, as one scenario ran it."""

    row: str
    nodeid: str
    cells: dict[str, MatrixCell]


class BringUp(_Part):
    """One stack that came up."""

    speed: float
    seconds: float


class SettingResult(_Part):
    """What monitoring looked like on a stack, in lines: on stacks where an alert means the same they are the same."""

    speed: float
    evaluation_s: float = Field(description="between two evaluations, in seconds of the clock")
    series: tuple[str, ...] = Field(
        default=(), description="what the subject's rules read; of labels that name one cluster or pod only the name"
    )
    rules: tuple[str, ...] = Field(default=(), description="the subject's, as Prometheus has loaded them")
    routes: tuple[str, ...] = Field(default=(), description="as Alertmanager has loaded them, in their order")
    inhibitions: tuple[str, ...] = ()
    unread: str = Field(default="", description="why it is not known; empty if it is")


class Results(_Part):
    """One run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    stack: str = Field(description="embedded, kind or existing")
    speed: float = Field(description="the factor by which documented durations were divided; some ask for less")
    duration_s: float = Field(description="of the whole run, in seconds of the clock")
    contract: str = Field(description="where the documented behaviour was read from")
    exit_code: Literal[0, 1, 3]
    alerts: dict[str, AlertResult]
    recording_rules: dict[str, RecordingResult]
    metrics: dict[str, NamedResult]
    objects: dict[str, NamedResult]
    beforehand: tuple[BeforehandResult, ...] = Field(
        default=(), description="what belongs to no scenario and was judged before the first; worst first"
    )
    scenarios: tuple[ScenarioResult, ...]
    invariants: dict[str, InvariantResult] = Field(default={}, description="by alert")
    left_out: tuple[LeftOut, ...] = Field(default=(), description="what was not looked at, for want of a scenario")
    matrix: tuple[MatrixLine, ...] = ()
    bring_ups: tuple[BringUp, ...] = ()
    settings: tuple[SettingResult, ...] = Field(default=(), description="each that differed from the ones before")
    recordings: tuple[str, ...] = Field(
        default=(),
        validation_alias=AliasChoices("recordings", "dossiers"),
        description="directories with all that was recorded of each stack whose life is not verified",
    )
