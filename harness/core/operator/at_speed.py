"""A subject's rules and monitor at a speed; its routes: `routing_at_speed`, the installation: `chart_at_speed`.

The speed is applied once, to the objects themselves: they are applied with every duration divided, and otherwise as
they are, and whoever makes configuration of them (`translation`, or the real operator) knows no speed. Divided, they
come down to milliseconds (`666ms`), which the operator takes everywhere: `Duration` of its custom resources
(https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/apis/monitoring/v1/types.go#L49) and
`durationRe` of routes, which the resource holds as bare text
(https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/alertmanager/validation/v1alpha1/validation.go#L28).

What an object leaves to a default is written out, because the default of somebody's cluster knows no speed.
"""

from dataclasses import replace

from harness.core.duration import PromDuration
from harness.core.operator.heartbeats import with_heartbeats
from harness.core.operator.manifest import Manifest, fields, one_object, read_object
from harness.core.operator.reading import Field, ShapeError, Yaml
from harness.core.operator.translation import MONITOR, RULE
from harness.core.rules.file import parse_rules, read_documents, written
from harness.core.rules.speed import Speed, scale_groups


def rule_at(
    text: str, source: str, speed: Speed, *, evaluation: PromDuration, floor: PromDuration, namespace: str = ""
) -> Manifest:
    """The PrometheusRule with every duration divided, an interval for each group, and heartbeats.

    Args:
        text: YAML of one PrometheusRule.
        source: what to call it in messages, usually the file's name.
        speed: divides.
        evaluation: the documented evaluation interval, for groups without their own.
        floor: no interval becomes shorter.
        namespace: of an object that names none; empty to refuse such.

    Raises:
        RuleFileError: rules that Prometheus would refuse, each with its line.
        FileMistakesError: the text is no PrometheusRule, or more than one.
    """
    parse_rules(text, source)
    made = one_object(text, RULE, source=source, namespace=namespace)
    beating = read_documents([with_heartbeats(made)], source).groups
    explicit = [replace(group, interval=group.interval or evaluation) for group in beating]
    return {**made, "spec": {"groups": [written(group) for group in scale_groups(explicit, speed, floor=floor)]}}


def monitor_at(
    text: str,
    source: str,
    speed: Speed,
    *,
    scrape: PromDuration,
    scrape_timeout: PromDuration,
    floor: PromDuration,
    namespace: str = "",
) -> Manifest:
    """The ServiceMonitor with interval and timeout of each endpoint on the clock.

    Args:
        text: YAML of one ServiceMonitor.
        source: what to call it in messages, usually the file's name.
        speed: divides intervals; a timeout is cut at the interval, see `scrape_timeout_at`.
        scrape: the documented scrape interval, for endpoints without their own.
        scrape_timeout: the documented timeout, likewise.
        floor: no interval becomes shorter.
        namespace: of an object that names none; empty to refuse such.

    Raises:
        FileMistakesError: a malformed field; no endpoint; a timeout longer than its interval, which the operator
            refuses as documented and which the cut would hide; no ServiceMonitor, or more than one.
    """
    found = read_object(text, MONITOR, source=source, namespace=namespace)
    with found.blamed():
        return _monitor(found.manifest, speed, scrape=scrape, scrape_timeout=scrape_timeout, floor=floor)


def scrape_timeout_at(interval: PromDuration, documented: PromDuration) -> PromDuration:
    """The timeout on the clock: the documented one as it is, cut at the interval as Prometheus demands.

    It is not divided: how long the controller takes for its page is real time at any speed.
    """
    return min(interval, documented)


def _monitor(
    made: Manifest, speed: Speed, *, scrape: PromDuration, scrape_timeout: PromDuration, floor: PromDuration
) -> Manifest:
    spec = Field("spec", made.get("spec"))
    endpoints: list[Yaml] = []
    for one in spec.at("endpoints").items():
        interval = one.at("interval").duration() or scrape
        timeout = one.at("scrapeTimeout").duration()
        if timeout is not None and timeout > interval:
            raise ShapeError(one.at("scrapeTimeout").path, f"is {timeout}, longer than the scrape interval {interval}")
        on_clock = speed.interval(interval, floor)
        cut = scrape_timeout_at(on_clock, timeout or scrape_timeout)
        endpoints.append(fields(one) | {"interval": str(on_clock), "scrapeTimeout": str(cut)})
    if not endpoints:
        raise ShapeError(spec.at("endpoints").path, "names no endpoint to scrape")
    return {**made, "spec": fields(spec) | {"endpoints": endpoints}}
