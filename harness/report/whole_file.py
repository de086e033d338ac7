"""A file that is written whole or not at all, readable by everybody."""

import tempfile
from pathlib import Path

from harness.core.errors import ReportError
from harness.core.system_words import reason_of


def write_whole(text: str, path: Path, *, what: str, option: str) -> None:
    """Writes the file and makes its directory; what was there stays until all of the new one is written.

    Args:
        text: its content.
        path: its place.
        what: it is, for messages: `the results`.
        option: that named the place.

    Raises:
        ReportError: the place cannot be written.
    """
    unfinished: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
        ) as file:
            unfinished = Path(file.name)
            file.write(text)
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        if unfinished is not None:
            unfinished.unlink(missing_ok=True)
        raise ReportError(
            f"{what} cannot be written to {path}", why=reason_of(error), fix=f"give another place with {option} FILE"
        ) from error
