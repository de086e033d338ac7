"""Applying manifests with kubectl, the field's own tool: what a user applies by hand is applied the same way here.

But for the user's own settings: a kuberc may change what `apply` does, and kubectl's cache would stay in the user's
home when the run has gone. https://kubernetes.io/docs/reference/kubectl/kuberc/
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.operator.manifest import Manifest
from harness.core.operator.objects import in_namespace, objects_of
from harness.subject_reader import read_text

#: longer than any admission webhook may take (30 s), so that a slow answer is not mistaken for none
_TIMEOUT_S = 60.0
#: in the environment of a kubectl that shall not read the user's own settings
NO_SETTINGS = {"KUBERC": "off"}
#: a directory that cannot be made: kubectl works without, as fast, because each run's server is new
NO_CACHE = {"KUBECACHEDIR": os.devnull}


#: kubectl's words for what the API server will refuse as often as it is applied: it is not what its kind is, has no
#: namespace to go to, or somebody's admission webhook denied it
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go
_REFUSED = re.compile(
    r"^The .* is invalid: |^Error from server \((Invalid|BadRequest|NotFound)\)|denied the request"
    r"|failed to create typed patch object|resource mapping not found|no matches for kind|unable to decode"
)


class ManifestsError(MisuseError):
    """Manifests that kustomize cannot build."""


class ApplyError(CouldNotTellError):
    """The API server did not take the manifests, or kubectl did not come back."""


class RefusedError(ApplyError):
    """The API server answered, and will take these manifests as little the next time: the fault is theirs."""


def built(kubectl: Path, subject: Subject) -> tuple[Manifest, ...]:
    """The objects of the subject's manifests, those of kustomize directories among them, in their order.

    What names no namespace goes to the subject's.

    Raises:
        ManifestsError: a directory cannot be built.
        MisuseError: a file cannot be read, or holds something that is no object.
        ApplyError: kubectl does not start, or does not end.
    """
    return tuple(
        one
        for source in map(Path, subject.files.manifests)
        for one in in_namespace(objects_of(_text(kubectl, source), str(source)), subject.namespace)
    )


def check_manifest_files(subject: Subject) -> None:
    """Reads those of the subject's manifests that need no kubectl.

    Raises:
        MisuseError: a file cannot be read, or holds something that is no object.
    """
    for source in map(Path, subject.files.manifests):
        if not source.is_dir():
            objects_of(read_text(source, "the manifests"), str(source))


def kustomize(kubectl: Path, directory: Path) -> str:
    """The manifests of a kustomize directory as YAML. Needs no cluster.

    Raises:
        ManifestsError: the directory cannot be built.
        ApplyError: kubectl does not start, or does not end.
    """
    # what bases elsewhere are fetched with, a proxy for example, stays
    done = _run([kubectl, "kustomize", directory], {**os.environ, **NO_SETTINGS})
    if done.returncode:
        raise ManifestsError(
            f"{directory} cannot be built",
            why=done.stderr.strip().removeprefix("error: "),
            fix="see `kubectl kustomize` with this directory",
        )
    return done.stdout


def apply(kubectl: Path, kubeconfig: Path, manifests: str, *, env: Mapping[str, str] | None = None) -> None:
    """Applies YAML documents by server-side apply, in their order.

    The schema is not fetched for validation (`--validate=false`): the server validates what it stores anyway.

    Args:
        kubectl: the program.
        kubeconfig: leads to the cluster.
        manifests: YAML.
        env: what a kubeconfig's credential plugins need of the user's environment; by default PATH and nothing else.

    Raises:
        RefusedError: the API server refuses one for what stands in it, with kubectl's own words.
        ApplyError: it could not be done.
    """
    command: list[str | Path] = [
        *(kubectl, "--kubeconfig", kubeconfig, "apply", "--server-side", "--force-conflicts", "--validate=false"),
        *("--field-manager", "kubemirror-harness", "--filename", "-"),
    ]
    taken = {"PATH": os.environ.get("PATH", os.defpath)} if env is None else env
    done = _run(command, {**taken, **NO_SETTINGS, **NO_CACHE}, stdin=manifests)
    if done.returncode:
        words = done.stderr.strip()
        said = [line for line in words.splitlines() if not line.startswith("Warning: ")]
        refused = bool(said) and all(_REFUSED.search(line) for line in said if not line.startswith((" ", "*", "\t")))
        raise (RefusedError if refused else ApplyError)(
            "the API server did not take the manifests",
            why=words,
            fix="apply them by hand with `kubectl apply --server-side` to see more",
        )


def _text(kubectl: Path, source: Path) -> str:
    return kustomize(kubectl, source) if source.is_dir() else read_text(source, "the manifests")


def _run(
    command: list[str | Path], env: Mapping[str, str], *, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, env=env, input=stdin, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApplyError(
            f"{command[0]} did not do its work", why=str(error), fix="see `harness doctor` for which kubectl is in use"
        ) from error
