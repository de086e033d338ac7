"""Prometheus's text format, as far as the node writes it. Pure.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["counter", "gauge"]


class Exposition:
    """Collects samples; those of one metric come out together, in the order in which metrics were first named."""

    def __init__(self) -> None:
        self._metrics: dict[str, list[str]] = {}

    def add(self, name: str, kind: Kind, description: str, labels: Mapping[str, str], value: float) -> None:
        """Adds one sample; empty labels are kept, as cAdvisor writes them."""
        lines = self._metrics.setdefault(name, [f"# HELP {name} {description}", f"# TYPE {name} {kind}"])
        inner = ",".join(f'{label}="{_escape(text)}"' for label, text in labels.items())
        # the shortest text that reads back as the same number; whole numbers without a fraction
        number = str(int(value)) if value == int(value) else repr(value)
        lines.append(f"{name}{{{inner}}} {number}" if inner else f"{name} {number}")

    def text(self) -> str:
        """The whole text."""
        return "".join(f"{line}\n" for lines in self._metrics.values() for line in lines)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
