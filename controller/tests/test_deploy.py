"""The manifests fit the code: ports, names, and no right that is not needed."""

from pathlib import Path

import pytest
import yaml

from controller.flags import DEFAULT_NAMESPACE, LEASE_NAME, parse
from controller.jsonobject import JsonObject, child, children, text

CONTROLLER = Path(__file__).parent.parent
DEPLOY = CONTROLLER / "deploy"


def _manifests() -> dict[str, JsonObject]:
    listed = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())["resources"]
    return {
        f"{body['kind']}/{body['metadata']['name']}": body
        for name in listed
        for body in yaml.safe_load_all((DEPLOY / name).read_text())
    }


MANIFESTS = _manifests()
DEPLOYMENT = MANIFESTS["Deployment/kubemirror-controller"]
POD = child(child(child(DEPLOYMENT, "spec"), "template"), "spec")
CONTAINER = children(POD, "containers")[0]


def test_every_manifest_is_listed() -> None:
    """kustomization.yaml names every file beside it."""
    listed = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())["resources"]
    assert sorted(listed) == sorted(path.name for path in DEPLOY.glob("*.yaml") if path.name != "kustomization.yaml")


def test_arguments_are_accepted() -> None:
    """The container's arguments are flags that exist, and say what the ports and the documentation say."""
    arguments = CONTAINER["args"]
    assert isinstance(arguments, list)
    flags = parse(arguments, {"POD_NAMESPACE": DEFAULT_NAMESPACE})
    ports = {text(port, "name"): port["containerPort"] for port in children(CONTAINER, "ports")}
    assert ports == {"metrics": flags.metrics.port, "health": flags.probes.port} == {"metrics": 8080, "health": 8081}


def test_service_finds_the_pod() -> None:
    """The metrics Service selects the pod's labels and its port."""
    service = child(MANIFESTS["Service/kubemirror-controller-metrics"], "spec")
    labels = child(child(child(child(DEPLOYMENT, "spec"), "template"), "metadata"), "labels")
    assert child(service, "selector").items() <= labels.items()
    assert children(service, "ports") == [{"name": "metrics", "port": 8080, "targetPort": "metrics"}]


def test_rights_are_the_calls_that_are_made() -> None:
    """The ClusterRole allows what client and watches ask for, and nothing else; leases only in the own namespace."""
    rules = children(MANIFESTS["ClusterRole/kubemirror-controller"], "rules")
    assert [(rule["resources"], rule["verbs"]) for rule in rules] == [
        (["secrets", "configmaps"], ["get", "list", "watch", "create", "update", "delete"]),
        (["namespaces"], ["list", "watch"]),
        (["events"], ["create"]),
    ]
    leases = children(MANIFESTS["Role/kubemirror-controller-leader-election"], "rules")
    assert leases[0]["resourceNames"] == [LEASE_NAME]
    assert [rule["verbs"] for rule in leases] == [["get", "update"], ["create"]]


@pytest.mark.parametrize("key", ["requests", "limits"])
def test_resources_are_bounded(key: str) -> None:
    """CPU and memory have a request and a limit: the alerts on both need the limits."""
    assert child(child(CONTAINER, "resources"), key).keys() == {"cpu", "memory"}


def test_pod_meets_the_restricted_standard() -> None:
    """Nothing runs as root, nothing can gain rights, nothing can be written."""
    assert child(POD, "securityContext") == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert child(CONTAINER, "securityContext") == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_pod_has_time_to_end() -> None:
    """The kubelet waits for longer than the controller takes to let its writes finish."""
    period = child(child(child(DEPLOYMENT, "spec"), "template"), "spec")["terminationGracePeriodSeconds"]
    assert isinstance(period, int)
    assert period > parse([], {}).grace_s + 5


def test_image_is_built_from_the_locked_versions() -> None:
    """The image's lock file is a part of the repository's, hashes included."""
    whole = (CONTROLLER.parent / "requirements.lock").read_text().splitlines()
    part = [line for line in (CONTROLLER / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    assert [
        line for line in part if line.removesuffix(" \\") not in {entry.removesuffix(" \\") for entry in whole}
    ] == []
