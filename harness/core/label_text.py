"""Labels as people read them: `{namespace="ns", severity="critical"}`, sorted by name.

For reading alone: what becomes part of a query is quoted by `harness.core.promql`.
"""

from collections.abc import Mapping


def pair(name: str, value: str) -> str:
    """One label: `severity="critical"`."""
    return f'{name}="{value}"'


def pairs(labels: Mapping[str, str]) -> str:
    """All of them without braces; empty if there are none."""
    return ", ".join(pair(*one) for one in sorted(labels.items()))


def braces(labels: Mapping[str, str]) -> str:
    """All of them as a label set."""
    return f"{{{pairs(labels)}}}"
