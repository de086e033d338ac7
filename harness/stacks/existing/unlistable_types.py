"""What could not be looked for, as far as it matters: types that a run makes objects of.

Others prove nothing about a run: whatever may not be listed there, or is ill, it has made none of it.
"""

from collections.abc import Collection

from harness.core.errors import CouldNotTellError
from harness.stacks.existing.permissions import NEEDS

_FIX = "let your user list them (`python -m harness.stacks.existing.permissions`), or wait for an API that is ill"


def unseen_made(unseen: Collection[str]) -> tuple[str, ...]:
    """Of types and of paths of groups that did not tell their types (`Listing.unseen`), those with objects of runs."""
    types = frozenset(
        f"{need.resource}.{need.group}" if need.group else need.resource for need in NEEDS if "create" in need.verbs
    )
    groups = frozenset(need.group for need in NEEDS if "create" in need.verbs)
    return tuple(one for one in sorted(unseen) if one in types or (one.startswith("/") and _group(one) in groups))


def refuse_unlistable(unseen: Collection[str]) -> None:
    """Returns where everything that a run makes could be looked for.

    Raises:
        CouldNotTellError: with what could not.
    """
    made = unseen_made(unseen)
    if made:
        raise CouldNotTellError(
            "it cannot be told what of a run is in this cluster",
            why="\n       ".join(f"{one}: could not be listed, and a run makes such objects" for one in made),
            fix=_FIX,
        )


def _group(path: str) -> str:
    """Of `/apis/apps/v1`; empty for the core's `/api/v1`."""
    return path.split("/")[2] if path.startswith("/apis/") else ""
