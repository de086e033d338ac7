"""The programs this project needs, each at one version, as data.

A version is changed here and in `go/<module>/go.mod`; a test holds the two together. Why these: Kubernetes 1.34 is the
last minor release whose kubelet family runs on cgroup v1, etcd is the one that release is tested with, Alertmanager
0.31 is the last whose module carries its user interface.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

#: oldest Go that builds every module: the `go` line of the go.mod files
GO_NEEDED = (1, 26)

_VERSION = re.compile(r"(?<![\w.])v?([0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)(?![\w.])")


class ToolName(StrEnum):
    """A program, by the name of its executable."""

    ETCD = "etcd"
    KUBE_APISERVER = "kube-apiserver"
    KUBE_CONTROLLER_MANAGER = "kube-controller-manager"
    KUBE_SCHEDULER = "kube-scheduler"
    KUBECTL = "kubectl"
    KWOKCTL = "kwokctl"
    PROMETHEUS = "prometheus"
    PROMTOOL = "promtool"
    ALERTMANAGER = "alertmanager"
    AMTOOL = "amtool"
    KIND = "kind"
    HELM = "helm"

    @property
    def setting(self) -> str:
        """The environment variable that names this program's path: `KUBEMIRROR_HARNESS_KUBE_APISERVER`."""
        return f"KUBEMIRROR_HARNESS_{self.value.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoModule:
    """A wrapper module under `go/`, whose go.sum pins everything that is compiled."""

    #: name of its folder
    name: str
    #: linker flags that stamp the version, so that `--version` of a build says what a release says
    stamp: str = ""
    #: build tags, as `go build -tags` wants them
    tags: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Where the official release lies. Templates over `{version}` (without v) and `{arch}` (amd64, arm64)."""

    #: address of the file
    url: str
    #: address of the checksums its publisher serves: lines of sha256sum, a bare sum, or GitHub's description in JSON
    checksums_url: str
    #: the program's path inside the archive; None when the file is the program itself
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One program at the one version that is used."""

    name: ToolName
    #: without a leading v
    version: str
    #: arguments that make the program print its version and end
    version_args: tuple[str, ...] = ("--version",)
    release: Release
    module: GoModule
    #: import path of its main package
    package: str

    def fits(self, version: str | None) -> bool:
        """Whether a version is the pinned one, to the letter: `1.34.4+k3s1` is another program."""
        return version == self.version


def version_in(output: str) -> str | None:
    """The first version number in what a program printed, without its v; None when there is none.

    >>> version_in("kwokctl version v0.8.0 go1.26.8 (linux/amd64)")
    '0.8.0'
    """
    found = _VERSION.search(output)
    return found.group(1) if found else None


_ETCD = GoModule(name="etcd")
_KUBERNETES = GoModule(
    name="kubernetes",
    stamp="-X k8s.io/component-base/version.gitVersion=v1.34.4"
    " -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34",
)
_KWOK = GoModule(name="kwok", stamp="-X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0")
_PROMETHEUS = GoModule(
    name="prometheus",
    stamp="-X github.com/prometheus/common/version.Version=3.13.5",
    # Only the discovery that the harness uses: the clouds' SDKs are most of what would have to be compiled.
    tags="netgo,remove_all_sd,enable_http_sd,enable_kubernetes_sd",
)
_ALERTMANAGER = GoModule(name="alertmanager", stamp="-X github.com/prometheus/common/version.Version=0.31.1")
# kind's version is a constant of its source.
_KIND = GoModule(name="kind")
#: the Kubernetes that helm's module is built with (k8s.io/client-go 0.37); without it `helm template` takes the cluster
#: for Kubernetes 1.20 and refuses today's charts (helm's Makefile sets the same four)
_HELM_KUBERNETES = {"Major": "1", "Minor": "37"}
_HELM = GoModule(
    name="helm",
    stamp=" ".join(
        [
            "-X helm.sh/helm/v3/internal/version.version=v3.22.0",
            *(
                f"-X helm.sh/helm/v3/pkg/{package}.k8sVersion{part}={number}"
                for package in ("chartutil", "lint/rules")
                for part, number in _HELM_KUBERNETES.items()
            ),
        ]
    ),
)


