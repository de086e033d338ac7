"""Looks up the Secrets and ConfigMaps that a container's environment refers to."""

import base64

from harness.stacks.embedded.node.api import Api, ApiRefusedError
from harness.stacks.embedded.node.environment import Objects, needed_objects
from harness.stacks.embedded.node.pod import Container, EnvSource

_NOT_FOUND = 404


async def look_up(api: Api, namespace: str, container: Container) -> Objects:
    """Reads them; one that does not exist is None.

    Raises:
        ApiRefusedError: another refusal than "not found".
        ApiUnreachableError: the server did not answer.
    """
    found: dict[tuple[EnvSource, str], dict[str, str] | None] = {}
    for source, name in needed_objects(container):
        kind = "secrets" if source is EnvSource.SECRET else "configmaps"
        try:
            data = dict((await api.get(f"/api/v1/namespaces/{namespace}/{kind}/{name}")).table("data"))
        except ApiRefusedError as error:
            if error.status != _NOT_FOUND:
                raise
            found[source, name] = None
            continue
        if source is EnvSource.SECRET:
            data = {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}
        found[source, name] = data
    return found
