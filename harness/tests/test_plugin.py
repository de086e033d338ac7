"""The plugin, by whole sessions on a stack that is not there: exit codes, counting, order, and what is taken back."""

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from harness.home import DEFAULT_SUBJECT
from harness.recording.recording import Recording
from harness.stacks.embedded.choice import EmbeddedChoice
from harness.stacks.scrape_profile import KIND
from harness.tests.session import fake_plugin

_INI = f"""
[pytest]
addopts = --strict-markers --subject={DEFAULT_SUBJECT}
  -p no:cacheprovider -p no:asyncio -p no:hypothesispytest -p no:pytest_cov
filterwarnings =
  error
  ignore::pytest.PytestAssertRewriteWarning
"""
#: both are imported here already, so that no session does it again
_CONFTEST = f'pytest_plugins = ["harness.plugin", "{fake_plugin.__name__}"]'
_HEAD = """
import os
import signal

import pytest

down, quiet = pytest.mark.matrix("down"), pytest.mark.matrix("quiet")


def pages(scenario):
    return pytest.mark.promise("serving_replicas")(down(scenario))


def silent(scenario):
    return pytest.mark.silent("memory_use")(quiet(scenario))
"""
#: beside the tests
MATRIX = """
rows:
  down:
    faults: [a, b]
    must: [serving_replicas]
    must_not: [leading_replicas, queue_depth, reconcile_latency, failed_reconciles, failed_reconciles_overall,
               memory_use, cpu_throttling]
  failing:
    faults: [a]
    must: [failed_reconciles, failed_reconciles_overall]
    must_not: [serving_replicas, leading_replicas, queue_depth, reconcile_latency, memory_use, cpu_throttling]
  replaced:
    faults: [killed-pod]
    must_not: [serving_replicas, leading_replicas, queue_depth, reconcile_latency, failed_reconciles,
               failed_reconciles_overall, memory_use, cpu_throttling]
  slow:
    faults: [slow-api]
    must: [reconcile_latency]
    must_not: [serving_replicas, leading_replicas, queue_depth, failed_reconciles, failed_reconciles_overall,
               memory_use, cpu_throttling]
  quiet:
    faults: [a, b]
    must_not: [serving_replicas, leading_replicas, queue_depth, reconcile_latency, failed_reconciles,
               failed_reconciles_overall, memory_use, cpu_throttling]
"""
DOWN, MEMORY = "KubeMirrorControllerDown", "KubeMirrorMemoryHigh"

VERIFIED = """
@pages
def test_verified(scenario):
    pass
"""
VIOLATED = """
@pages
def test_violated(says):
    says("VIOLATED")
"""
UNKNOWN = """
@silent
def test_unknown(says):
    says("UNKNOWN")
"""
FAILING = """
@pytest.mark.promise("failed_reconciles", "failed_reconciles_overall")
@pytest.mark.matrix("failing")
def test_failing(promise, scenario):
    assert promise.name == "KubeMirrorHighFailureRate"
"""
BROKEN = """
def test_unit():
    assert 1 == 2
"""
PLAIN = """
def test_unit():
    pass
"""


@dataclass(frozen=True)
class Ran:
    """One session, over."""

    code: int
    out: str
    err: str
    #: what was done to stacks and faults
    log: list[str]
    results: dict[str, object] | None

    @property
    def outcomes(self) -> dict[str, int]:
        """Pytest's own counts."""
        return pytest.RunResult.parse_summary_nouns(self.out.splitlines())


Play = Callable[..., Ran]


