"""The workflow for GitHub keeps to what the project has: alerts, scenarios, options, targets, speeds."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from math import prod
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.contract.run_name import speed_in
from harness.core.rules.speed import Speed, SpeedError
from harness.subject_reader import read_subject

ROOT = Path(__file__).resolve().parents[2]
#: as YAML has it: the workflow's shape is GitHub's, and is read here alone
Workflow = dict[str, Any]

#: what runs depend on, from the root of the repository
_READ = (
    *("controller", "harness", "monitoring", "scenarios", "conftest.py", "Makefile", "pyproject.toml"),
    *("requirements.lock", ".github/workflows/alerts.yaml"),
)

#: selects a shard's scenarios as its job does, all of them in one process
_COLLECT = """
import json, sys
import pytest


class Chosen:
    def pytest_collection_finish(self, session):
        self.items = [item.nodeid for item in session.items]


found = []
for arguments in json.loads(sys.argv[1]):
    chosen = Chosen()
    pytest.main(["scenarios", "--collect-only", "-qq", "-p", "no:cacheprovider", *arguments], plugins=[chosen])
    found.append(chosen.items)
print("\\n" + json.dumps(found))
"""


@pytest.fixture(scope="module")
def workflow() -> Workflow:
    """As it is."""
    loaded: Workflow = YAML(typ="safe").load((ROOT / ".github" / "workflows" / "alerts.yaml").read_text())
    return loaded


def shards(workflow: Workflow) -> list[list[str]]:
    """The options by which each runner of the nightly matrix chooses its scenarios."""
    return [shlex.split(one["select"]) for one in workflow["jobs"]["full-length"]["strategy"]["matrix"]["include"]]


def steps(workflow: Workflow) -> Iterator[dict[str, Any]]:
    """Of all jobs."""
    for job in workflow["jobs"].values():
        yield from job["steps"]


def uncovered(workflow: Workflow) -> set[str]:
    """Documented alerts that no runner asks for, and asked for ones that are not documented."""
    _, contract = read_subject(ROOT / "monitoring" / "subject.yaml")
    asked = {option[1] for option in shards(workflow) if option[0] == "--alert"}
    return asked ^ {promise.name for promise in contract.alerts}


def unpinned(workflow: Workflow) -> list[str]:
    """Actions that somebody could exchange without a change here: by no full commit, or of others than GitHub."""
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    return [one for one in used if not re.fullmatch(r"actions/[a-z-]+(/[a-z]+)?@[0-9a-f]{40}", one)]


def too_much(workflow: Workflow) -> list[str]:
    """Jobs that may do more than read, also by a permission of their own."""
    granted = [("the workflow", workflow.get("permissions"))]
    granted += [(name, job["permissions"]) for name, job in jobs(workflow) if "permissions" in job]
    return [name for name, one in granted if one != {"contents": "read"}]


def jobs(workflow: Workflow) -> list[tuple[str, Workflow]]:
    """By name."""
    return list(workflow["jobs"].items())


def spliced(workflow: Workflow) -> list[str]:
    """Scripts into which GitHub writes text of others: https://docs.github.com/en/actions/concepts/security/script-injections."""
    return [step["run"] for step in steps(workflow) if "${{" in step.get("run", "")]


def no_speeds(workflow: Workflow) -> list[str]:
    """Of the speeds in the file, the form's default and what each job falls back to, those that are none."""
    named = [workflow["on"]["workflow_dispatch"]["inputs"]["speed"]["default"]]
    for step in steps(workflow):
        if "make run" in step.get("run", ""):
            written = re.fullmatch(r"(?:\$\{\{ inputs\.speed \|\| ')?([^' ]+)(?:' \}\})?", step["env"]["SPEED"])
            named.append(written[1] if written else step["env"]["SPEED"])
    return [text for text in named if not _is_speed(text)]


def _is_speed(text: str) -> bool:
    try:
        Speed.parse(text)
    except SpeedError:
        return False
    return True


def no_commands(workflow: Workflow) -> list[str]:
    """Scripts that are not `make` with a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    scripts = [step["run"] for step in steps(workflow) if "run" in step]
    return [one for one in scripts if one.split()[0] != "make" or not {*one.split()[1:]} <= targets]


def no_options(workflow: Workflow, config: pytest.Config) -> list[str]:
    """Options that pytest with this plugin does not have."""
    texts = [step["env"]["ARGS"] for step in steps(workflow) if "ARGS" in step.get("env", {})]
    texts += [shlex.join(one) for one in shards(workflow)]
    named = {word for text in texts for word in re.findall(r"(?<![\w-])--?[a-z]+\b", text)}
    missing = object()
    return [one for one in sorted(named) if config.getoption(one, missing) is missing]


def not_hashed(workflow: Workflow) -> list[str]:
    """What the caches' keys are made of and is not there: a hash of nothing never changes."""
    keys = [step["with"].get("key", "") for step in steps(workflow) if "cache/restore" in step.get("uses", "")]
    found = [one for key in keys for one in re.findall(r"'([^']+)'", key) or [key]]
    found += [
        step["with"].get("cache-dependency-path", "nothing") for step in steps(workflow) if "setup-python" in str(step)
    ]
    return [one for one in found if not any(ROOT.glob(one))]


