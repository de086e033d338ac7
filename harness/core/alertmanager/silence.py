"""Silences: while one is active, Alertmanager tells no receiver of the alerts that it matches, the harness's included.

https://prometheus.io/docs/alerting/latest/alertmanager/#silences
"""

from dataclasses import dataclass

from harness.core.alertmanager.matching import Matching


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One, as somebody made it; also one that has expired. Unix times."""

    matching: Matching
    start_s: float
    end_s: float
    #: who made it, as Alertmanager was told
    by: str

    def __str__(self) -> str:
        """In a line."""
        return f"a silence of {self.by or 'somebody'}, {self.matching}"