@pytest.fixture
def play(pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Play:
    """Runs a session with these tests and options."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)  # pytest writes failures out in full once more where it sees them
    # as in an environment that is activated: commands are named without their places
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    pytester.makeini(_INI)
    pytester.makeconftest(_CONFTEST)
    pytester.makefile(".yaml", matrix=MATRIX)

    def run(*tests: str, options: tuple[str, ...] = (), subprocess: bool = False, folder: str = "") -> Ran:
        # in whose head are markers: with them it is a file of scenarios
        text = "".join(tests if set(tests) <= {PLAIN, BROKEN} else (_HEAD, *tests))
        if folder:
            pytester.mkdir(folder)
            pytester.makefile(".yaml", **{f"{folder}/matrix": MATRIX})
            pytester.makepyfile(**{f"{folder}/test_it": text})
            options = (folder, *options)
        else:
            pytester.makepyfile(test_it=text)
        start = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        found = start(*options)
        rest = capfd.readouterr()  # pytester repeats what it caught; the summary and what is fatal come past it
        log, results = pytester.path / "log.txt", pytester.path / "harness-report" / "results.json"
        return Ran(
            code=int(found.ret),
            out=rest.out,
            err=rest.err,
            log=log.read_text().splitlines() if log.exists() else [],
            results=json.loads(results.read_text()) if results.exists() else None,
        )

    return run


@pytest.mark.parametrize(
    ("tests", "code", "outcomes"),
    [
        pytest.param((VERIFIED,), 0, {"passed": 1}, id="all verified"),
        pytest.param((VERIFIED, PLAIN), 0, {"passed": 2}, id="all verified beside a unit test"),
        pytest.param((VERIFIED, VIOLATED), 1, {"passed": 1, "failed": 1}, id="violated"),
        pytest.param((VIOLATED, UNKNOWN), 1, {"failed": 1, "unknown": 1}, id="violated beside unknown"),
        pytest.param((VERIFIED, UNKNOWN), 3, {"passed": 1, "unknown": 1}, id="unknown"),
        pytest.param((VERIFIED, BROKEN), 1, {"passed": 1, "failed": 1}, id="a failed unit test beside verified"),
        pytest.param((UNKNOWN, BROKEN), 1, {"unknown": 1, "failed": 1}, id="a failed unit test beside unknown"),
        pytest.param((PLAIN,), 0, {"passed": 1}, id="no scenario at all"),
    ],
)
def test_the_verdicts_decide_the_exit_code(
    play: Play, tests: tuple[str, ...], code: int, outcomes: dict[str, int]
) -> None:
    """0 all verified, 1 violated, 3 unknown; UNKNOWN is counted as what it is; results.json says the same."""
    ran = play(*tests)
    assert ran.code == code
    assert ran.outcomes == outcomes
    if ran.results is not None:
        assert ran.results["exit_code"] == code


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('    pytest.skip("not today")', id="skipped"),
        pytest.param("    pass", id="judges nothing"),
    ],
)
def test_nothing_verified_is_not_verified(play: Play, body: str) -> None:
    """Exit code 3, also where pytest itself is content."""
    assert play(f"def test_nothing(scenario):\n{body}\n").code == 3


_NOT_HERE = """
from harness.core.errors import NotHereError

@pages
def test_not_here(scenario):
    raise NotHereError("figures cannot be had here", why="no control groups", fix="-")
"""


def test_what_cannot_be_had_on_this_machine_is_skipped(play: Play) -> None:
    """With the reason; what could be looked at counts."""
    ran = play(VERIFIED, _NOT_HERE)
    assert (ran.code, ran.outcomes) == (0, {"passed": 1, "skipped": 1})
    assert "figures cannot be had here: no control groups" in " ".join(ran.out.split())


def test_a_scenario_that_judges_nothing_is_unknown_and_says_so(play: Play) -> None:
    """Beside one that is verified it must not go unseen."""
    ran = play(VERIFIED, "def test_empty(scenario):\n    pass\n")
    assert ran.code == 3
    assert ran.outcomes == {"passed": 1, "unknown": 1}
    assert "test_empty judged nothing" in ran.out
    assert "mark it with its alert" in ran.out


@pytest.mark.parametrize(
    ("body", "unseen"),
    [
        pytest.param("    assert os.getpid() == 0", "passed", id="assertion"),
        pytest.param("    raise RuntimeError", "passed", id="error"),
    ],
)
def test_a_scenario_that_breaks_is_a_failure(play: Play, body: str, unseen: str) -> None:
    """A mistake in a scenario is no verdict, and no verified neighbour hides it."""
    ran = play(VERIFIED, f"@silent\ndef test_broken(inject, fault):\n    inject(fault('a'))\n{body}\n")
    assert ran.code == 1
    assert ran.outcomes == {"passed": 1, "failed": 1}
    assert ran.outcomes[unseen] == 1
    assert ran.log == ["up at 60", "inject a", "undo a", "down"]
    assert ran.results is not None
    assert ran.results["exit_code"] == 1


def test_a_fixture_that_breaks_takes_everything_back(play: Play) -> None:
    """Before the body has begun."""
    ran = play(
        VERIFIED,
        "@pytest.fixture\ndef broken(inject, fault):\n    inject(fault('a'))\n    raise RuntimeError\n"
        "@silent\ndef test_it(broken):\n    pass\n",
    )
    assert ran.code == 1
    assert ran.outcomes == {"passed": 1, "errors": 1}
    assert ran.log == ["up at 60", "inject a", "undo a", "down"]


def test_a_fault_of_the_place_is_unknown_not_violated(play: Play) -> None:
    """A verb that could not tell ends the scenario with UNKNOWN, what, why and fix, and the faults are taken back."""
    ran = play(
        "from harness.core.errors import CouldNotTellError\n"
        "@silent\ndef test_it(inject, fault):\n    inject(fault('a'))\n"
        "    raise CouldNotTellError('Prometheus does not answer', why='refused', fix='look at its log')\n"
    )
    assert ran.code == 3
    assert ran.outcomes == {"unknown": 1}
    assert "Prometheus does not answer\n" in ran.out
    assert "why: refused" in ran.out
    assert ran.log == ["up at 60", "inject a", "undo a", "down"]


_KILLED = """
@pytest.mark.silent
@pytest.mark.matrix("replaced")
def test_killed{}(scenario):
    pass
"""


@pytest.mark.parametrize(("options", "speeds"), [((), [60]), (("--keeps-lease",), [60, 2])], ids=["released", "kept"])
def test_scenarios_that_replace_pods_run_as_slow_as_the_lease_asks_for(
    play: Play, options: tuple[str, ...], speeds: list[int]
) -> None:
    """Measured once, before the first of them; the others run as they are asked to, and what is not proved is told."""
    ran = play(VERIFIED, _KILLED.format(1), _KILLED.format(2), options=options)
    assert ran.code == 0
    assert [line for line in ran.log if line.startswith(("up", "handover"))] == [
        "up at 60",
        "handover measured",
        *(f"up at {speed}" for speed in speeds[1:]),
    ]
    assert ran.results is not None
    alerts = cast("dict[str, dict[str, Any]]", ran.results["alerts"])
    told = {name: [part for part in one["not_proved"] if "pods are replaced" in part] for name, one in alerts.items()}
    assert {name: len(parts) for name, parts in told.items() if parts} == (
        {"KubeMirrorLeaderElectionLost": 1} if options else {}
    )
    assert not options or told["KubeMirrorLeaderElectionLost"][0].startswith(
        "speeds above 2 where pods are replaced: a pod that ends does not give up Lease there/leader"
    )


_SLOW = """
@pytest.mark.promise("reconcile_latency")
@pytest.mark.matrix("slow")
def test_slow{}(scenario):
    pass
"""


@pytest.mark.parametrize(
    ("options", "log"),
    [
        ((), ["up at 60", "down"]),
        (("--workers", "5"), ["up at 60", "down"]),
        (("--workers", "1"), ["up at 60", "down", "up at 25", "down"]),
        (("--workers", "1", "--speed", "20"), ["up at 20", "down"]),
    ],
    ids=["not told", "enough", "one", "slow enough"],
)
def test_latency_runs_as_slow_as_few_workers_ask_for(play: Play, options: tuple[str, ...], log: list[str]) -> None:
    """Read once from the controller's own page, on the stack that was asked for; what is not proved is told."""
    ran = play(_SLOW.format(1), _SLOW.format(2), options=options)
    assert (ran.code, ran.log) == (0, log)
    assert ran.results is not None
    alerts = cast("dict[str, dict[str, Any]]", ran.results["alerts"])
    told = [part for part in alerts["KubeMirrorReconcileLatencyHigh"]["not_proved"] if part.startswith("speeds above")]
    assert len(told) == (len(log) > 2)


@pytest.mark.parametrize("scenario", [_KILLED.format(""), _SLOW.format("")], ids=["lease", "workers"])
def test_nothing_is_measured_for_what_cannot_be_tested(play: Play, scenario: str) -> None:
    """A broken link is told at once: nobody waits for a controller that is never healthy."""
    ran = play(scenario, options=("--broken", "target", "--workers", "1"))
    assert ran.log == ["up at 60", "down"]
    assert "target: VIOLATED" in ran.out


def test_in_real_time_no_lease_is_measured(play: Play) -> None:
    """What it makes of the alerts is what production has."""
    assert play(_KILLED.format(""), options=("--speed", "1")).log == ["up at 1", "down"]


def test_a_stack_that_does_not_come_up_is_unknown(play: Play) -> None:
    """Tried once and told once, since it would fail again; every scenario is UNKNOWN because of it."""
    ran = play(VERIFIED, UNKNOWN, PLAIN, options=("--fails", "up"))
    assert ran.code == 3
    assert ran.outcomes == {"unknown": 2, "passed": 1}
    assert ran.log == ["up at 60"]
    assert ran.out.count("it failed: planted\n            fix: none") == 1
    assert "2 scenarios: not tested because of stack" in ran.out


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize("link", ["controller", "target", "rules", "route"])
def test_a_link_that_is_broken_is_told_once_and_nothing_that_hangs_on_it_is_tried(
    play: Play, link: str, workers: tuple[str, ...]
) -> None:
    """VIOLATED in a block of its own, first; the scenarios are UNKNOWN because of it and their bodies do not run."""
    slow = '@pytest.mark.speed_at_most(15, because="x")\n@pages\ndef test_slow(scenario):\n    raise AssertionError\n'
    body = "@pages\ndef test_body(scenario):\n    raise AssertionError\n"
    ran = play(body, slow, options=("--broken", link, *workers))
    assert ran.code == 1
    assert ran.outcomes == {"unknown": 2}
    assert ran.out.count(f"{link}: VIOLATED") == 1
    assert "2 scenarios: not tested because of " + link in ran.out
    assert ran.results is not None
    told = cast("Any", ran.results)
    assert {one["because_of"] for one in told["scenarios"]} == {link}
    assert [one["about"] for one in told["beforehand"] if one["verdict"] == "VIOLATED"] == [link]
    ups = [line for line in ran.log if line.startswith("up at")]
    assert len(ups) == 1 or (workers and len(ups) == 2)


def test_a_recording_rule_whose_scenario_is_blocked_is_unknown_because_of_it(play: Play) -> None:
    """Like an alert; and it is told once, in the summary, beside what else was not tried."""
    ran = play(SURVEY, options=("--broken", "target"))
    told = cast("Any", ran.results)
    rule = told["recording_rules"]["kubemirror:workqueue_depth:max"]
    assert (rule["verdict"], rule["why"]) == ("UNKNOWN", "not tested because of target")
    assert [one["about"] for one in told["scenarios"]] == ["kubemirror:workqueue_depth:max"]
    assert ran.out.count("kubemirror:workqueue_depth:max") == 1


def test_a_recording_rule_whose_scenario_breaks_off_is_unknown(play: Play) -> None:
    """With the reason, not as if there had been no scenario."""
    body = """
from harness.core.errors import CouldNotTellError

@pytest.mark.records("max")
def test_breaks_off(survey):
    raise CouldNotTellError("no answer", why="planted", fix="-")
"""
    rule = cast("Any", play(body).results)["recording_rules"]["kubemirror:workqueue_depth:max"]
    assert rule["verdict"] == "UNKNOWN"
    assert rule["why"].startswith("no answer")


def test_what_another_worker_finds_while_a_stack_comes_up_ends_that(play: Play) -> None:
    """The scenario is UNKNOWN because of it, no stack stays, and the finding is left to whoever has it."""
    ran = play(VERIFIED, UNKNOWN, options=("--meanwhile", "target"))
    assert (ran.outcomes, ran.log) == ({"unknown": 2}, ["up at 60"])
    assert "target: VIOLATED" not in ran.out
    told = cast("Any", ran.results)
    assert {one["because_of"] for one in told["scenarios"]} == {"target"}
    assert not [one for one in told["beforehand"] if one["kind"] == "preflight"]


def test_a_plain_scenario_is_tried_whatever_is_broken(play: Play) -> None:
    """It asks nothing of the subject."""
    ran = play("def test_plain(scenario):\n    pass\n", options=("--broken", "rules"))
    assert ran.outcomes.keys() <= {"unknown", "failed"}
    assert "not tested because of" not in ran.out


@pytest.mark.parametrize("options", [(), ("-n", "1"), ("-n", "2")], ids=["alone", "one worker", "two workers"])
def test_a_place_that_refuses_the_stack_ends_the_session(play: Play, options: tuple[str, ...]) -> None:
    """Exit code 2 with the reason, and not a finding about any alert, nor a second attempt for the next one."""
    ran = play(VERIFIED, UNKNOWN, options=("--fails", "refused", *options))
    assert ran.code == 2
    assert "it may not\n  why: planted\n  fix: none" in ran.err
    assert ran.log[0] == "up at 60"
    assert len(ran.log) <= max(1, len(options))
    assert not ran.outcomes.keys() & {"passed", "failed", "unknown"}


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "a worker"])
def test_a_second_stack_that_is_refused_leaves_no_run_that_is_verified(play: Play, options: tuple[str, ...]) -> None:
    """The process ends with 2; who reads the file or CI's headline is not told that all is well."""
    slow = '@pytest.mark.speed_at_most(15, because="x")\n@pages\ndef test_slow(scenario):\n    pass\n'
    ran = play(VERIFIED, slow, options=("--fails", "refused later", *options))
    assert ran.code == 2
    assert ran.results is not None
    assert ran.results["exit_code"] == 3
    assert "exit code        2" in ran.out


