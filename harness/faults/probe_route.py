"""The probe route: somebody else's route behind the subject's, so that it can be seen which alerts come that far.

No damage at all, but an object in the cluster like any fault. Only in the subject's own namespace does the operator let
a route see the subject's alerts, and it puts the routes of several AlertmanagerConfigs in the order of their names. See
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/alertmanager/amcfg.go
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from harness.clients.kubernetes import ApiRequest, Json
from harness.core.contract.model import RoutePromise
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError
from harness.core.marks import ROLE_LABEL, RUN_LABEL
from harness.core.operator.receiver import TOKEN, bearer
from harness.core.rules.speed import Speed
from harness.faults.cluster import Cluster
from harness.faults.namespaces import applied

#: its receiver's own name
RECEIVER = "harness-probe"

_ROLE = "probe"
_API = "monitoring.coreos.com/v1alpha1"
#: documented durations: short, so that Alertmanager can be seen to repeat what still fires
_TIMES = {
    "groupWait": PromDuration(30_000),
    "groupInterval": PromDuration(60_000),
    "repeatInterval": PromDuration(120_000),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRoute:
    """An AlertmanagerConfig whose route matches what the documented one matches, and stands behind it."""

    promise: RoutePromise
    #: where Alertmanager reaches the harness's receiver
    url: str
    #: divides its times
    speed: Speed

    def install(self, cluster: Cluster) -> None:
        """Creates the object; the operator and Alertmanager take it up a little later.

        Raises:
            CouldNotTellError: the API server refused.
        """
        others = [one for one in cluster.api.items(_collection(cluster)) if _role_of(one) != _ROLE]
        manifest = self._manifest(cluster, others)
        cluster.api.ask(applied(f"{_collection(cluster)}/{manifest['metadata']['name']}", manifest))

    def _manifest(self, cluster: Cluster, others: list[Json]) -> Json:
        # whatever makes the subject's object be selected makes this one be selected
        leading = (one["metadata"].get("labels", {}) for one in others if self._leads(one))
        selected_by: Mapping[str, str] = next(leading, {"release": cluster.subject.release})
        times = {name: str(self.speed.scale(length)) for name, length in _TIMES.items()}
        webhook: Json = {"url": self.url, "sendResolved": True, "httpConfig": bearer(TOKEN)}
        last = max((str(one["metadata"]["name"]) for one in others), default="kubemirror-harness")
        matchers = [{"name": name, "matchType": "=", "value": value} for name, value in self.promise.matchers.items()]
        return {
            "apiVersion": _API,
            "kind": "AlertmanagerConfig",
            "metadata": {
                # a name that only adds to the last one comes behind it
                "name": f"{last}-probe-{cluster.run}",
                "namespace": cluster.subject.namespace,
                "labels": {**selected_by, **cluster.labels, ROLE_LABEL: _ROLE},
            },
            "spec": {
                "route": {"receiver": RECEIVER, "matchers": matchers, "groupBy": ["alertname"], **times},
                "receivers": [{"name": RECEIVER, "webhookConfigs": [webhook]}],
            },
        }

    def _leads(self, config: Json) -> bool:
        """Whether an AlertmanagerConfig has the documented receiver."""
        return any(one.get("name") == self.promise.receiver for one in config.get("spec", {}).get("receivers", []))


def remove(cluster: Cluster) -> None:
    """Removes the run's probe route. Does nothing where there is none, or where nothing knows AlertmanagerConfigs.

    Raises:
        CouldNotTellError: it may still be there.
    """
    # the subject's own object may carry the run's label as well
    query = {"labelSelector": f"{RUN_LABEL}={cluster.run},{ROLE_LABEL}={_ROLE}"}
    answer = cluster.api.send(ApiRequest(method="DELETE", path=_collection(cluster), query=query))
    if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
        raise CouldNotTellError(
            "the harness's own AlertmanagerConfig could not be removed",
            why=str(answer.body.get("message", answer.status)),
            fix=f"delete the AlertmanagerConfig with the labels {query['labelSelector']}",
        )


def _collection(cluster: Cluster) -> str:
    return f"/apis/{_API}/namespaces/{cluster.subject.namespace}/alertmanagerconfigs"


def _role_of(config: Json) -> str | None:
    role: str | None = config["metadata"].get("labels", {}).get(ROLE_LABEL)
    return role
