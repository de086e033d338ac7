"""A pod's credentials: a token requested for its ServiceAccount, renewed, and a kubeconfig that names the token's file.

The token is bound to the pod, so the API server refuses it once the pod is gone, as it does on any cluster.
https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
"""

import asyncio
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import RetryableError
from harness.stacks.embedded.node.api import Api, ClientConfig
from harness.stacks.embedded.node.document import Json
from harness.stacks.embedded.node.pod import Pod
from harness.stacks.embedded.node.status import read_timestamp

_LIFETIME_S = 3600
#: renewed when this share of the lifetime has passed, as a kubelet does
_RENEW_RATIO = 0.8
_RETRY_S = 5.0
_log = logging.getLogger(__name__)


def build_kubeconfig(cluster: ClientConfig, pod: Pod, token_file: Path) -> Json:
    """A kubeconfig (JSON is YAML) for the pod's ServiceAccount; clients read the token's file again when it changes."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "harness", "cluster": {"server": cluster.server, "certificate-authority": str(cluster.ca_file)}}
        ],
        "users": [{"name": pod.service_account, "user": {"tokenFile": str(token_file)}}],
        "contexts": [
            {
                "name": "pod",
                "context": {"cluster": "harness", "user": pod.service_account, "namespace": pod.namespace},
            }
        ],
        "current-context": "pod",
    }


def build_token_request(pod: Pod) -> Json:
    """The request for a token that lives as long as the pod, at most an hour at a time."""
    return {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {
            "expirationSeconds": _LIFETIME_S,
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": pod.uid},
        },
    }


class Credentials:
    """The two files of one pod, in a directory that only this user can read."""

    def __init__(self, api: Api, cluster: ClientConfig, pod: Pod, directory: Path) -> None:
        self._api = api
        self._pod = pod
        self._cluster = cluster
        self._token = directory / "token"
        #: what KUBECONFIG names
        self.kubeconfig = directory / "kubeconfig"

    async def fetch(self) -> float:
        """Writes both files with a fresh token and returns the seconds after which to renew it.

        Raises:
            ApiRefusedError: there is no such ServiceAccount, for example.
            ApiUnreachableError: the server did not answer.
        """
        path = f"/api/v1/namespaces/{self._pod.namespace}/serviceaccounts/{self._pod.service_account}/token"
        status = (await self._api.post(path, build_token_request(self._pod))).at("status")
        self._token.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(self._token, status.require("token"))
        _write_private(self.kubeconfig, json.dumps(build_kubeconfig(self._cluster, self._pod, self._token), indent=1))
        left_s = read_timestamp(status.text("expirationTimestamp")) - datetime.now(UTC).timestamp()
        return max(_RETRY_S, left_s * _RENEW_RATIO)

    async def keep(self, renew_after_s: float) -> None:
        """Renews until cancelled."""
        while True:
            await asyncio.sleep(renew_after_s)
            try:
                renew_after_s = await self.fetch()
            except RetryableError as error:
                _log.warning("the token of %s/%s was not renewed: %s", self._pod.namespace, self._pod.name, error.why)
                renew_after_s = _RETRY_S

    def remove(self) -> None:
        """Removes both files."""
        self._token.unlink(missing_ok=True)
        self.kubeconfig.unlink(missing_ok=True)


def _write_private(file: Path, text: str) -> None:
    """Replaces a file in one step; a reader sees the old or the new one, and only this user reads either."""
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(file)
