"""The receiver's objects lead to its process, with or without volumes."""

from pathlib import PurePosixPath

import pytest

from harness.agents.receiver.manifests import receiver_manifests


@pytest.mark.parametrize("mount_store", [True, False])
def test_the_objects_lead_to_the_process(mount_store: bool) -> None:
    """Service -> pod -> port; the store is on a volume exactly where volumes are."""
    labels = {"kubemirror-harness/run": "r"}
    namespace, secret, deployment, service = receiver_manifests(
        "t",
        image="i",
        namespace="n",
        labels=labels,
        annotations={"a": "b"},
        store=PurePosixPath("/data/d.jsonl"),
        mount_store=mount_store,
    )
    template = deployment["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert template["metadata"]["annotations"] == {"a": "b"}
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["containerPort"]
    # a port-forward reaches a container by its loopback; a process that is a pod has the machine's
    host = "0.0.0.0" if mount_store else "$(POD_IP)"  # noqa: S104 - the container's own
    assert container["args"] == ["harness.agents.receiver.server", f"--listen={host}:9094", "--store=/data/d.jsonl"]
    assert secret["stringData"] == {"token": "t"}
    mounts = container.get("volumeMounts", [])
    assert [mount["mountPath"] for mount in mounts] == (["/data"] if mount_store else [])
    assert [volume["name"] for volume in template["spec"].get("volumes", [])] == [mount["name"] for mount in mounts]
    for manifest in (namespace, secret, deployment, service, template):
        assert labels.items() <= manifest["metadata"]["labels"].items()