def passed_over(workflow: Workflow) -> set[str]:
    """What a run reads and a change of which starts none; paths that lead nowhere; a night that has none either."""
    found: set[str] = set()
    for event in ("push", "pull_request"):
        paths = workflow["on"][event]["paths"]
        found |= {one for one in _READ if not {one, f"{one}/**"} & set(paths)}
        found |= {path for path in paths if not (ROOT / path.removesuffix("/**")).exists()}
    return found if workflow["on"]["schedule"] else {"schedule", *found}


def without_unit_tests(workflow: Workflow) -> bool:
    """Whether nobody runs the unit tests before the alerts."""
    scripts = [step["run"] for step in workflow["jobs"]["embedded"]["steps"] if "run" in step]
    return scripts[-2:] != ["make unit", "make run"]


def run_without_end(workflow: Workflow) -> list[str]:
    """Jobs without a timeout, or with one above what GitHub allows."""
    longest = 360
    minutes = {name: re.findall(r"\d+", str(job.get("timeout-minutes", ""))) for name, job in jobs(workflow)}
    return [name for name, found in minutes.items() if not found or max(map(int, found)) > longest]


def not_kept(workflow: Workflow) -> list[str]:
    """Jobs that do not keep their results whatever comes of them, each under a name of its own."""
    kept = {
        name: [step["with"] for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
        for name, job in jobs(workflow)
        if any("upload-artifact" in step.get("uses", "") and step.get("if") == "always()" for step in job["steps"])
    }
    files = {name: found[0]["path"].split() for name, found in kept.items()}
    wanted = ["harness-report/results.json", "harness-report/junit.xml", "harness-report/results.recordings"]
    return [name for name, job in jobs(workflow) if _runs(job) and files.get(name) != wanted]


def _runs(job: Workflow) -> bool:
    """Whether it runs scenarios, which leave results."""
    return any(step.get("run", "").startswith("make run") for step in job["steps"])


def not_checked_first(workflow: Workflow) -> bool:
    """Whether no job says in seconds what can be said without a cluster, before all others."""
    name, job = jobs(workflow)[0]
    return name != "check" or [step["run"] for step in job["steps"] if "run" in step] != ["make check"]


def test_every_documented_alert_has_a_runner_of_its_own(workflow: Workflow) -> None:
    """And none is asked for that the contract does not have: the run would be refused."""
    assert not uncovered(workflow)


def test_the_runners_together_run_every_scenario(workflow: Workflow) -> None:
    """What pages by its alert, the rest by its lack of that; a scenario of two alerts is run for each."""
    wanted = [*shards(workflow), []]
    done = subprocess.run(
        [sys.executable, "-c", _COLLECT, json.dumps(wanted)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    *chosen, everything = json.loads(done.stdout.splitlines()[-1])
    assert all(chosen)
    assert {nodeid for one in chosen for nodeid in one} == set(everything)
    rest = chosen[-1]
    assert not {nodeid for one in chosen[:-1] for nodeid in one} & set(rest)


def test_the_timeouts_are_reckoned_with_what_runs(workflow: Workflow) -> None:
    """As many scenarios and clusters as the comments of both jobs on kind say, and sums that are right."""
    text = (ROOT / ".github" / "workflows" / "alerts.yaml").read_text()
    reckoned = re.findall(r"# (2 x \(.* (\d+) clusters? x 10 .* (\d+) scenarios x 1\)) = (\d+)", text)
    kind, rest = ["--stack", "kind", "--grafana", "--speed", "10"], ["--stack", "kind", *shards(workflow)[-1]]
    done = subprocess.run(
        [sys.executable, "-c", _COLLECT, json.dumps([kind, [*rest, "--speed", "1"]])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    run = json.loads(done.stdout.splitlines()[-1])
    counted = [(str(len({speed_in(one) for one in nodeids})), str(len(nodeids))) for nodeids in run]
    assert [(clusters, scenarios) for _, clusters, scenarios, _ in reckoned] == counted
    for (sum_, _, _, minutes), job in zip(reckoned, ("kind", "full-length"), strict=True):
        terms = sum_[len("2 x (") : -1].split(" + ")
        factors = ([int(number) for number in re.findall(r"\d+", term)] for term in terms)
        assert 2 * sum(map(prod, factors)) == int(minutes)
        timeouts = re.findall(r"\d+", str(workflow["jobs"][job]["timeout-minutes"]))
        assert int(minutes) <= int(timeouts[-1])


def test_options_exist(workflow: Workflow, pytestconfig: pytest.Config) -> None:
    """Those of pytest, and of the plugin."""
    assert not no_options(workflow, pytestconfig)
    planted = deepcopy(workflow)
    planted["jobs"]["kind"]["steps"][-2]["env"]["ARGS"] = "--junitxml x --alrt KubeMirrorMemoryHigh"
    assert no_options(planted, pytestconfig) == ["--alrt"]


Check = Callable[[Workflow], object]


@pytest.mark.parametrize(
    "check",
    [
        *(unpinned, too_much, spliced, run_without_end, not_kept, no_speeds, no_commands, not_hashed),
        *(passed_over, without_unit_tests, not_checked_first),
    ],
)
def test_the_workflow_is_safe_to_run_and_can_be(workflow: Workflow, check: Check) -> None:
    """Pinned, read only, no text of others in scripts, an end, results kept always; speeds, targets and files exist."""
    assert not check(workflow)


def _no_runner(workflow: Workflow) -> None:
    del workflow["jobs"]["full-length"]["strategy"]["matrix"]["include"][3]


def _unknown_alert(workflow: Workflow) -> None:
    workflow["jobs"]["full-length"]["strategy"]["matrix"]["include"][0]["select"] = "--alert Nobody"


def _by_tag(workflow: Workflow) -> None:
    workflow["jobs"]["kind"]["steps"][0]["uses"] = "actions/checkout@v7"


def _of_somebody(workflow: Workflow) -> None:
    workflow["jobs"]["kind"]["steps"][0]["uses"] = f"somebody/checkout@{'0' * 40}"


def _everything_granted(workflow: Workflow) -> None:
    del workflow["permissions"]


def _a_job_may_write(workflow: Workflow) -> None:
    workflow["jobs"]["embedded"]["permissions"] = {"contents": "write"}


def _entered_text(workflow: Workflow) -> None:
    workflow["jobs"]["kind"]["steps"][-2]["run"] = "make run-kind SPEED=${{ inputs.speed }}"


def _no_timeout(workflow: Workflow) -> None:
    del workflow["jobs"]["kind"]["timeout-minutes"]


def _too_long(workflow: Workflow) -> None:
    workflow["jobs"]["kind"]["timeout-minutes"] = 361


def _only_after_success(workflow: Workflow) -> None:
    del workflow["jobs"]["kind"]["steps"][-1]["if"]


def _no_speed(workflow: Workflow) -> None:
    workflow["jobs"]["kind"]["steps"][-2]["env"]["SPEED"] = "${{ inputs.speed || 'fast' }}"


def _default_is_none(workflow: Workflow) -> None:
    workflow["on"]["workflow_dispatch"]["inputs"]["speed"]["default"] = "0"


def _no_target(workflow: Workflow) -> None:
    workflow["jobs"]["embedded"]["steps"][-2]["run"] = "make everything"


def _nothing_hashed(workflow: Workflow) -> None:
    workflow["jobs"]["embedded"]["steps"][2]["with"]["key"] = "programs-${{ hashFiles('go.sum') }}"


def _rules_passed_over(workflow: Workflow) -> None:
    workflow["on"]["pull_request"]["paths"].remove("monitoring/**")


def _path_of_nothing(workflow: Workflow) -> None:
    workflow["on"]["push"]["paths"].append("rules/**")


def _no_check(workflow: Workflow) -> None:
    del workflow["jobs"]["check"]


def _no_unit_tests(workflow: Workflow) -> None:
    workflow["jobs"]["embedded"]["steps"] = [
        step for step in workflow["jobs"]["embedded"]["steps"] if step.get("run") != "make unit"
    ]


@pytest.mark.parametrize(
    ("plant", "check"),
    [
        (_rules_passed_over, passed_over),
        (_path_of_nothing, passed_over),
        (_no_unit_tests, without_unit_tests),
        (_no_check, not_checked_first),
        (_no_runner, uncovered),
        (_unknown_alert, uncovered),
        (_by_tag, unpinned),
        (_of_somebody, unpinned),
        (_everything_granted, too_much),
        (_a_job_may_write, too_much),
        (_entered_text, spliced),
        (_no_timeout, run_without_end),
        (_too_long, run_without_end),
        (_only_after_success, not_kept),
        (_no_speed, no_speeds),
        (_default_is_none, no_speeds),
        (_no_target, no_commands),
        (_nothing_hashed, not_hashed),
    ],
)
def test_what_is_planted_is_found(workflow: Workflow, plant: Callable[[Workflow], None], check: Check) -> None:
    """Each check turns red."""
    planted = deepcopy(workflow)
    plant(planted)
    assert check(planted)
