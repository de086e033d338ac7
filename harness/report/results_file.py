"""The results file: written whole or not at all, readable for every program that reads JSON, and read back."""

from pathlib import Path

from pydantic import ValidationError

from harness.core.errors import MisuseError
from harness.core.files.json_text import json_text
from harness.core.system_words import reason_of
from harness.report.schema import Results
from harness.report.whole_file import write_whole

_FIX = "give a file that a run wrote: pytest scenarios --results FILE"


def write_results(results: Results, path: Path) -> None:
    """Writes the file whole or not at all, readable by everybody; makes its directory.

    Raises:
        ReportError: the place cannot be written.
    """
    text = json_text(results.model_dump(mode="json"))
    write_whole(f"{text}\n", path, what="the results", option="--results")


def read_results(path: Path) -> Results:
    """The results of a run, as `write_results` wrote them.

    Raises:
        MisuseError: the file cannot be read, or holds none.
    """
    try:
        return Results.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MisuseError(f"{path} cannot be read", why=reason_of(error), fix=_FIX) from error
    except (ValidationError, UnicodeDecodeError) as error:
        why = str(error).partition("\n")[0]
        raise MisuseError(f"{path} holds no results", why=why, fix=_FIX) from error
