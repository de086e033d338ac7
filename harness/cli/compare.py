"""`harness compare`: two results files beside each other."""

from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from harness.core.errors import MisuseError
from harness.core.system_words import in_words
from harness.report.comparison import compare
from harness.report.comparison_table import print_comparison
from harness.report.schema import Results

_FIX = "give the files that two runs wrote: pytest scenarios --results FILE"


def compare_files(first: Path, second: Path, console: Console) -> int:
    """Prints what is different; the exit code: 0 nothing, 1 something, 3 something cannot be told.

    Raises:
        MisuseError: one of them is no results file, or they are about different contracts.
    """
    one, other = _read(first), _read(second)
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


def _read(file: Path) -> Results:
    try:
        return Results.model_validate_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise MisuseError(f"{file} cannot be read", why=in_words(error), fix=_FIX) from error
    except (ValidationError, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0]
        raise MisuseError(f"{file} holds no results", why=why, fix=_FIX) from error