def test_an_undo_that_fails_is_unknown_and_the_rest_is_done(play: Play) -> None:
    """The scenario was verified; what it left behind is not forgotten."""
    ran = play(
        "from harness.core.errors import CouldNotTellError\n"
        "@pages\ndef test_it(inject, fault):\n    inject(fault('a'))\n    bad = fault('b')\n"
        "    bad.refuses_undo = CouldNotTellError('b stays', why='planted', fix='-')\n    inject(bad)\n"
    )
    assert ran.code == 3
    assert ran.outcomes == {"passed": 1, "unknown": 1}
    assert ran.log == ["up at 60", "inject a", "inject b", "undo b", "undo a", "down"]


def test_a_stack_that_does_not_go_is_told_after_the_results(play: Play) -> None:
    """The results are written all the same; the exit code is not 0."""
    ran = play(VERIFIED, options=("--fails", "down"))
    assert ran.code == 3
    assert ran.results is not None
    assert ran.results["exit_code"] == 3
    assert "it failed\n  why: planted\n  fix: none" in ran.err


def test_results_that_cannot_be_written_are_told(play: Play, pytester: pytest.Pytester) -> None:
    """Before anything starts; nothing is left of the attempt."""
    pytester.path.joinpath("file").write_text("")
    before = sorted(pytester.path.iterdir())
    ran = play(VERIFIED, options=("--results", "file/results.json"))
    assert ran.code == 2
    assert "--results: file/results.json: a part of the path is a file or a broken link, not a directory" in ran.err
    assert ran.log == []
    made = set(pytester.path.iterdir()) - set(before)
    assert not [one.name for one in made if "result" in one.name or one.name.startswith(".")]


