"""What one side of a rule or a route of Alertmanager matches, as it is written; whether it matches, amtool decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.label_text import pair

#: `name op value`, the value with or without quotes
#: https://prometheus.io/docs/alerting/latest/configuration/#matcher
_MATCHER = re.compile(r'\s*("?)(?P<name>[^"=~!]+?)\1\s*(?P<operator>=~|!~|!=|=)\s*("?)(?P<value>.*?)\4\s*', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """All matchers of one place: every one of them has to match."""

    match: Mapping[str, str] = field(default_factory=dict)
    match_re: Mapping[str, str] = field(default_factory=dict)
    matchers: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As people write it; `{}` matches everything."""
        return "{" + ", ".join(self._written()) + "}"

    @property
    def same(self) -> str:
        """The one text of all ways to write the same matchers."""
        return "{" + ", ".join(sorted(map(_in_one_way, self._written()))) + "}"

    def _written(self) -> list[str]:
        inside = [pair(name, value) for name, value in self.match.items()]
        inside += [f'{name}=~"{value}"' for name, value in self.match_re.items()]
        return [*inside, *self.matchers]


def _in_one_way(matcher: str) -> str:
    found = _MATCHER.fullmatch(matcher)
    return matcher if found is None else f'{found["name"]}{found["operator"]}"{found["value"]}"'
