"""The permissions that a run needs, each with its reason, asked for before anything is done.

`python -m harness.stacks.existing.permissions` prints a ClusterRole of exactly these.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.clients.kubernetes import ApiAnswer, ApiRequest, KubeApi
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_COMMAND = "python -m harness.stacks.existing.permissions"


class Where(StrEnum):
    """Where a permission is needed; the values are for people."""

    #: the run's own namespaces do not exist yet, so nothing can be granted in them alone; or of the whole cluster
    EVERYWHERE = "everywhere"
    SUBJECT = "subject's namespace"
    LEASE = "lease's namespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Verbs on one resource at one place, for one reason."""

    #: empty for the core group
    group: str
    #: plural; with its subresource, `pods/resize`
    resource: str
    verbs: tuple[str, ...]
    where: Where
    #: completes "needed to …"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """One permission that the user does not have."""

    verb: str
    #: as kubectl writes it: `deployments.apps`, `pods/resize`
    resource: str
    #: `everywhere`, or the namespace
    where: str
    why: str


class NotPermittedError(MisuseError):
    """The user lacks permissions. Nothing was done."""

    def __init__(self, missing: Sequence[Missing]) -> None:
        self.missing = tuple(missing)
        count = len(missing)
        super().__init__(
            f"{count} permission{'s are' if count != 1 else ' is'} missing",
            why=_table(missing),
            fix=f"let whoever may do so: {_COMMAND} | kubectl apply -f -\n"
            "       and bind it: kubectl create clusterrolebinding kubemirror-harness "
            "--clusterrole kubemirror-harness --user YOU",
        )


_CORE: Final = ""
_RBAC: Final = "rbac.authorization.k8s.io"
_MONITORING: Final = "monitoring.coreos.com"
#: what applying, finding by label and removing again take; `apply` on what is not there yet is also a `create`
_OWN: Final = ("get", "list", "create", "patch", "delete")


def _made(group: str, resource: str, why: str, *more: str) -> Need:
    return Need(group=group, resource=resource, verbs=(*_OWN, *more), where=Where.EVERYWHERE, why=why)


def _needed(group: str, resource: str, verbs: str, where: Where, why: str) -> Need:
    return Need(group=group, resource=resource, verbs=tuple(verbs.split()), where=where, why=why)


#: in the order of a run: look, install, damage, look again; kept against the sources by a test
NEEDS: Final = (
    _needed(_MONITORING, "prometheuses", "list", Where.EVERYWHERE, "find the Prometheus that loads the rules"),
    _needed(_MONITORING, "alertmanagers", "list", Where.EVERYWHERE, "find the Alertmanager that takes up the route"),
    _made(_CORE, "namespaces", "make the run's namespaces and mark the subject's"),
    _made(_CORE, "secrets", "install the harness's pods, and make sources", "deletecollection"),
    _made(_CORE, "configmaps", "make sources, and try whether an API fault is in effect", "deletecollection"),
    _made(_CORE, "services", "install the subject and the harness's pods"),
    _made(_CORE, "serviceaccounts", "install the subject"),
    _made("apps", "deployments", "install the subject and the harness's pods, and damage the subject's"),
    _needed("apps", "statefulsets", "list", Where.EVERYWHERE, "see whether the subject's and the harness's pods run"),
    _made(_RBAC, "roles", "install the subject's rights"),
    _made(_RBAC, "rolebindings", "install the subject's rights"),
    _made(_RBAC, "clusterroles", "install the subject's rights"),
    _made(_RBAC, "clusterrolebindings", "install the subject's rights"),
    # https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
    _needed(_RBAC, "roles", "escalate bind", Where.EVERYWHERE, "give the subject rights that you may not have"),
    _needed(_RBAC, "clusterroles", "escalate bind", Where.EVERYWHERE, "give the subject rights that you may not have"),
    _made(_MONITORING, "prometheusrules", "install the rules"),
    _made(_MONITORING, "servicemonitors", "have the subject scraped"),
    _made(_MONITORING, "alertmanagerconfigs", "install the route, and one behind it", "deletecollection"),
    _made(
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "slow the API or let it fail",
        "deletecollection",
    ),
    _needed(_CORE, "pods", "get list", Where.EVERYWHERE, "see the subject's pods and the harness's own"),
    _needed(_CORE, "pods", "create patch delete", Where.SUBJECT, "restart and kill the subject's pods, and add one"),
    _needed(_CORE, "pods/log", "get", Where.SUBJECT, "keep what its pods said when something is not verified"),
    _needed(_CORE, "events", "list", Where.SUBJECT, "keep what was said of them then"),
    _needed(_CORE, "nodes", "get", Where.EVERYWHERE, "name a node that is lost while its pods are waited for"),
    _needed(_CORE, "pods/resize", "patch", Where.SUBJECT, "squeeze limits of pods that go on running"),
    _needed(
        "coordination.k8s.io", "leases", "get create patch", Where.LEASE, "steal the leader's lease, see its holder"
    ),
    _needed("coordination.k8s.io", "leases", "delete", Where.LEASE, "remove the one that the controller made"),
    _needed("coordination.k8s.io", "leases", "list", Where.EVERYWHERE, "find a lease that a killed run holds"),
    # over a WebSocket it is a GET, over SPDY a POST: https://github.com/kubernetes/enhancements/issues/4006
    _needed(_CORE, "pods/portforward", "get create", Where.EVERYWHERE, "reach Prometheus, Alertmanager and the pods"),
    _needed(_CORE, "nodes/proxy", "get", Where.EVERYWHERE, "read cAdvisor's figures of the subject's containers"),
)


