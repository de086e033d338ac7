"""Applying manifests with kubectl, the field's own tool: what a user applies by hand is applied the same way here.

But for the user's own settings: a kuberc may change what `apply` does, and kubectl's cache would stay in the user's
home when the run has gone. https://kubernetes.io/docs/reference/kubectl/kuberc/
"""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.core.errors import CouldNotTellError, MisuseError

#: longer than any admission webhook may take (30 s), so that a slow answer is not mistaken for none
_TIMEOUT_S = 60.0
#: in the environment of a kubectl that shall not read the user's own settings
NO_SETTINGS = {"KUBERC": "off"}
#: a directory that cannot be made: kubectl works without, as fast, because each run's server is new
NO_CACHE = {"KUBECACHEDIR": os.devnull}


class ManifestsError(MisuseError):
    """Manifests that kustomize cannot build."""


class ApplyError(CouldNotTellError):
    """The API server did not take the manifests, or kubectl did not come back."""


def built(kubectl: Path, sources: Iterable[Path]) -> str:
    """The manifests of kustomize directories and YAML files, in their order, as YAML documents.

    Raises:
        ManifestsError: a directory cannot be built, or a file cannot be read.
        ApplyError: kubectl does not start, or does not end.
    """
    return "\n---\n".join(kustomize(kubectl, one) if one.is_dir() else _text(one) for one in sources)


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


def labelled(kubectl: Path, manifests: str, labels: Mapping[str, str]) -> str:
    """The manifests with these labels besides their own on every object, as JSON documents. Needs no cluster.

    By kubectl and no other reader of YAML: a mode `0644`, `yes` or a date are to mean what `apply` would make of them.
    The labels of a pod template stay as they are: its owner's selector counts on them.

    Raises:
        ManifestsError: something in them is no object.
        ApplyError: kubectl does not start, or does not end.
    """
    command: list[str | Path] = [
        *(kubectl, "label", "--local", "--overwrite", "--filename", "-", "--output", "json"),
        *(f"{name}={text}" for name, text in labels.items()),
    ]
    env = {"PATH": os.environ.get("PATH", os.defpath), "KUBECONFIG": os.devnull, **NO_SETTINGS, **NO_CACHE}
    done = _run(command, env, stdin=manifests)
    if done.returncode:
        raise ManifestsError(
            "the manifests cannot be read",
            why=done.stderr.strip().removeprefix("error: "),
            fix="give objects of the Kubernetes API and nothing else; `kubectl apply --dry-run=client` shows more",
        )
    return "\n---\n".join(json.dumps(one) for one in _in_a_row(done.stdout))


def apply(kubectl: Path, kubeconfig: Path, manifests: str, *, env: Mapping[str, str] | None = None) -> None:
    """Applies YAML documents by server-side apply, in their order.

    The schema is not fetched for validation (`--validate=false`): the server validates what it stores anyway.

    Args:
        kubectl: the program.
        kubeconfig: leads to the cluster.
        manifests: YAML.
        env: what a kubeconfig's credential plugins need of the user's environment; by default PATH and nothing else.

    Raises:
        ApplyError: with kubectl's own words.
    """
    command: list[str | Path] = [
        *(kubectl, "--kubeconfig", kubeconfig, "apply", "--server-side", "--force-conflicts", "--validate=false"),
        *("--field-manager", "kubemirror-harness", "--filename", "-"),
    ]
    taken = {"PATH": os.environ.get("PATH", os.defpath)} if env is None else env
    done = _run(command, {**taken, **NO_SETTINGS, **NO_CACHE}, stdin=manifests)
    if done.returncode:
        raise ApplyError(
            "the API server did not take the manifests",
            why=done.stderr.strip(),
            fix="apply them by hand with `kubectl apply --server-side` to see more",
        )


def _in_a_row(text: str) -> Iterator[object]:
    """JSON values that stand one after the other with nothing but space between them."""
    reader, rest = json.JSONDecoder(), text.lstrip()
    while rest:
        value, end = reader.raw_decode(rest)
        yield value
        rest = rest[end:].lstrip()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestsError(f"{file} cannot be read", why=str(error), fix="give a file of YAML documents") from error


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
