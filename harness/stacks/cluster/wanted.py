"""Whose pods are waited for, and what is seen of them for how long."""

import time
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass, field

from harness.clients.kubernetes import Json, KubeApi
from harness.stacks.cluster import workloads


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Some workloads of one namespace."""

    namespace: str
    #: names that must be among them: what a controller has not made yet cannot be unready
    expected: Collection[str] = ()
    #: if given, only what carries this run's label or is expected counts: the rest is the namespace's owner's
    run: str = ""

    def unready(self, api: KubeApi) -> str:
        """What is not ready yet, in words; empty when all of it is (raises CouldNotTellError without an answer)."""
        return workloads.unready(api, self.namespace, expected=self.expected, run=self.run)

    def pods(self, api: KubeApi) -> list[Json]:
        """Their pods (raises CouldNotTellError without an answer)."""
        return workloads.pods(api, self.namespace, expected=self.expected, run=self.run)


@dataclass(slots=True, kw_only=True)
class PodWatch:
    """Ends a wait for pods where a trouble has lasted for a while: asked again and again, as `wait_until`'s `ended`."""

    api: KubeApi
    wanted: Wanted
    #: for so long a trouble is forgiven
    patience_s: float
    #: monotonic seconds
    clock: Callable[[], float] = time.monotonic
    #: what troubles -> since when
    _since_s: dict[Hashable, float] = field(default_factory=dict)

    def lasting(self, problems: Iterable[Hashable]) -> dict[Hashable, float]:
        """For how many seconds each of them has been seen at every look; one that was gone meanwhile begins anew."""
        now_s = self.clock()
        self._since_s = {one: self._since_s.get(one, now_s) for one in problems}
        return {one: now_s - since_s for one, since_s in self._since_s.items()}
