"""Writing results.json: whole or not at all, and readable for every program that reads JSON."""

import json
import math
import re
import tempfile
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.core.system_words import in_words
from harness.report.schema import Results

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

#: C1 controls and what turns the direction of writing or ends a line; JSON's writer escapes the others itself
_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class ReportError(CouldNotTellError):
    """The results cannot be written."""


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


def json_text(value: Json) -> str:
    """JSON that every program reads and that steers no terminal: what it cannot say is said otherwise."""
    plain = json.dumps(_sayable(value), indent=2, ensure_ascii=False, allow_nan=False)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)


def _sayable(value: Json) -> Json:
    """What UTF-8 and JSON can say of it: halves of surrogates become text, what is not finite null."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_sayable(each) for each in value]
        case dict():
            return {str(_sayable(key)): _sayable(each) for key, each in value.items()}
        case _:
            return value
