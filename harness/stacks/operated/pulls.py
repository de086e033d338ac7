"""Images that do not come: a wait for pods ends when one has been tried in vain for a while, with its name."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.kube_api import Json, KubeApi
from harness.stacks.operated.workloads import pods

#: a kubelet tries again after 10, 20 and 40 s, so that a registry that stumbles once or twice is forgiven
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/kubelet.go (`imageBackOffPeriod`)
PATIENCE_S: Final = 90.0
#: what a container says while its image is tried again, and what is never tried again
_AGAIN, _NEVER = frozenset({"ErrImagePull", "ImagePullBackOff"}), frozenset({"ErrImageNeverPull", "InvalidImageName"})


@dataclass(slots=True, kw_only=True)
class Pulls:
    """Watches the pods of some namespaces, to be asked again and again: `wait_until`'s `ended`."""

    api: KubeApi
    namespaces: tuple[str, ...]
    #: as `workloads.unready`: in somebody's namespace others' images are not waited for
    expected: Collection[str] = ()
    run: str = ""
    patience_s: float = PATIENCE_S
    #: monotonic seconds
    clock: Callable[[], float] = time.monotonic
    #: uid of a pod and name of a container -> since when its image is tried in vain
    _since_s: dict[tuple[str, str], float] = field(default_factory=dict)

    def hopeless(self) -> str | None:
        """Which image does not come, and what is said of it; None while all may.

        Raises:
            CouldNotTellError: the API server refused or did not answer.
        """
        now_s, vain = self.clock(), {}
        for key, title, said in self._waiting():
            reason = str(said.get("reason", ""))
            if reason in _NEVER:
                return f"{title}: {reason} {said.get('message', '')}".rstrip()
            if reason in _AGAIN:
                vain[key] = self._since_s.get(key, now_s)
                if now_s - vain[key] >= self.patience_s:
                    return f"{title}: no image for {now_s - vain[key]:.0f} s, {said.get('message', reason)}"
        self._since_s = vain
        return None

    def _waiting(self) -> Iterator[tuple[tuple[str, str], str, Json]]:
        for namespace in self.namespaces:
            for pod in pods(self.api, namespace, expected=self.expected, run=self.run):
                metadata, status = pod["metadata"], pod.get("status", {})
                for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
                    said = one.get("state", {}).get("waiting") or {}
                    title = f"{metadata['name']}/{one['name']} ({one.get('image', '')})"
                    yield (str(metadata.get("uid", metadata["name"])), str(one["name"])), title, said
