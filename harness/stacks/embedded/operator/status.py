"""What the operator process tells the harness: one small JSON file, replaced at each step."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from harness.core.operator.translation import Accepted, Rejected
from harness.stacks.embedded.operator.files import replace_file


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStatus:
    """The state after the last change."""

    #: hash of the content of all written files
    generation: str
    #: the generation that each of the two was told to load and took; empty before the first time
    prometheus_generation: str = ""
    alertmanager_generation: str = ""
    #: what one of them said when it refused to load, or why nothing could be translated; empty if all is well
    problem: str = ""
    accepted: tuple[Accepted, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether both run what is written; before anything is, nothing is settled."""
        return self.generation != "" and self.generation == self.prometheus_generation == self.alertmanager_generation

    def write(self, path: Path) -> None:
        """Replaces the file."""
        replace_file(path, json.dumps(asdict(self), indent=2))

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Reads the file, None if there is none yet."""
        try:
            content = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        content["accepted"] = tuple(Accepted(**one) for one in content["accepted"])
        content["rejected"] = tuple(Rejected(**one) for one in content["rejected"])
        return cls(**content)
