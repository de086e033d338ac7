"""The results file: written whole or not at all, readable for every program that reads JSON, and read back."""

import tempfile
from pathlib import Path

from pydantic import ValidationError

from harness.core.errors import MisuseError, ReportError
from harness.core.files.json_text import json_text
from harness.core.system_words import reason_of
from harness.report.schema import Results

_FIX = "give a file that a run wrote: pytest scenarios --results FILE"


def write_results(results: Results, path: Path) -> None:
    """Writes the file whole or not at all, readable by everybody; makes its directory.

    Raises:
        ReportError: the place cannot be written.
    """
    text = json_text(results.model_dump(mode="json"))
    unfinished: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
        ) as file:
            unfinished = Path(file.name)
            file.write(f"{text}\n")
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise ReportError(
            f"the results cannot be written to {path}",
            why=reason_of(error),
            fix="give another place with --results FILE",
        ) from error


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
