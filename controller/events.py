"""Kubernetes Events for people: `kubectl describe` of a source shows what is in the way of its mirrors.

Best effort, once per source and target: an Event that cannot be written is a line in the log.
"""

import logging
from datetime import UTC, datetime
from typing import Final

from controller.errors import ControllerError
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.mirror import Key

_log = logging.getLogger(__name__)

#: told conflicts that are remembered; past it all are forgotten, so that memory is bounded
_REMEMBERED: Final = 10_000


class EventWriter:
    """Writes core/v1 Events."""

    def __init__(self, client: KubeClient, *, identity: str) -> None:
        self._client = client
        self._identity = identity
        self._told: set[tuple[Kind, str, str]] = set()

    async def foreign_object(self, kind: Kind, source: Key, source_uid: str, namespace: str) -> None:
        """Tells on the source that a foreign object is in the way in `namespace`; once per source uid and target."""
        conflict = (kind, source_uid, namespace)
        if conflict in self._told:
            return
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told.add(conflict)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{source.name[:200]}.", "namespace": source.namespace},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": kind.api_name,
                "namespace": source.namespace,
                "name": source.name,
                "uid": source_uid,
            },
            "type": "Warning",
            "reason": "MirrorConflict",
            "message": f"namespace {namespace} has a {kind.api_name} {source.name} that is not a mirror of this one",
            "source": {"component": "kubemirror-controller"},
            "reportingComponent": "kubemirror-controller",
            "reportingInstance": self._identity[:128],
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            await self._client.request("POST", f"/api/v1/namespaces/{source.namespace}/events", body=event)
        except ControllerError as error:
            _log.warning("Event not written: %s", error.line)
