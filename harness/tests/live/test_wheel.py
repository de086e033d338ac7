"""The wheel, installed in an environment of its own, judges a bundle from a directory that nothing else is in.

`make accidents` runs it: some minutes, most of them for packages.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.tests import parcel_courier
from harness.tests.live.liverun import LiveRun

pytestmark = pytest.mark.accident

_ROOT = Path(__file__).parents[3]
_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")


@dataclass(frozen=True)
class Installed:
    """The environment, and where somebody stands."""

    programs: Path
    here: Path

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code and output of one of its programs."""
        command = [str(self.programs / words[0]), *words[1:]]
        return _ended(command, self.here)


def _ended(command: list[str] | str, here: Path) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CI"))}
    shell = isinstance(command, str)
    done = subprocess.run(
        command, cwd=here, env=environment, shell=shell, stdout=-1, stderr=-2, text=True, check=False, timeout=600
    )
    return done.returncode, str(done.stdout)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Of the files that git knows, built away from the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        (place / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_ROOT / name, place / "source" / name)
    build = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(place), "./source"]
    subprocess.run([sys.executable, "-m", *build], cwd=place, check=True)
    venv.create(place / "venv", with_pip=True)
    programs, (wheel,) = place / "venv" / "bin", place.glob("*.whl")
    for what in (["--require-hashes", "--requirement", str(_ROOT / "requirements.lock")], [str(wheel)]):
        subprocess.run([programs / "python", *_PIP, *what], check=True)
    (place / "empty").mkdir()
    return Installed(programs, place / "empty")


def test_others_sessions_are_left_alone(installed: Installed, tmp_path: Path) -> None:
    """Nothing heavy is imported, and the exit codes are pytest's."""
    heavy = "[name for name in sys.modules if name.startswith(('harness.report', 'aiohttp', 'rich', 'pydantic'))]"
    (tmp_path / "test_it.py").write_text(f"import sys\n\ndef test_light():\n    assert not {heavy}\n")
    other = Installed(installed.programs, tmp_path)
    assert other.run("pytest", "-W", "error", "-p", "no:asyncio")[0] == 0
    assert other.run("pytest", "-k", "nothing", "-p", "no:asyncio")[0] == 5
    assert other.run("pytest", "--no-such-option", "-p", "no:asyncio")[0] == 4


def test_one_s_own_scenarios_have_the_fixtures(installed: Installed, tmp_path: Path) -> None:
    """By plain pytest as well; what cannot be used is refused."""
    (tmp_path / "own").mkdir()
    own = "import pytest\n\n@pytest.mark.scenario\ndef test_it(given, survey):\n    survey.objects()\n"
    (tmp_path / "own" / "test_it.py").write_text(own)
    other = Installed(installed.programs, tmp_path)
    for words in (("pytest",), ("harness", "prove", "own")):
        code, said = other.run(*words, "-p", "no:asyncio", "--collect-only", "-q")
        assert (code, "own/test_it.py::test_it" in said) == (0, True), said
    assert other.run("harness", "prove", "own", "--speed", "0")[0] == 2


def test_a_bundle_is_judged_from_an_empty_directory(installed: Installed, live: Callable[..., LiveRun]) -> None:
    """Somebody's program in another language, all that is short: VERIFIED, and no file beside the results."""
    parcel_courier.build()
    os.environ["KUBEMIRROR_HARNESS_STATE"] = str(live().state)
    code, said = installed.run("harness", "prove", "--subject", str(parcel_courier.SUBJECT), "-m", "smoke")
    assert code == 0, said
    results = json.loads((installed.here / "harness-report" / "results.json").read_text())
    assert {one["verdict"] for one in results["scenarios"]} == {"VERIFIED"}
    assert all(one["nodeid"].startswith("scenarios/") for one in results["scenarios"])
    assert {one.name for one in installed.here.iterdir()} <= {"harness-report", ".pytest_cache"}


def test_what_is_not_as_promised_is_told_with_a_command_that_is_there(installed: Installed, tmp_path: Path) -> None:
    """A planted threshold: exit code 1 before anything is started, also when run again as it is printed."""
    shutil.copytree(_ROOT / "monitoring", tmp_path / "bundle", ignore=shutil.ignore_patterns("tests"))
    rules = tmp_path / "bundle" / "prometheusrule.yaml"
    text = rules.read_text()
    assert text.count("> 100\n") == 1
    rules.write_text(text.replace("> 100\n", "> 120\n"))
    other = Installed(installed.programs, tmp_path)
    code, said = other.run("harness", "prove", "--subject", "bundle/subject.yaml", "-x")
    assert (code, "the rule says > 120 items, the contract > 100 items" in said) == (1, True), said
    (again,) = re.findall("Reproduce with: (.+)", said)
    code, said = _ended(f"{again} -x", tmp_path)
    assert (code, "the rule says > 120 items" in said) == (1, True), said