def test_an_interrupt_takes_everything_back(play: Play) -> None:
    """Ctrl-C in the body: faults, the last one first, then the stack; the exit code is the shell's for it."""
    ran = play(
        "@pages\ndef test_it(inject, fault):\n    inject(fault('a'))\n    inject(fault('b'))\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n    signal.pause()\n",
        subprocess=True,
    )
    assert ran.code == 130
    assert ran.log == ["up at 60", "inject a", "inject b", "undo b", "undo a", "down"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_takes_the_stack_away_though_an_undo_fails(play: Play) -> None:
    """Nothing that goes wrong on the way out keeps the stack."""
    ran = play(
        "from harness.core.errors import CouldNotTellError\n"
        "@pages\ndef test_it(inject, fault):\n    bad = fault('a')\n"
        "    bad.refuses_undo = CouldNotTellError('a stays', why='planted', fix='-')\n    inject(bad)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n    signal.pause()\n",
        subprocess=True,
    )
    assert ran.log == ["up at 60", "inject a", "undo a", "down"]
    assert ran.code != 0


def _subject(directory: Path, **changes: Callable[[str], str]) -> tuple[str]:
    """`--subject` for a copy of the default one, with some of its files changed."""
    for file in DEFAULT_SUBJECT.parent.iterdir():
        if file.is_file():
            (directory / file.name).write_text(file.read_text())
    subject = directory / "subject.yaml"
    for stem, change in changes.items():
        (path,) = directory.glob(f"{stem}.*")
        before = path.read_text()
        path.write_text(change(before))
        assert path.read_text() != before
    return (f"--subject={subject}",)  # as two words pytest takes an existing path for one with tests


def _refused(ran: Ran, *words: str) -> None:
    assert ran.code == 2
    assert ran.log == [], "nothing was started"
    assert ran.results is None
    for word in (*words, "\n  why: ", "\n  fix: "):
        assert word in ran.err
    assert "Traceback" not in ran.out + ran.err
    assert "\x1b" not in ran.err, "files' text repaints no terminal"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--speed", "fast"), ("'fast' is not a speed",), id="no speed"),
        pytest.param(("--speed", "0"), ("speed 0 cannot be used",), id="speed 0"),
        pytest.param(("--subject", "nowhere.yaml"), ("cannot read the subject nowhere.yaml",), id="no subject"),
    ],
)
def test_options_that_cannot_be_used_are_refused(play: Play, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Exit code 2 with what, why and fix on stderr, and nothing started."""
    _refused(play(VERIFIED, options=options), *words)


def test_too_high_a_speed_names_the_rule_and_the_highest(play: Play) -> None:
    """So that the next try works."""
    ran = play(VERIFIED, options=("--speed", "1000"))
    _refused(ran, "kubemirror")
    highest = ran.err.rpartition("--speed ")[2].split()[0].strip("`.,;")
    assert play(VERIFIED, options=("--speed", highest)).code == 0


@pytest.mark.parametrize(
    ("stem", "change", "words"),
    [
        pytest.param("contract", lambda text: text.replace("severity:", "severety:"), ("severety",), id="contract"),
        pytest.param("contract", lambda _: "[", ("contract.yaml",), id="contract, no YAML"),
        pytest.param("contract", lambda text: f'{text}\n"\\x1b[2J": 1\n', (r"\x1b[2J",), id="contract, hostile"),
        pytest.param("prometheusrule", lambda text: text.replace("rate(", "rate(("), ("rule",), id="rules"),
        pytest.param("prometheusrule", lambda _: "groups: [", ("prometheusrule.yaml",), id="rules, no YAML"),
        pytest.param("kube-prometheus-stack.values", lambda _: "a: [", ("values.yaml",), id="chart values"),
        pytest.param("subject", lambda text: text.replace("namespace:", "namespase:", 1), ("namespase",), id="subject"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    play: Play, tmp_path: Path, stem: str, change: Callable[[str], str], words: tuple[str, ...]
) -> None:
    """Before anything is started, with the file's name."""
    _refused(play(VERIFIED, options=_subject(tmp_path, **{stem: change})), *words)


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        pytest.param('@pytest.mark.promise("Nothing")', ("names 'Nothing', which is none",), id="unknown quantity"),
        pytest.param('@pytest.mark.silent("queue")', ("silent of test_it.py::test_x names 'queue'",), id="silent"),
        pytest.param('@pytest.mark.records("all")', ("names 'all'", "quantile, rate, max"), id="unknown kind"),
        pytest.param("@pytest.mark.promise()", ("the marker promise of test_it.py::test_x says nothing",), id="empty"),
        pytest.param('@pages\n@pytest.mark.speed_at_most("slow")', ("'slow' is not a speed",), id="no speed"),
        pytest.param("@pytest.mark.silent", ("names no row of the fault x alert matrix",), id="no row"),
        pytest.param('@pytest.mark.silent\n@pytest.mark.matrix("dwn")', ("has no row dwn", "down"), id="unknown row"),
        pytest.param('@pytest.mark.promise("memory_use")\n@down', ("its `must` is serving_replicas",), id="other must"),
        pytest.param(
            "@pytest.mark.silent\n@down", ("is about nothing, but its `must` is serving_replicas",), id="must, silent"
        ),
    ],
)
def test_markers_that_cannot_be_used_are_refused(play: Play, marker: str, words: tuple[str, ...]) -> None:
    """A misspelt word is told before two minutes of stack, not after."""
    _refused(play(VERIFIED, f"{marker}\ndef test_x(scenario):\n    pass\n"), *words)


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_scenarios_are_not_even_loaded_for_bad_input(
    play: Play, pytester: pytest.Pytester, options: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    """Where the command line says that it is about scenarios, there is no session; its seconds are recorded."""
    (pytester.mkdir("scenarios") / "test_scenario.py").write_text(f"{_HEAD}\nopen('loaded', 'w').close()\n")
    start_s = time.monotonic()
    ran = play(options=("scenarios", "--speed", "0", *options), subprocess=True)
    record_property("refusal_s", round(time.monotonic() - start_s, 2))
    _refused(ran, "speed 0 cannot be used")
    assert ran.err.count("speed 0 cannot be used") == 1
    assert not (pytester.path / "loaded").exists()
    ran = play(options=("scenarios", *options))
    assert ran.code == 2
    assert "nothing was selected" in ran.err
    assert (pytester.path / "loaded").exists()


def test_only_collecting_starts_and_writes_nothing(play: Play) -> None:
    """And is no run that verified nothing."""
    ran = play(VERIFIED, options=("--collect-only",))
    assert (ran.code, ran.log, ran.results) == (0, [], None)


def test_a_subset_is_judged_alone(play: Play) -> None:
    """`-k` leaves out the others: neither run nor counted against the rest."""
    ran = play(VERIFIED, VIOLATED, UNKNOWN, options=("-k", "test_verified"))
    assert ran.code == 0
    assert ran.outcomes == {"passed": 1, "deselected": 2}
    assert ran.log == ["up at 60", "down"]


def test_without_scenarios_no_option_matters(play: Play) -> None:
    """Unit tests do not need a subject."""
    assert play(PLAIN, options=("--subject", "nowhere.yaml")).code == 0


def test_scenarios_of_one_speed_run_together_the_fastest_first(play: Play) -> None:
    """Each speed costs one stack, and unit tests come last."""
    slow = '@pytest.mark.speed_at_most(15, because="x")\n@pages\ndef test_slow{}(scenario):\n    pass\n'
    ran = play(PLAIN, slow.format(1), VERIFIED, slow.format(2), options=("-v",))
    assert ran.log == ["up at 60", "down", "up at 15", "down"]
    lines = [line for line in ran.out.splitlines() if line.startswith("test_it.py::test_")]
    # a bring-up ends the line of its scenario, which pytest then begins again
    order = list(dict.fromkeys(re.split(r"\W", line.partition("::")[2])[0] for line in lines))
    assert order == ["test_verified", "test_slow1", "test_slow2", "test_unit"]


def test_a_lower_speed_than_the_scenario_s_is_left(play: Play) -> None:
    """`speed_at_most` is no speed to run at."""
    slow = '@pytest.mark.speed_at_most(15, because="x")\n@pages\ndef test_slow(scenario):\n    pass\n'
    assert play(slow, options=("--speed", "10")).log == ["up at 10", "down"]


def test_an_alert_that_cannot_run_as_fast_runs_slower_and_it_is_told(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where figures are old, on a stack of its own speed; the others run at the one of this kind of stack."""
    monkeypatch.setattr(EmbeddedChoice, "traits", KIND)
    ran = play(VERIFIED, UNKNOWN.replace("UNKNOWN", "VERIFIED"))
    assert ran.code == 0
    assert ran.log == ["up at 30", "down", "up at 7", "down"]
    assert ran.results is not None
    scenarios, alerts = ran.results["scenarios"], ran.results["alerts"]
    assert isinstance(scenarios, list)
    assert isinstance(alerts, dict)
    assert (ran.results["stack"], ran.results["speed"]) == ("kind", 30)
    assert [(one["nodeid"], one["speed"]) for one in scenarios] == [
        (f"test_it.py::test_verified[{DOWN}]", 30),
        (f"test_it.py::test_unknown[{MEMORY}, speed 7]", 7),
    ]
    why = "speeds above 7: cAdvisor renews a container's figures every 20 s"
    assert why in alerts[MEMORY]["not_proved"]
    assert not any("speeds above" in one for one in alerts[DOWN]["not_proved"])
    assert re.search(rf"^  not proved +speeds above 7 +{why.partition(': ')[2]} *$", ran.out, re.MULTILINE)


def test_the_results_are_written_where_asked(play: Play, pytester: pytest.Pytester) -> None:
    """With the speed, and each scenario's verdict."""
    assert play(VERIFIED, UNKNOWN, options=("--results", "there/r.json", "--speed", "30")).code == 3
    results = json.loads((pytester.path / "there" / "r.json").read_text())
    assert (results["stack"], results["speed"], results["exit_code"]) == ("embedded", 30, 3)
    assert results["alerts"]["KubeMirrorControllerDown"]["verdict"] == "VERIFIED"
    assert results["alerts"]["KubeMirrorMemoryHigh"]["verdict"] == "UNKNOWN"
    assert [one["nodeid"] for one in results["scenarios"]] == [
        f"test_it.py::test_verified[{DOWN}]",
        f"test_it.py::test_unknown[{MEMORY}]",
    ]
    assert results["duration_s"] > 0


def test_what_is_not_verified_says_how_to_reproduce_it(play: Play) -> None:
    """Violated in pytest's failures, unknown in the summary."""
    ran = play(VIOLATED, UNKNOWN, options=("--speed", "30"))
    assert f"Reproduce with: pytest 'test_it.py::test_violated[{DOWN}]' --speed 30" in ran.out
    assert f"Reproduce with: pytest 'test_it.py::test_unknown[{MEMORY}]' --speed 30" in ran.out


WHOLE = """
@pages
def test_whole(scenario, given, inject, expect, recover, fault):
    given.a_healthy_controller()
    inject(fault("a"))
    recover()
    assert scenario.log.undo_s
    assert expect
"""
SURVEY = """
@pytest.mark.records("max")
def test_survey(survey):
    survey.metrics()
    survey.objects()
    survey.recording_rules()
"""


def test_a_scenario_about_two_quantities_is_judged_for_each(play: Play) -> None:
    """One run, named after its alerts; `promise` is the first; each has its verdict."""
    ran = play(FAILING)
    assert ran.code == 0
    assert ran.results is not None
    scenarios, alerts = ran.results["scenarios"], ran.results["alerts"]
    assert isinstance(scenarios, list)
    assert isinstance(alerts, dict)
    pair = ("KubeMirrorHighReconcileErrors", "KubeMirrorHighFailureRate")
    assert {one["nodeid"] for one in scenarios} == {f"test_it.py::test_failing[{'+'.join(pair)}]"}
    assert [alerts[name]["verdict"] for name in pair] == ["VERIFIED", "VERIFIED"]


def test_two_alerts_of_one_quantity_are_two_runs(play: Play, tmp_path: Path) -> None:
    """Whatever they are called."""

    def doubled(text: str) -> str:
        block = re.search(r"(?ms)^  KubeMirrorMemoryHigh:\n.*?\n(?=\n)", text)
        assert block is not None
        return text.replace(block[0], block[0] + block[0].replace("KubeMirrorMemoryHigh", "MemoryFull"))

    tight = '@pytest.mark.promise("memory_use")\n@pytest.mark.matrix("tight")\ndef test_tight(scenario):\n    pass\n'
    ran = play(tight, options=("--collect-only", "-q", *_subject(tmp_path, contract=doubled)))
    listed = [line for line in ran.out.splitlines() if "::" in line]
    assert listed == [f"test_it.py::test_tight[{MEMORY}]", "test_it.py::test_tight[MemoryFull]"]


def test_a_scenario_that_no_alert_is_for_is_not_run(play: Play, tmp_path: Path) -> None:
    """It is left out, not skipped: nothing is missing where nothing is promised."""

    def without(text: str) -> str:
        return re.sub(r"(?ms)^  KubeMirrorMemoryHigh:\n.*?\n(?=\n)", "", text)

    ran = play(VERIFIED, UNKNOWN, options=_subject(tmp_path, contract=without))
    assert ran.code == 0
    assert ran.outcomes == {"passed": 1, "deselected": 1}


def test_many_alerts_are_counted_in_the_name(play: Play) -> None:
    """A bare `silent` is about all of them."""
    ran = play("@pytest.mark.silent\n@quiet\ndef test_calm(scenario):\n    pass\n")
    assert ran.code == 0
    assert ran.results is not None
    scenarios = ran.results["scenarios"]
    assert isinstance(scenarios, list)
    assert {one["nodeid"] for one in scenarios} == {"test_it.py::test_calm[8 alerts]"}
    assert len(scenarios) == 8


@pytest.mark.parametrize(
    ("alert", "kept"),
    [
        (DOWN, ["test_verified"]),
        ("KubeMirrorHighFailureRate", ["test_failing"]),
        ("KubeMirrorHighReconcileErrors", ["test_failing"]),
    ],
)
def test_an_alert_s_own_scenarios_can_be_run_alone(play: Play, alert: str, kept: list[str]) -> None:
    """Those that make it page; neither those that want it silent nor surveys; unit tests stay."""
    ran = play(VERIFIED, UNKNOWN, FAILING, SURVEY, PLAIN, options=("--alert", alert))
    assert ran.code == 0
    assert ran.outcomes == {"passed": 2, "deselected": 3}
    assert ran.results is not None
    scenarios = ran.results["scenarios"]
    assert isinstance(scenarios, list)
    assert list(dict.fromkeys(re.split(r"\W", one["nodeid"].partition("::")[2])[0] for one in scenarios)) == kept


def test_an_alert_that_nobody_promises_is_refused(play: Play) -> None:
    """A misspelt name would run nothing."""
    _refused(play(VERIFIED, options=("--alert", "KubeMirrorDown")), "no alert KubeMirrorDown is promised", DOWN)


def test_a_fault_of_another_row_does_no_damage(play: Play) -> None:
    """Its scenario judges nothing, and says which row it had."""
    ran = play("@pages\ndef test_it(inject, fault):\n    inject(fault('c'))\n")
    assert ran.code == 3
    assert ran.log == ["up at 60", "down"]
    assert "fault c is not in row down of the fault x alert matrix" in ran.out


def test_a_survey_that_asks_for_a_promise_is_refused(play: Play) -> None:
    """Before anything starts: nothing is promised about no alert."""
    ran = play("def test_survey(survey, promise):\n    survey.metrics()\n")
    _refused(ran, "test_survey asks for the fixture `promise` and is about no alert", "pytest.mark.promise")


def test_a_survey_without_a_row_injects_nothing(play: Play) -> None:
    """What every alert does meanwhile is said for every fault."""
    ran = play("def test_survey(inject, survey, fault):\n    inject(fault('a'))\n    survey.metrics()\n")
    assert ran.code == 3
    assert ran.log == ["up at 60", "down"]
    assert "fault a belongs to no row" in ran.out


def test_scenarios_without_a_matrix_are_refused(play: Play, pytester: pytest.Pytester) -> None:
    """With the place where it is looked for."""
    (pytester.path / "matrix.yaml").unlink()
    _refused(play(VERIFIED), "cannot read the fault x alert matrix", "matrix.yaml", "put it beside the scenarios")


@pytest.mark.parametrize(("verdict", "code"), [("VERIFIED", 0), ("VIOLATED", 1), ("UNKNOWN", 3)])
def test_the_life_of_the_stack_counts_as_well(play: Play, verdict: str, code: int) -> None:
    """An alert that fired where no scenario was breaks its promise, whatever the scenarios say."""
    ran = play(VERIFIED, options=("--lived", verdict))
    assert ran.code == code
    assert ran.outcomes == {"passed": 1}


def test_what_prometheus_forgets_between_two_values_is_left_alone(play: Play) -> None:
    """SKIPPED with the reason, by what the running Prometheus says; nothing is injected and nothing judged."""
    ran = play(WHOLE, options=("--lookback", "0.5"))
    assert ran.outcomes == {"skipped": 1}
    assert ran.log == ["up at 60", "down"]
    assert "KubeMirrorControllerDown cannot be seen here" in ran.out
    assert "forgets a value after 500ms" in ran.out


def test_an_accident_to_the_place_leaves_nothing_verified(play: Play) -> None:
    """A component that dies meanwhile: what the judge said is not believed, and the cause is told."""
    ran = play("@pages\ndef test_it(scenario):\n    scenario.handles.stack.dead = 'etcd ended by signal 9'\n")
    assert ran.code == 3
    assert ran.outcomes == {"unknown": 1}
    assert "lost a component: etcd ended by signal 9" in ran.out


def test_the_steps_are_there(play: Play) -> None:
    """Each on the scenario's own run; what was taken back is not taken back again."""
    ran = play(WHOLE)
    assert ran.code == 0
    assert ran.log == ["up at 60", "inject a", "undo a", "down"]


@pytest.mark.parametrize(("verdict", "code"), [("VERIFIED", 0), ("VIOLATED", 1), ("UNKNOWN", 3)])
def test_a_survey_s_verdicts_count_like_a_scenario_s(play: Play, verdict: str, code: int) -> None:
    """Each under its own heading in the results; all that is not verified is explained."""
    ran = play(SURVEY, options=("--surveyed", verdict))
    assert ran.code == code
    assert ran.results is not None
    objects, recorded = ran.results["objects"], ran.results["recording_rules"]
    assert isinstance(objects, dict)
    assert isinstance(recorded, dict)
    assert objects["objects"]["verdict"] == verdict
    assert recorded["kubemirror:workqueue_depth:max"]["verdict"] == verdict
    assert ran.out.count("Reproduce with: pytest test_it.py::test_survey --speed 60") == (0 if code == 0 else 1)


def test_holding_comes_before_the_stack_goes(play: Play) -> None:
    """And after the last scenario."""
    log = play(VERIFIED, options=("--hold",)).log
    assert [line.split()[0] for line in log] == ["up", "hold", "down"]


def test_a_kept_stack_stays(play: Play) -> None:
    """It is marked as kept, and not taken away."""
    assert play(VERIFIED, options=("--keep-stack",)).log == ["up at 60", "keep"]


def test_what_workers_judge_arrives(play: Play) -> None:
    """Two workers, a stack each; the verdicts of both decide, and time counts from the beginning."""
    many = "".join(VERIFIED.replace("test_verified", f"test_verified_{i}") for i in range(4))
    ran = play(many, VIOLATED, UNKNOWN, options=("-n", "2"))
    assert ran.code == 1
    assert ran.outcomes == {"passed": 4, "failed": 1, "unknown": 1}
    assert sorted(ran.log) == ["down", "down", "up at 60", "up at 60"]
    assert ran.results is not None
    scenarios = ran.results["scenarios"]
    assert isinstance(scenarios, list)
    assert len(scenarios) == 6
    assert "Traceback" not in ran.err


def test_what_workers_find_about_their_stacks_arrives(play: Play) -> None:
    """No test failed; the page outside the faults is explained once per stack and decides the exit code."""
    many = "".join(VERIFIED.replace("test_verified", f"test_verified_{i}") for i in range(4))
    ran = play(many, options=("-n", "2", "--lived", "VIOLATED"))
    assert ran.code == 1
    assert set(ran.outcomes) == {"passed"}
    assert ran.results is not None
    invariants = ran.results["invariants"]
    assert isinstance(invariants, dict)
    assert invariants[DOWN]["verdict"] == "VIOLATED"
    assert ran.out.count(f"{DOWN}: VIOLATED") == 2
    assert "Reproduce with: pytest --speed" in ran.out


def test_an_interrupted_session_claims_nothing_about_its_stack(play: Play) -> None:
    """Its life is not judged; the stack goes all the same."""
    interrupted = VERIFIED.replace("pass", "os.kill(os.getpid(), signal.SIGINT); signal.pause()")
    ran = play(interrupted, options=("--lived", "VIOLATED"), subprocess=True)
    assert ran.code == 130
    assert ran.log == ["up at 60", "down"]
    assert ran.results is not None
    assert ran.results["invariants"] == {}


def test_an_interrupted_session_is_not_verified(play: Play) -> None:
    """What it judged before may be; the rest was not run."""
    interrupted = VERIFIED.replace("pass", "os.kill(os.getpid(), signal.SIGINT); signal.pause()")
    ran = play(VERIFIED, interrupted.replace("test_verified", "test_interrupted"), subprocess=True)
    assert ran.code == 130
    assert ran.results is not None
    assert ran.results["exit_code"] == 3
    assert "exit code        130" in ran.out


def test_an_interrupted_session_is_not_held(play: Play) -> None:
    """Who presses Ctrl-C wants it gone, and does not press it twice."""
    interrupted = VERIFIED.replace("pass", "os.kill(os.getpid(), signal.SIGINT); signal.pause()")
    assert play(interrupted, options=("--hold",), subprocess=True).log == ["up at 60", "down"]


def test_a_session_tells_what_it_does(play: Play) -> None:
    """Line by line where that is asked for: the stack, the faults, the verdict."""
    ran = play(WHOLE, options=("--narrate",))
    told = [line[10:] for line in ran.out.splitlines() if line[6:10] == " s  "]
    expected = (
        "stack at speed 60: ",
        f"begins: {DOWN}: whole (speed 60, fault down)",
        "waiting: a healthy controller",
        "inject a",
        "undo a",
        "[1/1] VERIFIED ",
    )
    places = [next(i for i, line in enumerate(told) if line.startswith(start)) for start in expected]
    assert places == sorted(places)


def test_what_is_not_verified_is_explained_before_the_holding(play: Play) -> None:
    """Where everything is told."""
    ran = play(VIOLATED, options=("--narrate", "--tb=no"))
    assert ran.out.count("Reproduce with: ") == 1
    assert "Reproduce with: " not in play(VIOLATED, options=("--tb=no",)).out


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_every_scenario_has_a_line(play: Play, workers: tuple[str, ...]) -> None:
    """With its verdict; where nothing came up the finding has one, and what hangs on it is counted."""
    for options, verdicts in (((), ["UNKNOWN", "VERIFIED"]), (("--fails", "up"), [])):
        ran = play(VERIFIED, UNKNOWN, options=(*workers, *options))
        lines = re.findall(r"^(?:\[gw\d\] )?\[\d/2\] (\w+) +\d+\.\d s  ", ran.out, re.MULTILINE)
        assert sorted(lines) == verdicts
    assert re.search(r"^(?:\[gw\d\] )?UNKNOWN   stack: it failed: planted$", ran.out, re.MULTILINE)


def test_workers_all_verified_are_verified(play: Play) -> None:
    """Exit code 0 comes through as well."""
    assert play(VERIFIED, PLAIN, options=("-n", "2")).code == 0


def test_workers_refuse_as_one(play: Play) -> None:
    """Exit code 2, the reason once, no worker replaced by another that comes to the same end."""
    ran = play(VERIFIED, options=("-n", "2", "--subject", "nowhere.yaml"))
    _refused(ran, "cannot read the subject nowhere.yaml")
    assert ran.err.count("cannot read the subject") == 1
    assert "replacing" not in ran.out


NEEDY = """
@pytest.mark.needs("Grafana")
def test_needy(survey):
    survey.dashboard()
"""


def test_what_the_chosen_stack_can_never_have_is_left_out(play: Play) -> None:
    """A run is whole without it: nothing is skipped that no other run on this stack would prove."""
    ran = play(VERIFIED, NEEDY)
    assert (ran.code, ran.outcomes) == (0, {"passed": 1, "deselected": 1})


def test_who_names_what_is_not_here_is_told_why(play: Play) -> None:
    """By a skip, and by no failure; alone it proves nothing."""
    ran = play(VERIFIED, NEEDY, options=("test_it.py",))
    assert (ran.code, ran.outcomes) == (0, {"passed": 1, "skipped": 1})
    assert "no dashboard is shown here: there is no Grafana" in json.dumps(ran.results)
    assert play(NEEDY, options=("test_it.py",)).code == 3


def test_a_need_that_is_none_is_refused(play: Play) -> None:
    """Before two minutes of stack."""
    _refused(play(NEEDY.replace("Grafana", "Graphana")), "the marker needs", "names 'Graphana'")


def _recordings(pytester: pytest.Pytester) -> dict[str, Recording]:
    """Each, by the directory's name without its digest."""
    place = pytester.path / "harness-report" / "results.recordings"
    found = sorted(place.iterdir()) if place.exists() else []
    return {one.name.rpartition("-")[0]: Recording.read(one) for one in found}


def _told(one: Recording) -> str:
    """What a person was told; empty where all is verified."""
    file = one.directory / "failure.txt"
    return file.read_text() if file.exists() else ""


def test_every_scenario_leaves_a_recording(play: Play, pytester: pytest.Pytester) -> None:
    """Named in the results and in JUnit's file; told where it failed. What is verified has neither failure nor logs."""
    ran = play(VERIFIED, VIOLATED, UNKNOWN, options=("--junitxml", "j.xml"))
    found = {name.split("-")[1]: one for name, one in _recordings(pytester).items()}
    assert {name: one.facts.verdict for name, one in found.items()} == {
        "test_verified": "VERIFIED",
        "test_violated": "VIOLATED",
        "test_unknown": "UNKNOWN",
    }
    assert f"{DOWN}: VIOLATED" in _told(found["test_violated"])
    assert _told(found["test_verified"]) == ""
    assert ran.results is not None
    scenarios = {one["nodeid"].partition("[")[0]: one for one in cast("Any", ran.results)["scenarios"]}
    for name in ("test_verified", "test_violated", "test_unknown"):
        place = scenarios[f"test_it.py::{name}"]["recording"]
        assert (pytester.path / place).samefile(found[name].directory)
        assert scenarios[f"test_it.py::{name}"]["recording_seconds"] > 0
        assert scenarios[f"test_it.py::{name}"]["recording_bytes"] > 1_000
        assert (f"recording: {place}" in ran.out) is (name != "test_verified")
        assert place in (pytester.path / "j.xml").read_text()


def test_the_next_run_s_recordings_are_its_own(play: Play, pytester: pytest.Pytester) -> None:
    """Those of the one before are gone with its results."""
    play(VIOLATED, UNKNOWN)
    assert len(_recordings(pytester)) == 2
    play(VERIFIED)
    assert [one.facts.verdict for one in _recordings(pytester).values()] == ["VERIFIED"]


def test_a_place_that_was_named_keeps_what_is_there(play: Play, pytester: pytest.Pytester) -> None:
    """It is somebody's collection; the same scenario takes its own place."""
    for bodies in ((VIOLATED, UNKNOWN), (VIOLATED,)):
        play(*bodies, options=("--record", "mine"))
    assert len([*(pytester.path / "mine").iterdir()]) == 2
    assert _recordings(pytester) == {}
    (pytester.path / "file").touch()
    refused = play(VERIFIED, options=("--record", "file"))
    assert refused.code == 2
    assert "--record: file: it is a file, not a directory" in refused.err


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("    assert os.getpid() == 0", id="assertion"),
        pytest.param("    pytest.fail('os.getpid() is another')", id="said"),
    ],
)
def test_a_scenario_that_breaks_leaves_one_too(play: Play, pytester: pytest.Pytester, body: str) -> None:
    """With where it broke."""
    play(f"@silent\ndef test_broken(inject, fault):\n    inject(fault('a'))\n{body}\n")
    (told,) = map(_told, _recordings(pytester).values())
    assert "test_broken" in told
    assert "os.getpid()" in told


