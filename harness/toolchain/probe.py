"""Asks a program for its version, and remembers the answer as long as the file stays the same."""

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.core.system_words import reason_of
from harness.toolchain.pins import Pin, version_in

#: a big program read from a slow disk beside other builds took 6 s; none that works takes longer than this
_ANSWER_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a program said about its version."""

    #: without v; None when it said nothing that could be understood
    version: str | None
    #: why there is no version, in words
    problem: str = ""


def ask(path: Path, pin: Pin, environment: Mapping[str, str]) -> Answer:
    """Runs the program with its version arguments. Never raises: a program that cannot be run is an answer too."""
    try:
        done = subprocess.run(
            [path, *pin.version_args],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env=dict(environment),
        )
    except OSError as error:
        return Answer(version=None, problem=f"cannot be run: {reason_of(error)}")
    except subprocess.TimeoutExpired:
        return Answer(version=None, problem=f"said nothing within {_ANSWER_TIMEOUT_S:g} s")
    version = version_in(done.stdout) or version_in(done.stderr)
    if done.returncode != 0 or version is None:
        said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()[-1]
        return Answer(version=None, problem=f"exited with status {done.returncode} and said: {said}")
    return Answer(version=version)


class VersionMemory:
    """Versions of programs outside the cache, kept in one file by path, size and time of change.

    Losing or breaking the file costs a second, never a wrong answer: what is not understood is asked again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)

    def version(self, path: Path, pin: Pin, environment: Mapping[str, str]) -> Answer:
        """The program's version, from memory when the file at `path` is the one that was asked before."""
        try:
            # The target's state: a link that is turned to another version is another program.
            state = path.stat()
        except OSError as error:
            return Answer(version=None, problem=f"cannot be run: {reason_of(error)}")
        key = f"{path.resolve()} {state.st_size} {state.st_mtime_ns} {' '.join(pin.version_args)}"
        known = self._known.get(key)
        if known is not None:
            return Answer(version=known)
        answer = ask(path, pin, environment)
        if answer.version is not None:
            self._known[key] = answer.version
            self._write()
        return answer

    def _write(self) -> None:
        scratch = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            scratch.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
            scratch.replace(self._file)
        except OSError:
            # A cache that cannot be written leaves every program on PATH as usable as before.
            with suppress(OSError):
                scratch.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, str]:
    try:
        known: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {key: value for key, value in known.items() if isinstance(key, str) and isinstance(value, str)}