def require_permissions(api: KubeApi, subject: Subject, needs: Sequence[Need] = NEEDS) -> None:
    """Asks the API server whether this user may do each of them, all at once, as `kubectl auth can-i` asks.

    Leases are left out for a subject that elects no leader.

    Raises:
        NotPermittedError: with a table of what is missing.
        CouldNotTellError: the API server does not answer the question.
    """
    asked = [
        (need, verb, namespace)
        for need in needs
        if (namespace := _namespace(need.where, subject)) is not None
        for verb in need.verbs
    ]
    answers = api.send_all([_review(need, verb, namespace) for need, verb, namespace in asked])
    missing = [
        Missing(verb=verb, resource=_written(need), where=namespace or Where.EVERYWHERE, why=need.why)
        for (need, verb, namespace), answer in zip(asked, answers, strict=True)
        if not _allowed(answer)
    ]
    if missing:
        raise NotPermittedError(missing)


def role_manifest(needs: Sequence[Need] = NEEDS) -> str:
    """A ClusterRole with exactly these permissions, as YAML."""
    verbs: dict[tuple[str, str], list[str]] = {}
    for need in needs:
        verbs.setdefault((need.group, need.resource), []).extend(need.verbs)
    head = """\
# What `--stack existing` needs. Whoever may `escalate` and `bind` can become cluster-admin: bind it to somebody who
# could be, for as long as scenarios run, on a cluster that is made for trying things.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: kubemirror-harness
rules:
"""
    return head + "".join(
        f"  - apiGroups: [{json.dumps(group)}]\n"
        f"    resources: [{json.dumps(resource)}]\n"
        f"    verbs: [{', '.join(dict.fromkeys(those))}]\n"
        for (group, resource), those in verbs.items()
    )


def _namespace(where: Where, subject: Subject) -> str | None:
    """Empty for everywhere, None where there is nothing to ask for."""
    lease = subject.workload.lease
    namespaces: Mapping[Where, str | None] = {
        Where.EVERYWHERE: "",
        Where.SUBJECT: subject.namespace,
        Where.LEASE: lease.namespace if lease else None,
    }
    return namespaces[where]


def _review(need: Need, verb: str, namespace: str) -> ApiRequest:
    resource, _, subresource = need.resource.partition("/")
    attributes = {
        "group": need.group,
        "resource": resource,
        "subresource": subresource,
        "verb": verb,
        "namespace": namespace,
    }
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return ApiRequest(method="POST", path=_REVIEWS, body=body)


def _allowed(answer: ApiAnswer) -> bool:
    status = answer.body.get("status")
    if not answer.accepted or not isinstance(status, dict):
        raise CouldNotTellError(
            "it cannot be told what you may do",
            why=str(answer.body.get("message", f"status {answer.status}")),
            fix="let your user create selfsubjectaccessreviews; every authenticated user may by default",
        )
    return status.get("allowed") is True


def _written(need: Need) -> str:
    return f"{need.resource}.{need.group}" if need.group else need.resource


def _table(missing: Sequence[Missing]) -> str:
    rows = [("verb", "resource", "where", "for what")]
    rows += [(one.verb, one.resource, one.where, one.why) for one in missing]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n       ".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


if __name__ == "__main__":
    sys.stdout.write(role_manifest())
