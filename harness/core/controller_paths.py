"""The paths of the Kubernetes API that the controller under test has."""

from dataclasses import dataclass
from typing import Self

from harness.core.contract.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerPaths:
    """From the API server's root, each without a slash at the end."""

    deployment: str
    #: the Service in front of /metrics
    service: str
    #: all pods of the controller's namespace
    pods: str
    #: None for a controller that elects no leader
    lease: str | None

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """The paths of this subject's controller."""
        workload = subject.workload
        core = f"/api/v1/namespaces/{subject.namespace}"
        lease = workload.lease
        return cls(
            deployment=f"/apis/apps/v1/namespaces/{subject.namespace}/deployments/{workload.deployment}",
            service=f"{core}/services/{workload.service}",
            pods=f"{core}/pods",
            lease=f"/apis/coordination.k8s.io/v1/namespaces/{lease.namespace}/leases/{lease.name}" if lease else None,
        )
