"""The files of a recording's directory, and how one is known from another."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

#: raised with each change that a reader of the one before would not understand
FORMAT: Final = 1
KIND: Final = "kubemirror-harness recording"

FACTS: Final = "recording.json"
#: what was scraped, and what rules wrote: recorded series, `ALERTS`, `ALERTS_FOR_STATE`, heartbeats
SCRAPED, RECORDED = "scraped.samples", "recorded.samples"
#: rule groups as they were loaded, at the speed, heartbeats among them; the contract as it was read
RULES, CONTRACT = "rules.yaml", "contract.yaml"
#: of what is not VERIFIED: what a person was told, and the ends of logs
FAILURE, LOGS = "failure.txt", "logs"

#: keys of the facts' document that are about the document
_KIND, _FORMAT, _HARNESS, _FILES, _SEAL = "kind", "format", "harness", "files", "sha256"

Document = Mapping[str, object]


def sealed(facts: Document, files: Mapping[str, bytes], harness: str) -> dict[str, object]:
    """The facts with what they are, the checksum of each file, and one of their own."""
    sums = {name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()}
    whole = {_KIND: KIND, _FORMAT: FORMAT, _HARNESS: harness, **facts, _FILES: dict(sorted(sums.items()))}
    return {**whole, _SEAL: seal_of(whole)}


def seal_of(document: Document) -> str:
    """The checksum of a facts' document, which it carries itself: of the same content, however it is laid out."""
    content = {key: value for key, value in document.items() if key != _SEAL}
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def is_recording(document: object) -> bool:
    """Whether it says that it is one."""
    return isinstance(document, dict) and document.get(_KIND) == KIND


def format_of(document: Document) -> object:
    """Its format's number."""
    return document.get(_FORMAT)


def harness_of(document: Document) -> str:
    """The version of the harness that wrote it."""
    return str(document.get(_HARNESS, ""))


def is_sealed(document: Document) -> bool:
    """Whether it is as it was written."""
    return document.get(_SEAL) == seal_of(document)


def files_of(document: Document) -> Mapping[str, tuple[str, int]]:
    """File below the directory -> its checksum and its length; raises what a document of another shape raises."""
    files = document[_FILES]
    if not isinstance(files, dict):
        raise TypeError("`files` is no mapping")
    return {name: (str(one["sha256"]), int(one["bytes"])) for name, one in files.items()}
