"""Where the API server is and how to prove who we are: a kubeconfig file, or the files of a pod's service account.

Order: the flag, `KUBECONFIG` (the first file that exists), the pod's files, `~/.kube/config`. Credential plugins
(`exec`, `auth-provider`) are refused with a message: a controller runs with a token or a certificate.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.errors import MisuseError
from controller.jsonobject import JsonObject, child, children, text

_POD_FILES: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An API server and credentials. PEM texts, never paths, except for the token, which is renewed on disk."""

    #: e.g. `https://10.0.0.1:443`, without a slash at the end
    server: str
    #: CA certificates; empty means the system's
    ca_pem: str = ""
    #: do not verify the server's certificate
    insecure: bool = False
    certificate_pem: str = ""
    key_pem: str = ""
    #: a token that does not change
    token: str = ""
    #: a file whose token changes now and then
    token_file: Path | None = None
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Without credentials: this ends up in logs."""
        return f"Connection(server={self.server!r})"

    def current_token(self) -> str:
        """The bearer token now; empty if there is none.

        Raises:
            OSError: the token file cannot be read.
        """
        return self.token_file.read_text(encoding="utf-8").strip() if self.token_file else self.token


def load(explicit: str, environment: Mapping[str, str], *, pod_files: Path = _POD_FILES) -> Connection:
    """Finds the connection.

    Args:
        explicit: the flag's value; empty if it was not given.
        environment: `os.environ`, or a test's.
        pod_files: where a pod finds its service account.

    Raises:
        MisuseError: there is none, or it cannot be used.
    """
    if explicit:
        return _from_file(Path(explicit))
    for name in environment.get("KUBECONFIG", "").split(os.pathsep):
        if name and Path(name).exists():
            return _from_file(Path(name))
    host, port = environment.get("KUBERNETES_SERVICE_HOST", ""), environment.get("KUBERNETES_SERVICE_PORT", "443")
    if host and (pod_files / "token").exists():
        return Connection(
            server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
            ca_pem=_read(pod_files / "ca.crt"),
            token_file=pod_files / "token",
        )
    home = Path(environment.get("HOME", "/")) / ".kube" / "config"
    if home.exists():
        return _from_file(home)
    raise MisuseError(
        "no API server to talk to",
        why="neither --kubeconfig nor KUBECONFIG names a file that exists, and this is not a pod",
        fix="give --kubeconfig FILE, or run it in a cluster with a service account",
    )


def _from_file(path: Path) -> Connection:
    import yaml  # noqa: PLC0415 - 30 ms of start-up that a pod does not need

    try:
        # the safe loader in C where there is one: certificates make long files
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        parsed: object = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - it is safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MisuseError(f"kubeconfig {path} cannot be read", why=str(error), fix="check --kubeconfig") from error
    config: JsonObject = parsed if isinstance(parsed, Mapping) else {}
    context = child(_named(config, "contexts", text(config, "current-context"), path), "context")
    cluster = child(_named(config, "clusters", text(context, "cluster"), path), "cluster")
    user = child(_named(config, "users", text(context, "user"), path), "user") if text(context, "user") else {}
    if child(user, "exec") or child(user, "auth-provider"):
        raise MisuseError(
            f"kubeconfig {path}: user {text(context, 'user')!r} needs a credential plugin",
            why="exec and auth-provider are not supported",
            fix="use a user with a token or a client certificate, e.g. of a service account",
        )
    token_file = text(user, "tokenFile")
    return Connection(
        server=text(cluster, "server").rstrip("/"),
        ca_pem=_pem(cluster, "certificate-authority", path),
        insecure=cluster.get("insecure-skip-tls-verify") is True,
        certificate_pem=_pem(user, "client-certificate", path),
        key_pem=_pem(user, "client-key", path),
        token=text(user, "token"),
        token_file=path.parent / token_file if token_file else None,
        username=text(user, "username"),
        password=text(user, "password"),
    )


def _named(config: JsonObject, section: str, name: str, path: Path) -> JsonObject:
    for entry in children(config, section):
        if text(entry, "name") == name:
            return entry
    raise MisuseError(
        f"kubeconfig {path}: no entry {name!r} under {section}",
        why="current-context, its cluster and its user must exist by name",
        fix="kubectl config view shows what is there",
    )


def _pem(section: JsonObject, key: str, path: Path) -> str:
    data = text(section, f"{key}-data")
    if data:
        try:
            return base64.b64decode(data, validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise MisuseError(
                f"kubeconfig {path}: {key}-data is no PEM in base64", why=str(error), fix="write the file again"
            ) from error
    name = text(section, key)
    return _read(path.parent / name) if name else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise MisuseError(f"{path} cannot be read", why=str(error), fix="check the kubeconfig") from error
