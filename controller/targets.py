"""Which namespaces a source names: a comma-separated list of names and globs, or `all`.

Decisions:
- never the source's own namespace, and none that is being deleted;
- `all` and globs leave Kubernetes's own namespaces out (`kube-public` is readable by everybody): whoever wants a
  mirror in one of them names it exactly;
- names are compared as they are; `all` is a keyword only as a whole entry, and equals `*`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Final

#: what only an exact name reaches
SYSTEM_NAMESPACES: Final = frozenset({"kube-system", "kube-public", "kube-node-lease"})

_GLOB = re.compile(r"[*?\[]")
_ALLOWED = re.compile(r"[a-z0-9*?\[\]!-]+")
#: the entry that means every namespace
ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The parsed annotation."""

    #: namespaces named exactly
    exact: frozenset[str]
    #: globs, `all` being `*`
    globs: tuple[str, ...]
    #: entries that no namespace can match, for a warning
    invalid: tuple[str, ...] = ()

    def match(self, namespace: str, *, own: str) -> bool:
        """Whether a source in namespace `own` names `namespace`."""
        if namespace == own:
            return False
        if namespace in self.exact:
            return True
        return (
            bool(self.globs)
            and namespace not in SYSTEM_NAMESPACES
            and any(_compiled(glob).match(namespace) for glob in self.globs)
        )

    def select(self, namespaces: Iterable[str], *, own: str) -> list[str]:
        """Those of `namespaces` that match, in alphabetical order."""
        if not self.globs:
            # thousands of namespaces, a few names: no need to look at each
            return sorted(self.exact.intersection(namespaces) - {own})
        return sorted(namespace for namespace in namespaces if self.match(namespace, own=own))


NOWHERE: Final = Targets(exact=frozenset(), globs=())


@lru_cache(maxsize=4_096)
def parse(annotation: str) -> Targets:
    """Reads the annotation. Blanks and empty entries do not matter; an impossible entry is kept as invalid."""
    entries = [entry for entry in (part.strip() for part in annotation.split(",")) if entry]
    valid = [entry for entry in entries if _ALLOWED.fullmatch(entry)]
    globs = dict.fromkeys("*" if entry == ALL else entry for entry in valid if entry == ALL or _GLOB.search(entry))
    return Targets(
        exact=frozenset(entry for entry in valid if entry != ALL and not _GLOB.search(entry)),
        globs=("*",) if "*" in globs else tuple(globs),
        invalid=tuple(entry for entry in entries if not _ALLOWED.fullmatch(entry)),
    )


@lru_cache(maxsize=4_096)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))