def test_an_undo_that_fails_leaves_one_too(play: Play, pytester: pytest.Pytester) -> None:
    """The scenario itself was verified."""
    play(
        "from harness.core.errors import CouldNotTellError\n"
        "@pages\ndef test_it(inject, fault):\n    bad = fault('a')\n"
        "    bad.refuses_undo = CouldNotTellError('a stays', why='planted', fix='-')\n    inject(bad)\n"
    )
    (told,) = map(_told, _recordings(pytester).values())
    assert "a stays" in told


def test_what_is_skipped_leaves_none(play: Play, pytester: pytest.Pytester) -> None:
    """There is nothing to look into."""
    play(VERIFIED, _NOT_HERE)
    assert len(_recordings(pytester)) == 1


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_a_stack_whose_life_is_not_verified_leaves_one(
    play: Play, pytester: pytest.Pytester, options: tuple[str, ...]
) -> None:
    """Whoever looked at it: it is told at the end, and in the results."""
    ran = play(VERIFIED, options=("--lived", "VIOLATED", *options))
    name, _ = sorted(_recordings(pytester))
    assert name.startswith("stack-")
    assert ran.results is not None
    (place,) = cast("Any", ran.results)["recordings"]
    assert Recording.read(pytester.path / place).facts.verdict == "VIOLATED"
    assert f"recording: {place}" in ran.out


