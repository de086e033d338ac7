"""`python -m harness.bench.corpus`: the recordings that offline tests ask, made once more by a run of all scenarios.

One stack at a time: scenarios side by side would be recorded while the machine serves others. The corpus is replaced as
a whole, and only by a run in which everything is VERIFIED: what a rule does in it is then what is documented.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.core.errors import HarnessError, ReportError
from harness.core.system_words import reason_of
from harness.core.verdict import Verdict
from harness.recording.recording import Recording
from harness.report.plain_text import many_lines
from harness.report.results_file import read_results

_ROOT: Final = Path(__file__).parents[2]
CORPUS: Final = _ROOT / "harness" / "tests" / "data" / "corpus"
#: the controller while nothing is wrong, which the default subject names: one recording of the corpus
HEALTHY: Final = _ROOT / "monitoring" / "healthy"
_HEALTHY: Final = "scenarios/test_in_force.py::test_every_documented_metric_is_scraped"


class UnfitError(ReportError):
    """A run's recordings are no corpus."""


def made(place: Path, words: Sequence[str]) -> Path:
    """Runs all scenarios and records them.

    Args:
        place: an empty directory.
        words: further ones for pytest.

    Returns:
        The directory with the recordings.

    Raises:
        UnfitError: the run does not end with everything verified.
    """
    record, results = place / "corpus", place / "results.json"
    argv = (sys.executable, "-m", "pytest", "scenarios", "--stack", "embedded", "-p", "no:cacheprovider")
    code = subprocess.run(
        (*argv, f"--record={record}", f"--results={results}", *words), cwd=_ROOT, env=dict(os.environ), check=False
    ).returncode
    if code != 0:
        raise UnfitError(
            "the corpus stays as it was",
            why=f"the run ended with exit code {code}: not everything was verified",
            fix="see what it said above, and make it again",
        )
    ran = {one.nodeid for one in read_results(results).scenarios}
    check(record, ran)
    return record


def check(directory: Path, scenarios: set[str]) -> None:
    """Whether it holds a recording of each scenario, each VERIFIED and whole.

    Args:
        directory: of recordings.
        scenarios: node ids.

    Raises:
        UnfitError: it does not.
        MisuseError: one of them is none.
    """
    found = [Recording.read(path) for path in sorted(directory.iterdir())]
    wrong = [f"{one.facts.about} is {one.facts.verdict}" for one in found if one.facts.verdict != Verdict.VERIFIED]
    wrong += [f"{one.facts.about} lacks {lost}" for one in found for lost in (*one.facts.lost, *one.facts.unread)]
    wrong += [f"{one} was not recorded" for one in sorted(scenarios - {one.facts.about for one in found})]
    if wrong:
        raise UnfitError("these recordings are no corpus", why="\n       ".join(wrong), fix="make it again")


def replace(corpus: Path, by: Path) -> None:
    """Puts new recordings in the place of the old ones, whole or not at all.

    Raises:
        ReportError: the place cannot be written.
    """
    try:
        corpus.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".corpus-", dir=corpus.parent) as beside:
            new, old = Path(beside) / "new", Path(beside) / "old"
            shutil.copytree(by, new)
            if corpus.exists():
                corpus.rename(old)
            new.rename(corpus)
    except OSError as error:
        raise ReportError(f"{corpus} cannot be replaced", why=reason_of(error), fix="make it again") from error


def healthy_of(corpus: Path) -> Path:
    """The recording in which nothing is wrong with the controller.

    Raises:
        UnfitError: there is none.
    """
    for directory in sorted(corpus.iterdir()):
        if Recording.read(directory).facts.about == _HEALTHY:
            return directory
    raise UnfitError(
        f"{corpus} has no recording of {_HEALTHY}", why="the default subject needs it", fix="make it again"
    )


def main() -> int:
    """Makes the corpus again; the exit code."""
    try:
        with tempfile.TemporaryDirectory(prefix="corpus-") as place:
            replace(CORPUS, made(Path(place), sys.argv[1:]))
        replace(HEALTHY, healthy_of(CORPUS))
    except HarnessError as error:
        print(many_lines(str(error)), file=sys.stderr)  # noqa: T201 - the command's own output
        return error.exit_code
    size = sum(file.stat().st_size for file in CORPUS.rglob("*") if file.is_file())
    print(f"{len([*CORPUS.iterdir()])} recordings, {size / 1e6:.1f} MB, in {CORPUS.relative_to(_ROOT)}")  # noqa: T201 - same
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
