"""`harness reproduce`: what is refused, what pytest is asked for, and what comes of its end."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.main import _DEFAULT_SUBJECT, main
from harness.cli.reproduce import INTERRUPTED, reproduce
from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed, SpeedError

ALERT = "KubeMirrorWorkqueueDepthHigh"

Play = Callable[..., int]


class _Pytest:
    """In place of pytest: keeps what it was asked for, ends as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.code: int = 0
        self.ended_by: BaseException | None = None

    def main(self, arguments: list[str], plugins: list[object]) -> int:
        self.asked = arguments
        if self.ended_by is not None:
            found = pytest.ExceptionInfo.from_exception(self.ended_by)
            for plugin in plugins:
                plugin.pytest_keyboard_interrupt(found)  # type: ignore[attr-defined]  # the only hook there is
        return self.code


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> _Pytest:
    """Stands in for pytest."""
    fake = _Pytest()
    monkeypatch.setattr("harness.cli.reproduce.pytest.main", fake.main)
    return fake


def _raised() -> KeyboardInterrupt:
    try:
        raise KeyboardInterrupt  # noqa: TRY301 - so it has a traceback
    except KeyboardInterrupt as error:
        return error


def test_pytest_is_asked_for_the_alert_s_scenarios_wherever_one_stands(
    runner: _Pytest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Absolute paths; narrated, held; the results of the last whole run stay."""
    monkeypatch.chdir(tmp_path)
    assert reproduce(alert=ALERT, speed=Speed(30), subject_file=_DEFAULT_SUBJECT) == 0
    root = _DEFAULT_SUBJECT.parents[1]
    assert runner.asked[0] == str(root / "scenarios")
    for option in (
        f"--rootdir={root}",
        f"--alert={ALERT}",
        "--speed=30",
        f"--subject={_DEFAULT_SUBJECT}",
        f"--results={root / 'harness-report' / 'reproduce.json'}",
        "--narrate",
        "--hold-at=firing",
    ):
        assert option in runner.asked


def test_a_strength_of_one_s_choice_is_handed_on(runner: _Pytest) -> None:
    """As it was written; what nothing can fire at never comes that far."""
    assert reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT, strength="150") == 0
    assert "--strength=150" in runner.asked
    assert reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT) == 0
    assert not any(word.startswith("--strength") for word in runner.asked)


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_verdict_s_exit_code_comes_through(runner: _Pytest, code: int) -> None:
    """As from pytest itself."""
    runner.code = code
    assert reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT) == code


def test_ctrl_c_is_told_from_misuse(runner: _Pytest) -> None:
    """Pytest ends with 2 either way."""
    runner.code, runner.ended_by = 2, _raised()
    assert reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT) == INTERRUPTED == 130
    try:
        pytest.exit("refused", returncode=2)
    except pytest.exit.Exception as error:
        runner.ended_by = error
    assert reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT) == 2


def test_an_alert_without_scenario_is_misuse(runner: _Pytest, tmp_path: Path) -> None:
    """Whether pytest finds none or there are none to look in."""
    runner.code = 5
    with pytest.raises(MisuseError, match=f"nothing here makes {ALERT} page"):
        reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT)
    runner.asked = []
    with pytest.raises(MisuseError, match=f"nothing here makes {ALERT} page") as error:
        reproduce(alert=ALERT, speed=Speed(60), subject_file=_DEFAULT_SUBJECT, checkout=tmp_path)
    assert "without its scenarios" in error.value.why
    assert runner.asked == []


def test_an_alert_that_nothing_can_bring_about_is_misuse(runner: _Pytest, tmp_path: Path) -> None:
    """With the contract's own reason."""
    root = _DEFAULT_SUBJECT.parents[1]
    for part in ("monitoring", "controller"):
        shutil.copytree(root / part, tmp_path / part)
    contract = tmp_path / "monitoring" / "contract.yaml"
    text = contract.read_text()
    assert text.count("quantity: queue_depth") == 1
    contract.write_text(text.replace("quantity: queue_depth", "quantity: other\n      untestable: needs a full moon"))
    with pytest.raises(MisuseError) as error:
        reproduce(alert=ALERT, speed=Speed(60), subject_file=tmp_path / "monitoring" / "subject.yaml")
    assert error.value.why == "needs a full moon"
    assert runner.asked == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("KubeMirrorWorkqueueHigh",), f"did you mean {ALERT}?", id="near miss"),
        pytest.param(("Sky",), "KubeMirrorControllerDown, KubeMirror", id="the list"),
        pytest.param((ALERT, "--speed", "0"), "speed 0 cannot be used", id="speed"),
        pytest.param((ALERT, "--speed", "100000"), "--speed", id="too fast for a rule"),
        pytest.param((ALERT, "--subject", "nowhere.yaml"), "cannot read the subject nowhere.yaml", id="subject"),
        pytest.param((), "Missing argument", id="no alert"),
        pytest.param((ALERT, "--strength", "100"), "ask for more than 100 items", id="at the threshold"),
        pytest.param((ALERT, "--strength", "8s"), "like 150", id="another unit"),
        pytest.param((ALERT, "--strength", "nan"), "like 150", id="no number"),
        pytest.param(("KubeMirrorMemoryHigh", "--strength", "100%"), "the kernel ends the container", id="too strong"),
        pytest.param(("KubeMirrorControllerDown", "--strength", "1"), "leave --strength out", id="no strength"),
    ],
)
def test_what_cannot_work_is_refused_at_once(
    runner: _Pytest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    """Exit code 2, and nothing is started."""
    monkeypatch.setattr(sys, "argv", ["harness", "reproduce", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert runner.asked == []


def test_a_speed_too_high_names_the_rule() -> None:
    """Before pytest is there to say so."""
    with pytest.raises(SpeedError):
        reproduce(alert=ALERT, speed=Speed(100_000), subject_file=_DEFAULT_SUBJECT)


def test_pytest_finds_the_scenarios_from_anywhere(tmp_path: Path) -> None:
    """The real command line, with the real pytest, up to the collection: of all scenarios those of the alert."""
    asked = (
        "import sys, pytest, harness.cli.reproduce as r\n"
        "real = pytest.main\n"
        "r.pytest.main = lambda a, plugins: real([*a, '--collect-only', '-q', '-q'], plugins=plugins)\n"
        "from harness.cli.main import main\n"
        f"sys.argv = ['harness', 'reproduce', {ALERT!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scenarios/test_workqueue_depth_high.py: 1" in done.stdout
    assert list(tmp_path.iterdir()) == []