def test_a_worker_s_recordings_are_where_the_results_are(play: Play, pytester: pytest.Pytester) -> None:
    """Its own working directory or not."""
    play(VIOLATED, UNKNOWN, options=("-n", "2"))
    assert len(_recordings(pytester)) == 2


def test_a_recording_that_cannot_be_written_hides_no_verdict(play: Play, pytester: pytest.Pytester) -> None:
    """It is told why there is none."""
    (pytester.path / "harness-report").mkdir()
    (pytester.path / "harness-report" / "results.recordings").write_text("")
    ran = play(VIOLATED)
    assert ran.code == 1
    assert "recording: none: " in ran.out


def test_a_stack_that_does_not_come_up_leaves_what_was_said(play: Play, pytester: pytest.Pytester) -> None:
    """Told with the reason."""
    ran = play(VERIFIED, UNKNOWN, options=("--fails", "up"))
    assert len(_recordings(pytester)) == 1
    assert ran.results is not None
    for one in cast("Any", ran.results)["recordings"]:
        assert (pytester.path / one / "logs" / "etcd.log").read_text() == "its last words"
        assert one in ran.out


def test_a_start_that_fails_beside_what_another_worker_found_leaves_what_was_said(
    play: Play, pytester: pytest.Pytester
) -> None:
    """What is in the way is the other worker's to tell; the scenario is UNKNOWN because of it."""
    ran = play(VERIFIED, options=("--fails", "up for now", "--meanwhile", "route"))
    assert (ran.code, ran.outcomes, len(_recordings(pytester))) == (3, {"unknown": 1}, 1)
    told = cast("Any", ran.results)
    assert [one["because_of"] for one in told["scenarios"]] == ["route"]
    assert not [one for one in told["beforehand"] if one["kind"] == "preflight"]


