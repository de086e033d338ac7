"""Monitoring that is there already, and others' as well: found, asked for its times, and left as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.endpoint import answered
from harness.clients.prometheus import PrometheusReader
from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.waits import Waits
from harness.stacks.existing.connection import ALERTMANAGER, PROMETHEUS, Reach, monitoring_url
from harness.stacks.existing.discovery import AnyFound, Forwarding, GivenUrl
from harness.stacks.existing.examination import Found
from harness.stacks.existing.wait_for_unload import in_alertmanager, in_prometheus, wait_until_gone
from harness.stacks.run import Run
from harness.stacks.scrape_profile import StackTraits
from harness.waiting import wait_until

T = TypeVar("T")

#: where nothing is forwarded to
_NOWHERE = Forwarding(namespace="", name="", pod="", port=0, scheme="http", route_prefix="/")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMonitoring:
    """What the provider has found in its cluster."""

    chart: Chart
    traits: StackTraits
    #: asked once the cluster is entered
    found: Callable[[], Found]
    reach: Reach = monitoring_url

    def images(self, run: Run | None = None) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """None: nothing of it is installed."""
        return ()

    def install(self, site: Site, speed: Speed) -> None:
        """Does nothing: it is there."""

    def wait(self, site: Site, speed: Speed) -> Monitored:
        """Asks both whether they run, and Prometheus for its times; returns once both have let go of a former run.

        The subject's rules are evaluated, and its controller scraped, at intervals that are written into its objects.
        What others' jobs tell of it is scraped at theirs, and is so much older.
        """
        found, settings, waits = self.found(), self.chart.prometheus, site.waits
        with self.reach(site, PROMETHEUS, found.prometheus) as url:
            with PrometheusReader(url) as prometheus:
                times = _answered("Prometheus", prometheus.times, waits)
            wait_until_gone("Prometheus without a former run", partial(in_prometheus, url, found.objects), waits)
        with self.reach(site, ALERTMANAGER, found.alertmanager) as url:
            with AlertmanagerReader(url) as alertmanager:
                _answered("Alertmanager", alertmanager.config, waits)
            wait_until_gone(
                "Alertmanager without a former run", partial(in_alertmanager, url, found.objects), site.waits
            )
        profile = self.traits.profile(
            scrape_interval=settings.scrape_interval, evaluation_interval=settings.evaluation_interval
        )
        own = profile.interval(settings.scrape_interval, speed)
        both = {PROMETHEUS: found.prometheus, ALERTMANAGER: found.alertmanager}
        prometheus_at, alertmanager_at = map(_forwarding, both.values())
        return Monitored(
            namespace=prometheus_at.namespace,
            prometheus=f"pod/{prometheus_at.pod}",
            prometheus_port=prometheus_at.port,
            alertmanager_namespace=alertmanager_at.namespace,
            alertmanager=f"pod/{alertmanager_at.pod}",
            alertmanager_port=alertmanager_at.port,
            urls={name: one.url for name, one in both.items() if isinstance(one, GivenUrl)},
            prefixes={name: _forwarding(one).path_prefix for name, one in both.items()},
            scrape_s=own.seconds,
            scraped_later_s=max(0.0, times.scrape_interval.seconds - own.seconds),
            evaluation_s=profile.interval(settings.evaluation_interval, speed).seconds,
            resend_s=times.resend_delay.seconds,
            shared=True,
        )


def _answered(title: str, ask: Callable[[], T], waits: Waits) -> T:
    """What it answers, asked until it does: it may be in the middle of a roll-out."""
    return wait_until(f"{title} answers", partial(answered, ask), timeout_s=waits.answer_s, interval_s=waits.look_s)


def _forwarding(found: AnyFound) -> Forwarding:
    return _NOWHERE if isinstance(found, GivenUrl) else found.at
