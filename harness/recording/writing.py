"""Writing a recording: whole or not at all, for nobody's eyes but its owner's. Logs and events are others' words."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from harness.core.errors import ReportError
from harness.core.files.json_text import json_text
from harness.core.system_words import reason_of
from harness.recording.facts import Facts
from harness.recording.layout import CONTRACT, FACTS, FAILURE, LOGS, RECORDED, RULES, SCRAPED, sealed
from harness.recording.place import UNFINISHED, file_name
from harness.recording.samples_file import Samples

_FACTS: Final = TypeAdapter(Facts)
_NOTHING: Final = Samples.of(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken while the stack was there, to be written."""

    facts: Facts
    scraped: Samples = _NOTHING
    recorded: Samples = _NOTHING
    #: YAML
    rules: str = ""
    contract: str = ""
    #: what a person was told; empty where everything is VERIFIED
    failure: str = ""
    #: name of a log -> its text
    logs: Mapping[str, str] = field(default_factory=dict)


def write_recording(taken: Taken, path: Path) -> Path:
    """Writes it in place of what is there.

    Args:
        taken: what to write.
        path: its own directory; those above are made.

    Returns:
        The path.

    Raises:
        ReportError: the place cannot be written; what was there before is.
    """
    files = _files(taken)
    document = json_text(sealed(_plain(taken.facts), files, _harness()))  # type: ignore[arg-type]  # JSON by now
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
        try:
            for name, content in {**files, FACTS: f"{document}\n".encode()}.items():
                _write(part / name, content)
            _put(part, path)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise ReportError(
            f"no recording can be written to {path}",
            why=reason_of(error),
            fix="give another place with --record DIR or --results FILE",
        ) from error
    return path


def _files(taken: Taken) -> dict[str, bytes]:
    found = {
        SCRAPED: taken.scraped.written(),
        RECORDED: taken.recorded.written(),
        RULES: _bytes(taken.rules),
        CONTRACT: _bytes(taken.contract),
    }
    if taken.failure:
        found[FAILURE] = _bytes(f"{taken.failure}\n")
    return found | {f"{LOGS}/{file_name(name)}": _bytes(text) for name, text in taken.logs.items()}


def _plain(facts: Facts) -> dict[str, object]:
    """As JSON has it: what it cannot say is said otherwise before the checksum is made, not after."""
    found = json.loads(json_text(_FACTS.dump_python(facts, mode="json")))
    for window in found["fault_windows"]:  # sets have no order
        for key in ("alerts", "near"):
            window[key] = None if window[key] is None else sorted(window[key])
    return dict(found)


def _put(part: Path, path: Path) -> None:
    """Moves it to its place; what was there goes only then."""
    if path.is_dir() and not path.is_symlink():
        old = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=path.parent))
        former = path.rename(old / "former")
        try:
            part.rename(path)
        except OSError:
            former.rename(path)
            old.rmdir()
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        part.rename(path)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)


def _harness() -> str:
    try:
        return version("kubemirror-harness")
    except PackageNotFoundError:
        return "unknown"
