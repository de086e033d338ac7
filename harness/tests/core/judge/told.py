"""What receivers were told, in virtual time: two queues' alert at 0.5 s, resolved 10 s later, and an onlooker behind.

A test changes one thing in it and looks at what the judge says.
"""

from collections.abc import Mapping
from dataclasses import replace

from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.routes import LoadedRoute, loaded_routes
from harness.core.contract.model import RoutePromise
from harness.core.duration import PromDuration
from harness.core.judge.finding import Clause, Finding, Judgement
from harness.core.judge.notifications import NotificationCase
from harness.tests.core.judge.world import DELIVERY_PACE, PACE

TEAM, PROBE = "kubemirror-team", "onlooker"

PROMISE = RoutePromise(
    matchers={"component": "kubemirror"},
    receiver=TEAM,
    continues=True,
    group_by=("alertname",),
    repeat_interval=PromDuration.parse("4h"),
)

#: as loaded at speed 60
CONFIG = """
route:
  receiver: "null"
  group_wait: 500ms
  group_interval: 5s
  repeat_interval: 12m
  routes:
    - receiver: kubemirror-system/kubemirror/kubemirror-team
      group_by: [alertname]
      repeat_interval: 4m
      continue: true
    - receiver: kubemirror-system/zz/onlooker
      group_by: [alertname]
      group_interval: 1s
      repeat_interval: 2s
      continue: true
receivers:
  - name: "null"
  - {name: kubemirror-system/kubemirror/kubemirror-team, webhook_configs: [{}]}
  - {name: kubemirror-system/zz/onlooker, webhook_configs: [{}]}
"""

#: Unix time at which the alerts began to fire
FIRED = 1_000_000.0
ENDED = FIRED + 10


def alert(alertname: str = "QueueDeep", **labels: str) -> dict[str, str]:
    """Labels of one alert."""
    return {"alertname": alertname, "component": "kubemirror", "severity": "warning", **labels}


def call(
    at_s: float,
    *alerts: Mapping[str, str],
    resolved: tuple[Mapping[str, str], ...] = (),
    receiver: str = TEAM,
    group: Mapping[str, str] | None = None,
    truncated: int = 0,
) -> list[Delivery]:
    """One notification, `at_s` seconds after the alerts began to fire."""
    every = [*((one, False) for one in alerts), *((one, True) for one in resolved)]
    labels = {"alertname": every[0][0]["alertname"]} if group is None else group
    return [
        Delivery(
            receiver=receiver,
            status="resolved" if over else "firing",
            labels=one,
            annotations={},
            starts_at_s=FIRED,
            ends_at_s=ENDED if over else None,
            received_at_s=FIRED + at_s,
            group_key=f"{{}}:{sorted(labels.items())}",
            fingerprint=str(sorted(one.items())),
            group_labels=labels,
            truncated=truncated,
        )
        for one, over in every
    ]


SECRET, CONFIGMAP = alert(name="secret"), alert(name="configmap")
BOTH = (SECRET, CONFIGMAP)

#: what keeps every promise
KEPT = (
    *call(0.5, *BOTH),
    *call(10.5, resolved=BOTH),
    *call(0.5, *BOTH, receiver=PROBE),
    *call(3.5, *BOTH, receiver=PROBE),
    *call(10.6, resolved=BOTH, receiver=PROBE),
)


def routes(text: str = CONFIG) -> tuple[LoadedRoute, ...]:
    """The routes of a configuration."""
    return loaded_routes(text)


def case(*deliveries: Delivery, config: str = CONFIG, **changes: object) -> NotificationCase:
    """The evidence; all promises kept unless deliveries are given."""
    whole = NotificationCase(
        promise=PROMISE,
        routes=routes(config),
        deliveries=deliveries or KEPT,
        start_s=FIRED - 1,
        end_s=FIRED + 15,
        pace=PACE,
        slack_s=DELIVERY_PACE.slack_s,
        probe_route=PROBE,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # a test's shorthand


def finding(judgement: Judgement, clause: Clause) -> Finding:
    """The finding about a clause."""
    (found,) = [one for one in judgement.findings if one.clause is clause]
    return found
