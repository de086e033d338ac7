"""A helm that speaks to no registry and no cluster: it says what it is told to, and keeps what it was asked."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.toolchain import PINS, Settings, ToolName

_CODE = """
import json, os, pathlib, sys

here, words = pathlib.Path(sys.argv[0]).parent, sys.argv[1:]
if words[0] == "version":
    sys.exit(print("v{version}"))
values = [json.loads(pathlib.Path(words[i + 1]).read_text())
          for i, word in enumerate(words) if word == "--values" and words[i + 1].endswith(".json")]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(dict(argv=words, env=dict(os.environ), values=values)) + "\\n")
failing = here / f"{{words[0]}}.fails"
if failing.exists():
    sys.exit(failing.read_text())
pathlib.Path(os.environ["HELM_CACHE_HOME"]).mkdir(parents=True, exist_ok=True)
if words[0] == "pull":
    (pathlib.Path(words[words.index("--destination") + 1]) / "chart-1.tgz").touch()
elif words[0] in ("template", "get"):
    print((here / "rendered").read_text())
"""


@dataclass(frozen=True, slots=True)
class FakeHelm:
    """One in a directory of its own, set by hand as the one to be used."""

    directory: Path

    @classmethod
    def at(cls, directory: Path, *, rendered: str = "") -> "FakeHelm":
        """Makes the program."""
        directory.mkdir()
        program = directory / "helm"
        program.write_text(f"#!{sys.executable} -ISE\n{_CODE.format(version=PINS[ToolName.HELM].version)}")
        program.chmod(0o755)
        (directory / "rendered").write_text(rendered)
        return cls(directory)

    @property
    def program(self) -> Path:
        """Its path."""
        return self.directory / "helm"

    def settings(self) -> Settings:
        """With a cache of its own."""
        environment = {"HOME": str(self.directory), "PATH": "", ToolName.HELM.setting: str(self.program)}
        return Settings.of(environment, machine="x86_64")

    def fails(self, command: str, words: str) -> None:
        """From now on this command ends with these words."""
        (self.directory / f"{command}.fails").write_text(words)

    def renders(self, text: str) -> None:
        """From now on the chart is this."""
        (self.directory / "rendered").write_text(text)

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """Every command so far: argv, env, and the values that were written for it."""
        file = self.directory / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def asked(self, command: str) -> list[list[str]]:
        """The words of the calls of a command."""
        return [call["argv"][1:] for call in self.calls if call["argv"][0] == command]
