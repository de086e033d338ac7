"""The balance of a run: what was there before and after, and which part of the difference can be the run's."""

from dataclasses import dataclass

from harness.stacks.existing.inventory import Difference, Inventory, ObjectRef, difference

#: so many names of other people's objects are told; the rest is a number
_NAMED = 5


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
        if found.unseen:
            parts.append(f"could not be listed: {', '.join(sorted(found.unseen))}")
        return "; ".join(parts)

    def _is_the_runs(self, one: ObjectRef) -> bool:
        within = one.name if str(one.type) == "namespaces" else one.namespace
        return within == self.namespace or self.run in one.namespace or self.run in one.name


def _some(those: frozenset[ObjectRef]) -> str:
    names = [str(one) for one in sorted(those)]
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
