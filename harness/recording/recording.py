"""A recording: a directory that one run left, read back, and held against its checksums first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.rules.file import parse_rules
from harness.core.rules.model import RuleGroup
from harness.core.system_words import reason_of
from harness.recording.facts import Facts, Setting
from harness.recording.layout import (
    CONTRACT,
    FACTS,
    FORMAT,
    KIND,
    LOGS,
    RECORDED,
    RULES,
    SCRAPED,
    Document,
    files_of,
    format_of,
    harness_of,
    is_recording,
    is_sealed,
)
from harness.recording.samples_file import Samples, SamplesError
from harness.recording.unknown import Unknown, unknown_in

_FACTS: Final = TypeAdapter(Facts)
_NOT_ALL: Final = "record again, or copy the whole directory once more"
#: what a run before recordings left
_DOSSIER: Final = "story.json"


class RecordingError(MisuseError):
    """A directory is no recording that can be used."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One that was read whole. All that it holds is as it was written."""

    directory: Path
    facts: Facts
    #: the version of the harness that made it
    harness: str
    #: what was scraped
    scraped: Samples
    #: what rules wrote: recorded series, `ALERTS`, `ALERTS_FOR_STATE`, heartbeats
    recorded: Samples
    #: YAML: rule groups as they were loaded, at the speed, heartbeats among them
    rules: str
    #: YAML, as the run read it
    contract: str

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Reads and checks one.

        Raises:
            RecordingError: it is none, was cut off, changed, or made by a newer harness; or its samples are such as no
                Prometheus would have written.
        """
        document = _document(directory)
        files = _files(directory, document)
        try:
            facts = _FACTS.validate_python({name: document[name] for name in _names() & document.keys()})
            scraped, recorded = (Samples.read(files[name], name) for name in (SCRAPED, RECORDED))
            rules, contract = (files[name].decode("utf-8") for name in (RULES, CONTRACT))
        except ValidationError as error:
            wrong = error.errors()[0]
            place = ".".join(map(str, wrong["loc"]))
            raise _no(directory, f"{FACTS} has another shape: {place}: {wrong['msg']}", _NOT_ALL) from error
        except SamplesError as error:
            raise _no(directory, f"{error.what}: {error.why}", error.fix) from error
        except (KeyError, UnicodeDecodeError) as error:
            raise _no(directory, f"{error.args[0]} is missing, or no text", _NOT_ALL) from error
        return cls(
            directory=directory,
            facts=facts,
            harness=harness_of(document),
            scraped=scraped,
            recorded=recorded,
            rules=rules,
            contract=contract,
        )

    @property
    def setting(self) -> Setting:
        """The stack that was recorded.

        Raises:
            RecordingError: it did not come up, so that there is nothing to ask about.
        """
        if self.facts.setting is None:
            fix = f"see {FACTS} and {LOGS}/ in {self.directory}"
            raise RecordingError(f"there is nothing to ask in {self.directory}", why="no stack was recorded", fix=fix)
        return self.facts.setting

    @property
    def lookback(self) -> PromDuration:
        """`--query.lookback-delta` of the Prometheus that was recorded. Errors as `setting`."""
        return PromDuration(round(self.setting.lookback_s * 1_000))

    @property
    def span_s(self) -> tuple[float, float] | None:
        """First and last sample, Unix seconds; None where there is none."""
        spans = [one.span_s for one in (self.scraped, self.recorded) if one.span_s is not None]
        return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None

    @cached_property
    def groups(self) -> tuple[RuleGroup, ...]:
        """The rule groups as they were loaded.

        Raises:
            RuleFileError: one has a rule that only the Prometheus of that time could read.
        """
        return parse_rules(self.rules, f"{self.directory / RULES}").groups if self.rules.strip() else ()

    @cached_property
    def unknown(self) -> tuple[Unknown, ...]:
        """Of which stretches it does not say what was, oldest first: whoever asks about them is told nothing by it."""
        return unknown_in(self.facts, self.recorded, self.scraped)


def _document(directory: Path) -> Document:
    path = directory / FACTS
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if (directory / _DOSSIER).is_file():
            why, fix = "it is a dossier, which an older harness left", "run the scenario again with this one"
            raise _no(directory, why, fix) from error
        there = f"it has no {FACTS}" if directory.is_dir() else "there is no such directory"
        raise _no(directory, there, "name a directory that a run tells after `recording:`") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _no(directory, f"{FACTS}: {reason_of(error)}", "name one that can be read") from error
    try:
        document: Document = json.loads(text)
    except (ValueError, RecursionError) as error:
        cut = KIND in text
        why = f"{FACTS} is cut off" if cut else f"{FACTS} is no JSON"
        raise _no(
            directory, why, _NOT_ALL if cut else "name a directory that a run tells after `recording:`"
        ) from error
    if not is_recording(document):
        raise _no(directory, f"{FACTS} is somebody else's", "name a directory that a run tells after `recording:`")
    number = format_of(document)
    if not isinstance(number, int) or number > FORMAT:
        by = harness_of(document) or "another version"
        why = f"its format is {number}, made by harness {by}; this one reads up to {FORMAT}"
        raise _no(directory, why, "use a newer harness, or record again with this one")
    if not is_sealed(document):
        raise _no(directory, f"{FACTS} was changed after it was written (its sha256 differs)", _NOT_ALL)
    return document


def _files(directory: Path, document: Document) -> Mapping[str, bytes]:
    """The content of each file that the document names, as it was written."""
    found: dict[str, bytes] = {}
    try:
        for name, (digest, length) in files_of(document).items():
            if Path(name).is_absolute() or ".." in Path(name).parts:
                raise _no(directory, f"{FACTS} names a file that lies elsewhere: {name}", _NOT_ALL)
            content = (directory / name).read_bytes()
            if len(content) < length:
                raise _no(directory, f"{name} is cut off: {len(content)} of {length} bytes", _NOT_ALL)
            if sha256(content).hexdigest() != digest:
                raise _no(directory, f"{name} was changed after it was written (its sha256 differs)", _NOT_ALL)
            found[name] = content
    except OSError as error:
        raise _no(directory, f"{name}: {reason_of(error)}", _NOT_ALL) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _no(directory, f"{FACTS} does not say which files there are", _NOT_ALL) from error
    return found


def _names() -> set[str]:
    return set(Facts.__dataclass_fields__)


def _no(directory: Path, why: str, fix: str) -> RecordingError:
    return RecordingError(f"{directory} is no recording that can be used", why=why, fix=fix)
