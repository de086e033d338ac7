"""The rule that sends writes to the fault webhook: what slow and failing APIs have in common.

Only creations and updates of secrets and configmaps in the run's target namespace are sent there. The harness's own
writes, leases, events and everybody else's objects are spared, and so are deletions: a fault must not stand in the way
of cleaning up. If the webhook itself dies, writes pass (`failurePolicy: Ignore`): a dead fault is not another fault.
"""

from collections.abc import Collection, Mapping

from harness.agents.webhook.effect import effect_warning
from harness.agents.webhook.plan import WriteFaults
from harness.clients.kubernetes import ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.marks import ROLE_LABEL, RUN_LABEL
from harness.faults.cluster import Cluster
from harness.faults.namespaces import applied
from harness.faults.source import SourceKind
from harness.waiting import NotYet, wait_until

#: where the rules of all runs are
COLLECTION = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
_ROLE = "fault"
#: the API server's longest; the plan's longest delay is below it
_TIMEOUT_S = 30
#: the API server learns of the object by watch, within a second unless it is very busy
_EFFECT_TIMEOUT_S = 15.0


def install(
    cluster: Cluster, *, fault: str, plan: WriteFaults, kinds: Collection[SourceKind] = tuple(SourceKind)
) -> None:
    """Creates the rule and returns when a dry-run write has been answered by the webhook itself.

    On a control plane of several API servers, the proof is of the one that answered.

    Raises:
        WaitTimeoutError: the rule never came into effect: the webhook is not reachable from the API server.
    """
    manifest = rule_manifest(cluster, fault=fault, plan=plan, kinds=kinds)
    cluster.api.ask(applied(f"{COLLECTION}/{manifest['metadata']['name']}", manifest))
    wait_until(
        f"fault {plan.path} in effect",
        lambda: _probe(cluster, plan, wanted=True, kind=next(iter(kinds))),
        timeout_s=_EFFECT_TIMEOUT_S,
        fix="check that the fault webhook runs and that the API server reaches it (certificate, address)",
    )


def remove(cluster: Cluster, *, fault: str, plan: WriteFaults, kind: SourceKind = SourceKind.CONFIGMAP) -> None:
    """Deletes the rule and returns when writes no longer pass by the webhook.

    A write that is already held back stays so until its delay is over.

    Raises:
        CouldNotTellError: the rule could not be deleted, or still acts.
    """
    answer = cluster.api.send(ApiRequest(method="DELETE", path=f"{COLLECTION}/{_name(cluster, fault)}"))
    if not answer.accepted and answer.status != 404:  # noqa: PLR2004 - HTTP's not found
        raise CouldNotTellError(
            f"the rule of fault {fault} could not be deleted",
            why=str(answer.body.get("message", answer.status)),
            fix=f"delete the ValidatingWebhookConfiguration {_name(cluster, fault)}",
        )
    wait_until(
        f"fault {plan.path} no longer in effect",
        lambda: _probe(cluster, plan, wanted=False, kind=kind),
        timeout_s=_EFFECT_TIMEOUT_S,
        fix=f"check that no ValidatingWebhookConfiguration of run {cluster.run} is left",
    )


def remove_all(cluster: Cluster) -> None:
    """Deletes every rule of the run.

    Raises:
        ApiRefusedError: the user may not.
    """
    # the subject may have such configurations of its own, which carry the run's label where a stack has applied them
    selector = f"{RUN_LABEL}={cluster.run},{ROLE_LABEL}={_ROLE}"
    cluster.api.ask(ApiRequest(method="DELETE", path=COLLECTION, query={"labelSelector": selector}))


def rule_manifest(
    cluster: Cluster, *, fault: str, plan: WriteFaults, kinds: Collection[SourceKind] = tuple(SourceKind)
) -> Json:
    """The ValidatingWebhookConfiguration, for writes of mirrors of these kinds."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _name(cluster, fault), "labels": {**cluster.labels, ROLE_LABEL: _ROLE}},
        "webhooks": [
            {
                "name": f"{fault}.faults.kubemirror-harness",
                "clientConfig": with_path(cluster.webhook_client_config, plan.path),
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": [f"{kind.value.lower()}s" for kind in kinds],
                        "operations": ["CREATE", "UPDATE"],
                        "scope": "Namespaced",
                    }
                ],
                "namespaceSelector": {"matchLabels": {**cluster.labels, ROLE_LABEL: "target"}},
                # kube-controller-manager writes this one into each namespace, at an instant of its own
                "matchConditions": [{"name": "no-root-ca", "expression": "request.name != 'kube-root-ca.crt'"}],
                "failurePolicy": "Ignore",
                "matchPolicy": "Exact",
                "sideEffects": "None",
                "timeoutSeconds": _TIMEOUT_S,
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def with_path(client_config: Mapping[str, object], path: str) -> Json:
    """The same address with a path behind it.

    Raises:
        CouldNotTellError: the stack gave neither a `url` nor a `service`.
    """
    url, service = client_config.get("url"), client_config.get("service")
    if isinstance(url, str):
        return {**client_config, "url": url.rstrip("/") + path}
    if isinstance(service, Mapping):
        return {**client_config, "service": {**service, "path": path}}
    raise CouldNotTellError(
        "the fault webhook has no address",
        why="clientConfig has neither url nor service",
        fix="the stack must give one",
    )


def _name(cluster: Cluster, fault: str) -> str:
    return f"kubemirror-harness-{cluster.run}-{fault}"


def _probe(
    cluster: Cluster, plan: WriteFaults, *, wanted: bool, kind: SourceKind = SourceKind.CONFIGMAP
) -> bool | NotYet:
    answer = cluster.api.send(
        ApiRequest(
            method="POST",
            path=kind.collection(cluster.target_namespace),
            query={"dryRun": "All"},
            body={"metadata": {"name": "kubemirror-harness-probe", "labels": cluster.labels}},
        )
    )
    seen = any(effect_warning(plan.path) in warning for warning in answer.warnings)
    if seen is wanted:
        return True
    return NotYet(
        f"a dry-run write was answered with status {answer.status} "
        f"and {'still with' if seen else 'without'} the fault's warning"
    )
