"""The archive of a run: the dossiers beside its results, those of earlier runs removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.report.dossier import Dossier, dossiers_of, forget_others, write_dossier
from harness.report.results_file import ReportError


@dataclass(frozen=True, slots=True)
class Archive:
    """Keeps what was recorded."""

    #: where the results of the run go
    results: Path

    def keep(self, dossier: Dossier, told: str) -> str:
        """Writes a dossier; its directory, or why there is none: that a disk is full must hide no verdict.

        Args:
            dossier: what was recorded.
            told: what a person was told.
        """
        try:
            return str(write_dossier(dossier, told, dossiers_of(self.results)))
        except ReportError as error:
            return f"none: {error.why}"

    def forget_others(self, kept: Iterable[str]) -> None:
        """Removes the dossiers of earlier runs. Args: what `keep` gave for those of this one."""
        forget_others(dossiers_of(self.results), {Path(one) for one in kept})
