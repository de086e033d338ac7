"""One alert as a receiver got it: the end of the way that a promise describes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert inside one webhook call of Alertmanager; a call that carries three alerts makes three of these.

    The fields are those of the webhook's JSON: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
    """

    #: the receiver's name as Alertmanager states it in the payload, e.g. `kubemirror-team`
    receiver: str
    #: of this alert, not of the group
    status: Literal["firing", "resolved"]
    #: all labels of the alert, `alertname` included
    labels: Mapping[str, str]
    #: rendered annotations
    annotations: Mapping[str, str]
    #: Unix time in seconds at which the alert began to fire, as Prometheus told Alertmanager
    starts_at_s: float
    #: Unix time in seconds of the resolution; None while firing (Alertmanager writes the year 1 then)
    ends_at_s: float | None
    #: Unix time in seconds at which the call arrived, taken by the receiver itself
    received_at_s: float
    #: Alertmanager's key of the group the alert was sent in
    group_key: str
    #: Alertmanager's identity of the label set
    fingerprint: str
    #: labels and values that all alerts of the group have in common: what it was grouped by
    group_labels: Mapping[str, str] = field(default_factory=dict)
    #: how many alerts the call left out, for a destination that limits them
    truncated: int = 0
    #: in the place of which of the receiver's destinations it was taken, `slack-1`; empty where that is not known
    destination: str = ""
    #: whether that destination is told of the end of an alert (`send_resolved`)
    ends_told: bool = True
