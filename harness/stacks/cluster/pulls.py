"""Images that do not come: a wait for pods ends when one has been tried in vain for a while, with its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.clients.kubernetes import Json
from harness.stacks.cluster.wanted import PodWatch

#: a kubelet tries again after 10, 20 and 40 s, so that a registry that stumbles once or twice is forgiven
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/kubelet.go (`imageBackOffPeriod`)
PATIENCE_S: Final = 90.0
#: what a container says while its image is tried again, and what is never tried again
_AGAIN, _NEVER = frozenset({"ErrImagePull", "ImagePullBackOff"}), frozenset({"ErrImageNeverPull", "InvalidImageName"})


@dataclass(slots=True, kw_only=True)
class Pulls(PodWatch):
    """Watches the images of the pods that are waited for."""

    patience_s: float = PATIENCE_S

    def hopeless(self) -> str | None:
        """Which image does not come, and what is said of it; None while all may.

        Raises:
            CouldNotTellError: the API server refused or did not answer.
        """
        vain = {}
        for key, title, said in self._waiting():
            reason = str(said.get("reason", ""))
            if reason in _NEVER:
                return f"{title}: {reason} {said.get('message', '')}".rstrip()
            if reason in _AGAIN:
                vain[key] = title, said.get("message", reason)
        for key, seconds in self.lasting(vain).items():
            if seconds >= self.patience_s:
                title, message = vain[key]
                return f"{title}: no image for {seconds:.0f} s, {message}"
        return None

    def _waiting(self) -> Iterator[tuple[object, str, Json]]:
        """Uid of the pod and name of the container, what it is called, and what it says."""
        for pod in self.wanted.pods(self.api):
            metadata, status = pod["metadata"], pod.get("status", {})
            for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
                said = one.get("state", {}).get("waiting") or {}
                title = f"{metadata['name']}/{one['name']} ({one.get('image', '')})"
                yield (str(metadata.get("uid", metadata["name"])), str(one["name"])), title, said
