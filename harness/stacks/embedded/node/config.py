"""What the node is told when it starts: one JSON file, so that the node can be a process of its own."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from harness.core.errors import MisuseError
from harness.core.image_name import normalised
from harness.stacks.embedded.node.document import Document, ShapeError


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalImage:
    """What runs in place of a container image: the image's entry point as a command of this machine.

    In both lists `{python}` is the interpreter that runs the node, and `$(VAR)` is replaced as Kubernetes does.
    """

    #: the entry point
    command: tuple[str, ...]
    #: appended after the pod's own args, so that a program listens on the pod's address
    append_args: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """As an image's digest stands for its content, this one stands for what is run."""
        content = json.dumps([self.command, self.append_args])
        return f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """All that the node needs; see the fields."""

    #: marks processes and groups; every process inherits it as KUBEMIRROR_HARNESS_RUN
    run_id: str
    #: an administrator's kubeconfig: the node registers itself and asks for its pods' tokens
    kubeconfig: Path
    #: the Node object's name
    node_name: str
    #: logs, tokens and kubeconfigs of pods, below `pods/<namespace>_<pod>_<uid>/`
    state_dir: Path
    #: the first three bytes of the addresses that pods have in the API, e.g. `198.18.7`
    pod_prefix: str
    #: the first three bytes of the addresses on which their processes listen, e.g. `127.18.7`
    listen_prefix: str
    #: the node's InternalIP, on which the node itself listens
    node_ip: str
    #: HTTPS, for `kubectl logs`
    kubelet_port: int
    #: HTTP, for /metrics/cadvisor and /metrics/kube-state-metrics
    metrics_port: int
    #: image -> what runs in its place; any other image cannot be pulled
    images: Mapping[str, LocalImage] = field(default_factory=dict)
    #: a cgroup to use instead of the node's own, as a path within the hierarchies
    cgroup_parent: str | None = None

    def find_image(self, name: str) -> tuple[str, LocalImage] | None:
        """What runs for an image, under whichever of its names, and the `imageID` that the status gives for it.

        None for an image that is not in the table.
        """
        wanted = normalised(name)
        for known, image in self.images.items():
            told = normalised(known)
            repository = told.partition("@")[0] if "@" in told else told.rpartition(":")[0]
            image_id = told if "@" in told else f"{repository}@{image.digest}"
            if wanted in {told, image_id}:
                return image_id, image
        return None

    @classmethod
    def read(cls, file: Path) -> Self:
        """Reads the JSON file; keys are the fields' names.

        Raises:
            MisuseError: the file is no JSON, or a key is missing or of the wrong type.
        """
        try:
            document = Document.parse(file.read_bytes())
            images = document.at("images")
            return cls(
                run_id=document.require("run_id"),
                kubeconfig=Path(document.require("kubeconfig")),
                node_name=document.require("node_name"),
                state_dir=Path(document.require("state_dir")),
                pod_prefix=document.require("pod_prefix"),
                listen_prefix=document.require("listen_prefix"),
                node_ip=document.require("node_ip"),
                kubelet_port=document.integer("kubelet_port"),
                metrics_port=document.integer("metrics_port"),
                images={
                    name: LocalImage(
                        command=images.at(name).texts("command"), append_args=images.at(name).texts("append_args")
                    )
                    for name in images.keys()  # noqa: SIM118 - a Document is no mapping
                },
                cgroup_parent=document.text("cgroup_parent") or None,
            )
        except (OSError, ShapeError) as error:
            raise MisuseError(
                f"{file} is not a node configuration", why=str(error), fix="write it with NodeConfig.write"
            ) from error

    def write(self, file: Path) -> None:
        """Writes the JSON file that `read` reads."""
        content = {
            "run_id": self.run_id,
            "kubeconfig": str(self.kubeconfig),
            "node_name": self.node_name,
            "state_dir": str(self.state_dir),
            "pod_prefix": self.pod_prefix,
            "listen_prefix": self.listen_prefix,
            "node_ip": self.node_ip,
            "kubelet_port": self.kubelet_port,
            "metrics_port": self.metrics_port,
            "images": {
                name: {"command": list(image.command), "append_args": list(image.append_args)}
                for name, image in self.images.items()
            },
            "cgroup_parent": self.cgroup_parent,
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(content, indent=2) + "\n")
