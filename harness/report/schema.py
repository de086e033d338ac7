"""The shape of results.json, the file that other programs read. `results.schema.json` beside it is made from this.

How several scenarios about one alert become its one `verdict`: the worst counts, VIOLATED before UNKNOWN before
SKIPPED before VERIFIED; each scenario's own verdict stays beside it. An alert that no scenario was about is SKIPPED.
A change that a reader of version N would misread raises `schema_version`; a new field does not.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.core.verdict import Verdict

#: raised when a reader of the previous version would misread the file
SCHEMA_VERSION: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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
    last_witness: str = ""


class DocumentedAlert(_Part):
    """What the contract says about an alert."""

    severity: str
    condition: str = Field(description="the documented quantity, side and threshold, in words")
    threshold: float
    side: Literal[">", "<"]
    unit: str
    for_s: float = Field(description="the documented `for`, in seconds")
    labels: dict[str, str]


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


class AlertResult(_Part):
    """One documented alert."""

    verdict: Verdict
    documented: DocumentedAlert
    observed: ObservedAlert
    proved: tuple[str, ...] = Field(description="the parts of the promise that were seen to hold, and how")
    not_proved: tuple[str, ...] = Field(description="the parts about which this run says nothing, and why")
    scenarios: tuple[ScenarioVerdict, ...]


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


class Results(_Part):
    """One run."""

    schema_version: Literal[1] = SCHEMA_VERSION
    stack: str = Field(description="embedded, kind or existing")
    speed: float = Field(description="the factor by which documented durations were divided")
    duration_s: float = Field(description="of the whole run, in seconds of the clock")
    contract: str = Field(description="where the documented behaviour was read from")
    exit_code: Literal[0, 1, 3]
    alerts: dict[str, AlertResult]
    recording_rules: dict[str, RecordingResult]
    metrics: dict[str, NamedResult]
    objects: dict[str, NamedResult]
    scenarios: tuple[ScenarioResult, ...]
