"""The second link: what the ServiceMonitor selects is a target of Prometheus, and that is healthy."""

from collections.abc import Iterator

from harness.core.judge.finding import Clause
from harness.core.judge.preflight.facts import Installed, TargetFact
from harness.core.judge.preflight.link import (
    OVER_S,
    Link,
    LinkState,
    Part,
    breaks,
    follows,
    holds,
    judged,
    open_yet,
)
from harness.core.judge.preflight.monitor import monitor_parts

#: what Prometheus says of a page that did not come in time: of a slow machine as well as of a slow controller
#: https://pkg.go.dev/context#DeadlineExceeded
_SLOW = "context deadline exceeded"
#: what is expected of a target that is there
_HEALTHY = "it is up"


def judge_target(installed: Installed, controller: LinkState, *, waited_s: float) -> LinkState:
    """Whether Prometheus scrapes the controller.

    Args:
        installed: the facts.
        controller: how the first link stands: one that does not run explains a target that is not healthy.
        waited_s: how long ago the monitor was applied; infinite for whoever waits no longer.
    """
    stated = judged(Link.TARGET, monitor_parts(installed))
    if not stated.holds and stated.judgement.findings:
        return stated
    if not controller.holds and controller.judgement.findings and not _any_up(installed):
        return follows(Link.TARGET, Clause.TARGET, _expected(installed), controller)
    return judged(Link.TARGET, (*monitor_parts(installed), *_targets(installed, waited_s)))


def _expected(installed: Installed) -> str:
    return f"a healthy target of the Service {installed.service}"


def _mine(installed: Installed) -> list[TargetFact]:
    return [one for one in installed.targets or () if one.labels.get("service") == installed.service]


def _any_up(installed: Installed) -> bool:
    return any(one.health == "up" for one in _mine(installed))


def _targets(installed: Installed, waited_s: float) -> Iterator[Part | None]:
    """What Prometheus has made of it."""
    if installed.targets is None:
        return
    expected, mine = _expected(installed), _mine(installed)
    up = [one for one in mine if one.health == "up"]
    pools = sorted({one.scrape_pool for one in installed.targets})
    if not mine:
        actual = f"none; Prometheus has targets of {', '.join(pools) or 'nothing'}"
        if waited_s < OVER_S:
            yield open_yet(Clause.TARGET, expected, actual)
            return
        yield breaks(
            Clause.TARGET,
            expected,
            actual,
            "selectors and port fit, and Prometheus makes no target of it: look at the monitor's relabelings",
        )
        return
    yield holds(Clause.TARGET, expected, f"{len(mine)} there")
    if not up:
        yield _down(installed, mine, waited_s)
        return
    yield holds(Clause.HEALTHY, _HEALTHY, f"{len(up)} of {len(mine)} up")
    jobs = {one.labels.get("job", "") for one in up}
    if installed.service in jobs:
        return
    yield open_yet(
        Clause.LABELS,
        f'its series carry job="{installed.service}"',
        f"they carry job={' and '.join(sorted(map(repr, jobs)))}",
        f"the monitor's jobLabel or relabelings name the job {', '.join(sorted(jobs))}; "
        f"this harness finds the controller's series by its Service's name, {installed.service}",
    )


def _down(installed: Installed, mine: list[TargetFact], waited_s: float) -> Part:
    """None of the targets is up."""
    first = next((one for one in mine if one.last_error), None)
    if first is None:
        return open_yet(Clause.HEALTHY, _HEALTHY, "not scraped yet")
    actual = f"{len(mine)} down: {first.scrape_url} {first.last_error}"
    if waited_s < OVER_S or _SLOW in first.last_error:
        return open_yet(Clause.HEALTHY, _HEALTHY, actual)
    return breaks(Clause.HEALTHY, _HEALTHY, actual, _unhealthy(installed, first))


def _unhealthy(installed: Installed, target: TargetFact) -> str:
    """What differs between where Prometheus asks and where the subject file says that the controller answers."""
    said = f"Prometheus asks {target.scrape_url} and is told: {target.last_error}"
    if target.path and target.path != installed.metrics_path:
        wrong = f"the monitor asks for {target.path}, and by the subject file the page is {installed.metrics_path}"
    elif target.port is not None and target.port != installed.metrics_port:
        wrong = f"the monitor leads to port {target.port}, and by the subject file it is {installed.metrics_port}"
    else:
        return said
    return f"{wrong}; {said}"
