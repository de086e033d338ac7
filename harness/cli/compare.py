"""`harness compare`: two results files beside each other."""

from pathlib import Path

from rich.console import Console

from harness.core.errors import MisuseError
from harness.report.comparison import compare
from harness.report.comparison_table import print_comparison
from harness.report.results_file import read_results


def compare_files(first: Path, second: Path, console: Console) -> int:
    """Prints what is different; the exit code: 0 nothing, 1 something, 3 something cannot be told.

    Raises:
        MisuseError: one of them is no results file, or they are about different contracts.
    """
    one, other = read_results(first), read_results(second)
    if one.alerts.keys() != other.alerts.keys():
        only = sorted(one.alerts.keys() ^ other.alerts.keys())
        raise MisuseError(
            f"{first} and {second} cannot be compared",
            why=f"they are about different contracts: only one of them has {', '.join(only)}",
            fix="run both with the same --subject, or with subjects that promise the same alerts",
        )
    found = compare(one, other)
    print_comparison(console, found, one, other)
    return found.exit_code
