"""`harness reproduce`: what is refused, what pytest is asked for, and what comes of its end."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.cli.reproduce import reproduce
from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed, SpeedError
from harness.home import DEFAULT_SUBJECT, HOME

ALERT = "KubeMirrorWorkqueueDepthHigh"


class _Prove:
    """In place of `harness prove`: keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, words: Sequence[str]) -> None:
        self.asked = [*words]


@pytest.fixture
def runner() -> _Prove:
    """Stands in for it."""
    return _Prove()


def test_pytest_is_asked_for_the_alert_s_scenarios_wherever_one_stands(
    runner: _Prove, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Absolute paths; narrated, held; the results of the last whole run stay."""
    monkeypatch.chdir(tmp_path)
    reproduce(alert=ALERT, speed=Speed(30), subject_file=DEFAULT_SUBJECT, run=runner)
    for option in (
        f"--alert={ALERT}",
        "--speed=30",
        f"--subject={DEFAULT_SUBJECT}",
        f"--results={HOME / 'harness-report' / 'reproduce.json'}",
        "--narrate",
        "--hold-at=firing",
    ):
        assert option in runner.asked


def test_a_strength_of_one_s_choice_is_handed_on(runner: _Prove) -> None:
    """As it was written; what nothing can fire at never comes that far."""
    reproduce(alert=ALERT, speed=Speed(60), subject_file=DEFAULT_SUBJECT, strength="150", run=runner)
    assert "--strength=150" in runner.asked
    reproduce(alert=ALERT, speed=Speed(60), subject_file=DEFAULT_SUBJECT, run=runner)
    assert not any(word.startswith("--strength") for word in runner.asked)


def test_an_alert_that_nothing_can_bring_about_is_misuse(runner: _Prove, tmp_path: Path) -> None:
    """With the contract's own reason."""
    for part in ("monitoring", "controller"):
        shutil.copytree(HOME / part, tmp_path / part)
    contract = tmp_path / "monitoring" / "contract.yaml"
    text = contract.read_text()
    assert text.count("quantity: queue_depth") == 1
    contract.write_text(text.replace("quantity: queue_depth", "quantity: other\n      untestable: needs a full moon"))
    with pytest.raises(MisuseError) as error:
        reproduce(alert=ALERT, speed=Speed(60), subject_file=tmp_path / "monitoring" / "subject.yaml", run=runner)
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
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """Exit code 2, and nothing is started."""
    with pytest.raises(SystemExit) as ended:
        main(["reproduce", *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_speed_too_high_names_the_rule() -> None:
    """Before pytest is there to say so."""
    with pytest.raises(SpeedError):
        reproduce(alert=ALERT, speed=Speed(100_000), subject_file=DEFAULT_SUBJECT)


def test_pytest_finds_the_scenarios_from_anywhere(tmp_path: Path) -> None:
    """The real command line, with the real pytest, up to the collection: of all scenarios those of the alert."""
    asked = (
        "import sys, harness.cli.prove as p, harness.cli.reproduce as r\n"
        "r.reproduce.__kwdefaults__['run'] = lambda words: p.prove([*words, '--collect-only', '-q', '-q'])\n"
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
