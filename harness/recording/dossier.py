"""Dossiers: what was recorded about something that is not VERIFIED, kept when its stack is gone.

One directory each, beside the results: `failure.txt` as the terminal told it, `story.json` (instants, readings of the
witnesses, deliveries, rules as loaded, targets, pods, events, and what could not be read), `samples.openmetrics` (what
the rules read and what Prometheus made of it, raw) and `logs/`. Only its owner may read it: logs are others' words.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness.core.errors import MisuseError, ReportError
from harness.core.files.json_text import json_text
from harness.core.samples import Series
from harness.core.system_words import reason_of
from harness.recording.openmetrics import openmetrics

STORY, SAMPLES, FAILURE, LOGS = "story.json", "samples.openmetrics", "failure.txt", "logs"

#: begins the name of one that is being written
_UNFINISHED = ".unfinished-"
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
#: with the longest file name in it far from what file systems refuse
_NAME_CHARS = 120
_DIGEST_CHARS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All of it."""

    #: a node id, or what names a stack
    about: str
    #: instants are Unix seconds
    story: Mapping[str, Any]
    #: raw
    samples: tuple[Series, ...] = ()
    #: name of a log -> its text
    logs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A dossier as it was found."""

    directory: Path
    about: str
    #: between two scrapes, seconds of the clock
    scrape_s: float
    #: Unix seconds of what was done when, in the order of time
    instants: tuple[tuple[str, float], ...]
    #: first and last sample, Unix seconds; None where there is none
    span_s: tuple[float, float] | None

    @property
    def samples(self) -> Path:
        """OpenMetrics."""
        return self.directory / SAMPLES

    @property
    def story_file(self) -> Path:
        """JSON."""
        return self.directory / STORY


def read_dossier(directory: Path) -> Kept:
    """Reads what is needed to look into it.

    Raises:
        MisuseError: this is no dossier.
    """
    try:
        story = json.loads((directory / STORY).read_text(encoding="utf-8"))
        lines = (directory / SAMPLES).read_text(encoding="utf-8").splitlines()
        at_s = [float(line.rpartition(" ")[2]) for line in lines if line and not line.startswith("#")]
        instants = [(str(name), float(when)) for name, when in story["instants"].items() if when is not None]
        return Kept(
            directory=directory,
            about=str(story["about"]),
            scrape_s=float(story["scrape_s"]),
            instants=tuple(sorted(instants, key=lambda one: one[1])),
            span_s=(min(at_s), max(at_s)) if at_s else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MisuseError(
            f"{directory} is no dossier",
            why=reason_of(error) if isinstance(error, OSError) else "its files are not those that a run writes",
            fix="name a directory that a failure names after `dossier:`",
        ) from error


def dossiers_of(results: Path) -> Path:
    """Where the dossiers of a run are whose results go to this file."""
    return results.parent / f"{results.stem}.dossiers"


def dossier_name(about: str) -> str:
    """The directory's name: as short as a file system wants it, and no other's."""
    plain = _UNSAFE.sub("-", about.removeprefix("scenarios/")).strip("-.")
    if len(plain) <= _NAME_CHARS and plain == about:
        return plain
    return f"{plain[:_NAME_CHARS]}-{sha256(about.encode('utf-8', 'backslashreplace')).hexdigest()[:_DIGEST_CHARS]}"


def write_dossier(dossier: Dossier, told: str, directory: Path) -> Path:
    """Writes it whole or not at all, in place of an older one about the same.

    Args:
        dossier: what was recorded.
        told: what a person was told.
        directory: where dossiers are; it is made.

    Returns:
        Its own directory.

    Raises:
        ReportError: the place cannot be written.
    """
    path = directory / dossier_name(dossier.about)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=directory))
        try:
            _write(part / FAILURE, f"{told}\n")
            _write(part / STORY, f"{json_text({'about': dossier.about, **dossier.story})}\n")
            _write(part / SAMPLES, openmetrics(dossier.samples))
            if dossier.logs:
                (part / LOGS).mkdir(mode=0o700)
            for name, text in dossier.logs.items():
                _write(part / LOGS / dossier_name(name), text)
            if path.exists():
                shutil.rmtree(path)
            part.rename(path)
        except OSError:
            shutil.rmtree(part, ignore_errors=True)
            raise
    except OSError as error:
        raise ReportError(
            f"no dossier can be written to {path}", why=reason_of(error), fix="give another place with --results FILE"
        ) from error
    return path


def forget_others(directory: Path, keep: Collection[Path]) -> None:
    """Removes the dossiers of earlier runs, whose results these no longer are, and what a killed one has half written.

    Nothing else is touched.
    """
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        if path not in keep and (_is_dossier(path) or _is_unfinished(path)):
            shutil.rmtree(path, ignore_errors=True)
    if not any(directory.iterdir()):
        directory.rmdir()


def _is_dossier(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        story = json.loads((path / STORY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(story, dict) and dossier_name(str(story.get("about"))) == path.name


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(_UNFINISHED) and path.is_dir() and not path.is_symlink()


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
