"""Monitoring on a cluster: who installs it, and where it is then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from harness.core.rules.speed import Speed
from harness.stacks.cluster.installation import Site
from harness.stacks.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """Prometheus and Alertmanager that are there. Seconds of the clock."""

    namespace: str
    #: what is forwarded to: `pod/NAME` or `svc/NAME`, and its port
    prometheus: str
    prometheus_port: int
    alertmanager: str
    alertmanager_port: int
    scrape_s: float
    evaluation_s: float
    #: `--rules.alert.resend-delay`
    resend_s: float
    #: where the rest is scraped less often than the controller: how much older than that its figures may be
    scraped_later_s: float = 0.0
    #: Alertmanager's, where it is another one
    alertmanager_namespace: str = ""
    #: Grafana as the two above, in the same namespace as Prometheus; empty where there is none
    grafana: str = ""
    grafana_port: int = 0
    #: `prometheus` or `alertmanager` -> where it is reached from here, if nothing need be forwarded
    urls: Mapping[str, str] = field(default_factory=dict)
    #: the same -> what stands before every path of one that is forwarded to: `/prom`, or empty
    prefixes: Mapping[str, str] = field(default_factory=dict)
    #: whether they serve others too, at their own times: they are not restarted, nor are their pods touched
    shared: bool = False

    @property
    def routing_namespace(self) -> str:
        """Alertmanager's."""
        return self.alertmanager_namespace or self.namespace


def pods_of(monitored: Monitored) -> tuple[str, ...]:
    """The paths in the API of those pods that are forwarded to as pods: Prometheus', then Alertmanager's."""
    places = (
        (monitored.namespace, monitored.prometheus),
        (monitored.routing_namespace, monitored.alertmanager),
    )
    return tuple(
        f"/api/v1/namespaces/{namespace}/pods/{target.removeprefix('pod/')}"
        for namespace, target in places
        if target.startswith("pod/")
    )


class Monitoring(Protocol):
    """A way to have Prometheus, Alertmanager and the operator on a cluster, at a speed."""

    def images(self, run: Run | None = None) -> tuple[str, ...]:
        """What its pods are made of, as far as that is known before: to be loaded where no registry is reached.

        Args:
            run: whose it is, where it is for one: what that takes goes with the run.
        """
        ...

    def install(self, site: Site, speed: Speed) -> None:
        """Brings it there and does not wait for it.

        Raises:
            CouldNotTellError: it cannot be installed.
        """
        ...

    def wait(self, site: Site, speed: Speed) -> Monitored:
        """Returns once it runs.

        Raises:
            CouldNotTellError: it does not get ready, with what its pods say.
        """
        ...
