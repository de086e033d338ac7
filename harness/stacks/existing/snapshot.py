"""What a cluster had before a run entered it: kept in the run's directory, so that a killed run can be settled too.

While it is there, something of the run may be in that cluster, which lives on and is not entered unless somebody names
it twice. So it goes when the run is settled with the cluster, and nobody removes the directory before.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from harness.clients.kubernetes import KubeApi
from harness.core.contract.subject import Subject
from harness.core.controller_paths import ControllerPaths
from harness.stacks.existing.inventory import Difference, Inventory, ObjectRef, ResourceType, difference, inventory
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.run import Run
from harness.stacks.sweep import KindRemoved

_NAME = "before.json"
#: so many names of other people's objects are told; the rest is a number
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Taken before the first change."""

    #: which cluster it is
    context: str
    #: URL of its API server: a context of the same name may lead to another cluster by now, or in another kubeconfig.
    #: Empty where it was not noted
    server: str = ""
    inventory: Inventory
    #: whether the controller's Lease was there; asked for by itself, because inventories leave some Leases out
    lease: bool

    @classmethod
    def look(cls, api: KubeApi, subject: Subject, *, context: str, server: str) -> Self:
        """Looks at the cluster.

        Raises:
            CouldNotTellError: the API server does not say what it has.
        """
        path = ControllerPaths.of(subject).lease
        lease = path is not None and api.find(path) is not None
        return cls(context=context, server=server, inventory=inventory(api), lease=lease)

    @classmethod
    def load(cls, directory: Path) -> Self | None:
        """Reads it back from a run's directory; None where there is none, or half of one."""
        try:
            kept = json.loads((directory / _NAME).read_text(encoding="utf-8"))
            objects = frozenset(
                ObjectRef(type=ResourceType(**one["type"]), namespace=one["namespace"], name=one["name"])
                for one in kept["objects"]
            )
            return cls(
                context=kept["context"],
                server=kept.get("server", ""),
                inventory=Inventory(objects=objects, unlistable=frozenset(kept["unseen"])),
                lease=kept["lease"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, directory: Path) -> None:
        """Writes it into a run's directory."""
        kept = {
            "context": self.context,
            "server": self.server,
            "lease": self.lease,
            "unseen": sorted(self.inventory.unlistable),
            "objects": [asdict(one) for one in sorted(self.inventory.objects)],
        }
        (directory / _NAME).write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def is_of(self, destination: Destination) -> bool:
        """Whether it was taken in the cluster where this context leads now."""
        return self.context == destination.context and self.server in {"", destination.server}

    @staticmethod
    def forget(directory: Path) -> None:
        """The run is settled with the cluster; harmless the second time."""
        (directory / _NAME).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDiff:
    """Two inventories around one run. Others work in the cluster at the same time."""

    before: Inventory
    after: Inventory
    run: str
    #: the subject's, in which nobody else has any business while the run has it
    namespace: str

    @property
    def difference(self) -> Difference:
        """All of it."""
        return difference(self.before, self.after)

    @property
    def left(self) -> tuple[ObjectRef, ...]:
        """What appeared where only the run was, or by a name that only the run gives."""
        return tuple(sorted(one for one in self.difference.appeared if self._is_the_runs(one)))

    def __str__(self) -> str:
        """One line for people."""
        found = self.difference
        left = f"{len(self.left)} of the run are left" if self.left else "nothing of the run is left"
        parts = [f"before: {len(self.before.objects)} objects, after: {len(self.after.objects)} objects, {left}"]
        for what, those in (("appeared elsewhere", found.appeared.difference(self.left)), ("vanished", found.vanished)):
            if those:
                parts.append(f"{what} meanwhile: {_some(those)}")
        if found.unlistable:
            parts.append(f"could not be listed: {', '.join(sorted(found.unlistable))}")
        return "; ".join(parts)

    def _is_the_runs(self, one: ObjectRef) -> bool:
        within = one.name if str(one.type) == "namespaces" else one.namespace
        return within == self.namespace or self.run in one.namespace or self.run in one.name


class UnsettledCluster:
    """What a stack on an existing cluster leaves (see `sweep.StackKind`): nothing here, but perhaps something there."""

    def runs(self) -> Collection[str]:
        """None: no cluster is entered unless somebody names it."""
        return ()

    def remove(self, run: Run) -> KindRemoved:
        """Removes nothing, and says which cluster the run is not settled with."""
        before = Snapshot.load(run.directory)
        return KindRemoved(left_in="" if before is None else before.context)


def _some(those: frozenset[ObjectRef]) -> str:
    names = [str(one) for one in sorted(those)]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
