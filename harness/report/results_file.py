"""Writing results.json: whole or not at all, and readable for every program that reads JSON."""

import tempfile
from pathlib import Path

from harness.core.errors import ReportError
from harness.core.files.json_text import json_text
from harness.core.system_words import in_words
from harness.report.schema import Results


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
            why=in_words(error),
            fix="give another place with --results FILE",
        ) from error