def test_a_start_that_said_nothing_leaves_nothing(play: Play, pytester: pytest.Pytester) -> None:
    """A refusal is no accident."""
    play(VERIFIED, options=("--fails", "refused"))
    assert _recordings(pytester) == {}


_DEEP = "KubeMirrorWorkqueueDepthHigh"


def _sooner(text: str) -> str:
    return text.replace("for: 15m", "for: 10m", 1)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_rule_that_is_not_as_promised_is_told_first_and_fails_the_run(
    play: Play, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """Once at the beginning, once in full at the end; the scenarios run, and their verdicts stay their own."""
    options = (*workers, *_subject(tmp_path, prometheusrule=_sooner))
    ran = play(VERIFIED, options=options, subprocess=bool(workers), folder="scenarios")
    told = f"VIOLATED  {_DEEP}: the rule says for: 10m, the contract 15m"
    assert (ran.code, ran.outcomes) == (1, {"passed": 1})
    assert ran.out.count(told) == 1
    assert ran.out.index(told) < ran.out.rindex("VERIFIED  ")  # its own output is repeated behind the summary
    assert ran.out.count(f"{_DEEP}: VIOLATED\n") == 1
    assert ran.results is not None
    assert ran.results["exit_code"] == 1
    (one,) = [each for each in cast("list[Any]", ran.results["beforehand"]) if each["verdict"] == "VIOLATED"]
    assert (one["about"], one["kind"]) == (_DEEP, "written")
    assert re.search(r"prometheusrule\.yaml:\d+$", one["where"])
    assert cast("dict[str, Any]", ran.results["alerts"])[_DEEP]["verdict"] == "VIOLATED"


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_with_x_it_ends_the_run(play: Play, tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Nothing is started, and the results say why."""
    options = ("-x", *workers, *_subject(tmp_path, prometheusrule=_sooner))
    ran = play(VERIFIED, options=options, subprocess=bool(workers), folder="scenarios")
    assert (ran.code, ran.log) == (1, [])
    assert ran.results is not None
    assert ran.results["exit_code"] == 1


def test_collecting_only_tells_it(play: Play, tmp_path: Path) -> None:
    """Whoever only looks is told as well; no run, no verdict."""
    ran = play(VERIFIED, options=("--collect-only", "-q", *_subject(tmp_path, prometheusrule=_sooner)))
    assert (ran.code, ran.log) == (0, [])
    assert "the rule says for: 10m, the contract 15m" in ran.out


@pytest.mark.parametrize(
    ("test", "verdict"), [(VIOLATED, "VIOLATED"), (UNKNOWN, "UNKNOWN")], ids=["violated", "unknown"]
)
@pytest.mark.parametrize("options", [(), ("--narrate",)], ids=["at the end", "at once"])
def test_each_failure_is_told_once(play: Play, test: str, verdict: str, options: tuple[str, ...]) -> None:
    """By pytest, by us, or at once where everything is told; never by two of them."""
    ran = play(test, options=options)
    assert ran.out.count("  Reproduce with: ") == 1, ran.out
    assert re.search(rf"^\w+: {verdict}$", ran.out, re.MULTILINE)
