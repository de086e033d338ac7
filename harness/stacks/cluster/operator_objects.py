"""The operator itself: a Deployment, and the rights it needs for one Prometheus and one Alertmanager.

The rights are fewer than those of the documentation (example/rbac/prometheus-operator at v0.85.0): it looks after
instances in its own namespace only, so it writes only there and at the kubelet's Service. Across the cluster it reads
what instances select. Controllers it has no rights for (agents, Thanos) it does not start; that is a warning in its log
(`checkPrerequisites`, https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/cmd/operator/main.go).
"""

from collections.abc import Sequence

from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Yaml
from harness.stacks.cluster.monitoring_plan import MonitoringPlan

_MONITORING = "monitoring.coreos.com"
_RBAC = "rbac.authorization.k8s.io"
_READ = ("get", "list", "watch")
#: what instances select, in any namespace
_SELECTED = ("alertmanagerconfigs", "podmonitors", "probes", "prometheusrules", "servicemonitors")
_PORT = 8080


def allow(group: str, resources: Sequence[str], verbs: Sequence[str]) -> Yaml:
    """One rule of a role."""
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


_INSTANCES = [
    allow(
        _MONITORING,
        [f"{kind}{part}" for kind in ("alertmanagers", "prometheuses") for part in ("", "/finalizers", "/status")],
        ("*",),
    ),
    allow("apps", ("statefulsets",), ("*",)),
    allow("", ("configmaps", "secrets"), ("*",)),
    allow("", ("pods",), ("list", "delete")),
    allow("", ("services", "services/finalizers"), ("get", "create", "update", "delete")),
]
_KUBELET_SERVICE = [
    allow("", ("services", "endpoints"), ("get", "create", "update", "delete")),
    allow("discovery.k8s.io", ("endpointslices",), (*_READ, "create", "update", "delete")),
]


def operator_objects(plan: MonitoringPlan) -> list[Manifest]:
    """All of the operator's objects, in the order in which they are to be applied."""
    name = plan.operator_name
    objects: list[Manifest] = [
        account(plan, name),
        *cluster_role(
            plan,
            name,
            [
                allow(_MONITORING, _SELECTED, _READ),
                # an AlertmanagerConfig's credentials lie beside it, a monitor's too
                allow("", ("secrets", "configmaps", "namespaces"), _READ),
                allow("", ("nodes",), ("list", "watch")),
                allow("", ("events",), ("create", "patch")),
            ],
        ),
        *_role(plan, plan.operator_name, plan.namespace, _INSTANCES),
    ]
    if plan.chart.cadvisor is not None:
        # a name of its own: that Service may be in the installation's namespace
        objects += _role(plan, f"{plan.operator_name}-kubelet", plan.chart.cadvisor.namespace, _KUBELET_SERVICE)
    return [*objects, _deployment(plan)]


def account(plan: MonitoringPlan, name: str, *, mounts_token: bool = True) -> Manifest:
    """A ServiceAccount."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": plan.metadata(name),
        "automountServiceAccountToken": mounts_token,
    }


def cluster_role(plan: MonitoringPlan, name: str, rules: list[Yaml]) -> list[Manifest]:
    """A ClusterRole and its binding to the account of the same name."""
    metadata = {key: value for key, value in plan.metadata(name).items() if key != "namespace"}
    return [
        {"apiVersion": f"{_RBAC}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules},
        _binding(plan, "ClusterRole", metadata, name),
    ]


def _role(plan: MonitoringPlan, name: str, namespace: str, rules: list[Yaml]) -> list[Manifest]:
    metadata = plan.metadata(name, namespace=namespace)
    return [
        {"apiVersion": f"{_RBAC}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        _binding(plan, "Role", metadata, plan.operator_name),
    ]


def _binding(plan: MonitoringPlan, kind: str, metadata: Manifest, subject: str) -> Manifest:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": f"{kind}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": metadata["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": subject, "namespace": plan.namespace}],
    }


def _deployment(plan: MonitoringPlan) -> Manifest:
    selector: Manifest = {"app.kubernetes.io/name": "prometheus-operator"}
    pod: Manifest = {
        "serviceAccountName": plan.operator_name,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65_534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "prometheus-operator",
                "image": plan.images.operator,
                "imagePullPolicy": "IfNotPresent",
                "args": _arguments(plan),
                "ports": [{"name": "http", "containerPort": _PORT}],
                "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1},
                # no CPU limit: held back, it would be late with what scenarios wait for
                "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
            }
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": plan.metadata(plan.operator_name),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": {**selector, **plan.labels}}, "spec": pod},
        },
    }


def _arguments(plan: MonitoringPlan) -> list[Yaml]:
    kinds = ("prometheus", "alertmanager", "thanos-ruler")
    arguments = [
        f"--prometheus-config-reloader={plan.images.config_reloader}",
        # its default is a hundredth of a CPU, with which a reload takes seconds; the chart sets none either
        "--config-reloader-cpu-request=0",
        "--config-reloader-cpu-limit=0",
        *(f"--{kind}-instance-namespaces={plan.namespace}" for kind in kinds),
        "--labels=" + ",".join(f"{key}={value}" for key, value in plan.labels.items()),
        "--localhost=127.0.0.1",
    ]
    if (job := plan.chart.cadvisor) is not None:
        slices = plan.chart.prometheus.discovery_role == "endpointslice"
        arguments += [
            f"--kubelet-service={job.namespace}/{job.service}",
            f"--kubelet-endpoints={str(not slices).lower()}",
            f"--kubelet-endpointslice={str(slices).lower()}",
        ]
    return list(arguments)
