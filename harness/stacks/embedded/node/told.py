"""What the node tells whoever started it: one small JSON file, there before the node is registered."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

FILE_NAME = "node-told.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTold:
    """What this node can do on this machine."""

    #: why pods run without limits, and without figures of what they use; empty if they have both
    no_limits: str

    def write(self, directory: Path) -> None:
        """Writes the file, whole or not at all, and makes the directory where it is missing."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = directory / f".{FILE_NAME}"
        part.touch(mode=0o600)
        part.write_text(json.dumps(asdict(self)))
        part.replace(directory / FILE_NAME)

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """Reads the file; None if there is none yet."""
        try:
            return cls(**json.loads((directory / FILE_NAME).read_text()))
        except FileNotFoundError:
            return None