def _kubernetes(name: ToolName, *, version_args: tuple[str, ...] = ("--version",)) -> Pin:
    url = "https://dl.k8s.io/release/v{version}/bin/linux/{arch}/" + name.value
    return Pin(
        name=name,
        version="1.34.4",
        version_args=version_args,
        release=Release(url=url, checksums_url=url + ".sha256"),
        module=_KUBERNETES,
        package=f"k8s.io/kubernetes/cmd/{name}",
    )


def _from_prometheus(name: ToolName, *, project: str, version: str, module: GoModule) -> Pin:
    base = f"https://github.com/prometheus/{project}/releases/download/v{{version}}/"
    folder = f"{project}-{{version}}.linux-{{arch}}"
    return Pin(
        name=name,
        version=version,
        release=Release(
            url=f"{base}{folder}.tar.gz", checksums_url=f"{base}sha256sums.txt", member=f"{folder}/{name.value}"
        ),
        module=module,
        package=f"github.com/prometheus/{project}/cmd/{name.value}",
    )


_ALL = (
    Pin(
        name=ToolName.ETCD,
        version="3.6.5",
        release=Release(
            url="https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{arch}.tar.gz",
            checksums_url="https://github.com/etcd-io/etcd/releases/download/v{version}/SHA256SUMS",
            member="etcd-v{version}-linux-{arch}/etcd",
        ),
        module=_ETCD,
        package="go.etcd.io/etcd/server/v3",
    ),
    _kubernetes(ToolName.KUBE_APISERVER),
    _kubernetes(ToolName.KUBE_CONTROLLER_MANAGER),
    _kubernetes(ToolName.KUBE_SCHEDULER),
    _kubernetes(ToolName.KUBECTL, version_args=("version", "--client")),
    Pin(
        name=ToolName.KWOKCTL,
        version="0.8.0",
        release=Release(
            url="https://github.com/kubernetes-sigs/kwok/releases/download/v{version}/kwokctl-linux-{arch}",
            # kwok publishes no checksum file; GitHub itself states the digest of every asset.
            checksums_url="https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v{version}",
        ),
        module=_KWOK,
        package="sigs.k8s.io/kwok/cmd/kwokctl",
    ),
    _from_prometheus(ToolName.PROMETHEUS, project="prometheus", version="3.13.5", module=_PROMETHEUS),
    _from_prometheus(ToolName.PROMTOOL, project="prometheus", version="3.13.5", module=_PROMETHEUS),
    _from_prometheus(ToolName.ALERTMANAGER, project="alertmanager", version="0.31.1", module=_ALERTMANAGER),
    _from_prometheus(ToolName.AMTOOL, project="alertmanager", version="0.31.1", module=_ALERTMANAGER),
    Pin(
        name=ToolName.KIND,
        version="0.33.0",
        version_args=("version",),
        release=Release(
            url="https://github.com/kubernetes-sigs/kind/releases/download/v{version}/kind-linux-{arch}",
            checksums_url="https://github.com/kubernetes-sigs/kind/releases/download/v{version}/kind-linux-{arch}.sha256sum",
        ),
        module=_KIND,
        package="sigs.k8s.io/kind",
    ),
    Pin(
        name=ToolName.HELM,
        version="3.22.0",
        # `--short` appends the commit to a release's version and not to a build's.
        version_args=("version", "--template", "{{.Version}}"),
        release=Release(
            url="https://get.helm.sh/helm-v{version}-linux-{arch}.tar.gz",
            checksums_url="https://get.helm.sh/helm-v{version}-linux-{arch}.tar.gz.sha256sum",
            member="linux-{arch}/helm",
        ),
        module=_HELM,
        package="helm.sh/helm/v3/cmd/helm",
    ),
)

#: every program, by name
PINS = {pin.name: pin for pin in _ALL}

#: programs that only a stack with containers asks for; nobody else waits for them
ON_DEMAND = frozenset({ToolName.KIND, ToolName.HELM})
