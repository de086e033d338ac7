"""Accidents on kind: what breaks in mid run makes it UNKNOWN, names itself, and leaves no container, process or file.

`make accidents-kind` runs them where Docker does: each takes a cluster, two to five minutes. KIND_ARGS are further
options of pytest for each run.
"""

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError, MisuseError
from harness.stacks.kind.leftovers import CLUSTER_LABEL
from harness.stacks.run import place
from harness.tests.live.liverun import LiveRun
from harness.waiting import NotYet, wait_until

pytestmark = pytest.mark.docker

Live = Callable[..., LiveRun]

_OPTIONS = tuple(shlex.split(os.environ.get("KIND_ARGS", "")))
_UP_S, _END_S = 420.0, 720.0
#: of the steps of a bring-up, when they have ended
_MADE, _LOADED = "kind cluster kmh-", "images into the cluster: "
#: longer than a busy machine makes anybody wait, and than three evaluations
_STALL_S = 15.0
_KUBECTL = ("kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf")


def _docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True).stdout


def _node(run: LiveRun) -> str:
    """The container of the run's cluster; empty if there is none."""
    shown = f'{{{{.Names}}}} {{{{.Label "{CLUSTER_LABEL}"}}}}'
    rows = _docker("ps", "--all", "--filter", f"label={CLUSTER_LABEL}", "--format", shown).splitlines()
    ours = [row.split()[0] for row in rows if row.split()[1].startswith(f"kmh-{place(run.state)}-")]
    assert len(ours) < 2, ours
    return ours[0] if ours else ""


def _begun(run: LiveRun, *options: str) -> LiveRun:
    return run.start("scenarios/test_workqueue_depth_high.py", "--stack", "kind", "--narrate", *_OPTIONS, *options)


def _at(run: LiveRun, words: str) -> LiveRun:
    """Starts the scenario and returns when it says so, and its node is there; without words, as soon as that is."""
    _begun(run)

    def there() -> NotYet | None:
        said = run.says(words) if words else None
        return said or (None if _node(run) else NotYet("no node"))

    wait_until(words or "a node", there, timeout_s=_UP_S, interval_s=0.2)
    run.note_sockets()
    return run


def _at_pending(run: LiveRun) -> LiveRun:
    return _at(run, "pending, to fire in")


def _ended(run: LiveRun) -> int:
    """The exit code; nothing is left of the run."""
    assert run.process is not None
    code = run.process.wait(_END_S)
    assert run.leftovers() == []
    assert _node(run) == ""
    return code


def _is_unknown(run: LiveRun, *causes: str) -> None:
    """Exit code, verdict and cause are those of an accident."""
    assert _ended(run) == CouldNotTellError.exit_code, run.log
    found = [one for one in run.scenarios() if one["nodeid"]]
    assert {one["verdict"] for one in found} == {"UNKNOWN"}, run.log
    told = "\n".join(one["cause"] for one in found)
    print(told)  # noqa: T201 - shown with -rA: what a user reads
    assert all(cause in told for cause in causes), told


def _forward(run: LiveRun, port: str) -> int:
    """The process of a port-forward to this port."""
    return next(
        pid for pid, line in run.processes().items() if "port-forward" in line and line[-2].endswith(f":{port}")
    )


@pytest.mark.parametrize("port", ["9090", "9093"], ids=["prometheus", "alertmanager"])
def test_a_port_forward_that_is_dropped(live: Live, port: str) -> None:
    """It is started again, and the scenario goes on to its end; what nobody could see meanwhile is not called seen."""
    run = _at_pending(live())
    os.kill(_forward(run, port), signal.SIGKILL)
    _is_unknown(run, "port-forward to")


def test_a_node_that_is_killed(live: Live) -> None:
    """The API server goes with it; the run ends, and says what it was."""
    run = _at_pending(live())
    _docker("kill", _node(run))
    _is_unknown(run, "the node's container", "exited with status 137")


def test_a_node_that_stands_still(live: Live) -> None:
    """Everything on it stops for some seconds and goes on."""
    run = _at_pending(live())
    node = _node(run)
    _docker("pause", node)
    time.sleep(_STALL_S)  # the accident itself
    _docker("unpause", node)
    _is_unknown(run, "no evaluation for")


def test_a_prometheus_that_is_killed(live: Live) -> None:
    """Its pod comes back, and has forgotten what was pending."""
    run = _at_pending(live())
    pods = ("get", "pods", "--all-namespaces", "-l", "app.kubernetes.io/name=prometheus", "-o", "wide", "--no-headers")
    namespace, pod, *_ = _docker("exec", _node(run), *_KUBECTL, *pods).split()
    _docker("exec", _node(run), *_KUBECTL, "delete", "pod", "-n", namespace, pod, "--force", "--grace-period=0")
    _is_unknown(run, "prometheus")


def test_a_node_that_is_not_ready(live: Live) -> None:
    """Its kubelet ends before there is anything on it: the wait for pods ends, and the error names the node."""
    run = _at(live(), _LOADED)
    _docker("exec", _node(run), "systemctl", "stop", "kubelet")
    assert _ended(run) == CouldNotTellError.exit_code, run.log
    assert re.search(r"the node \S+ has not been ready for \d+ s: NodeStatusUnknown Kubelet stopped", run.log), run.log
    print(run.log[-1500:])  # noqa: T201 - as above


#: what is said last before something is half made
_MOMENTS = pytest.mark.parametrize("words", ["", _MADE, _LOADED], ids=["cluster", "images", "monitoring"])


@_MOMENTS
def test_an_interrupt_while_something_is_half_made(live: Live, words: str) -> None:
    """Ctrl-C takes away what there is of it."""
    run = _at(live(), words)
    assert run.process is not None
    os.kill(run.process.pid, signal.SIGINT)
    assert _ended(run) != 0, run.log


@_MOMENTS
def test_nothing_is_left_of_a_run_that_was_killed_half_made(live: Live, words: str) -> None:
    """Neither container, process, socket nor file, after `harness down`."""
    _is_removed(_at(live(), words))


def test_nothing_is_left_of_a_run_that_was_killed_in_mid_run(live: Live) -> None:
    """Nor of its faults."""
    _is_removed(_at_pending(live()))


def _is_removed(run: LiveRun) -> None:
    assert run.process is not None
    run.process.kill()
    run.process.wait()
    assert _node(run)
    run.harness("down")
    assert run.leftovers() == []
    assert _node(run) == ""


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (("--kind-image", "localhost/kmh-none:none"), CouldNotTellError.exit_code, "localhost/kmh-none:none"),
        (("--base-image", "localhost/kmh-none:none"), CouldNotTellError.exit_code, "localhost/kmh-none:none"),
        (("--monitoring", "chart", "--chart", "oci://127.0.0.1:1/none"), CouldNotTellError.exit_code, "127.0.0.1:1"),
        (("--monitoring", "chart", "--chart", "/none.tgz"), MisuseError.exit_code, "/none.tgz"),
    ],
    ids=["node's image", "base image", "chart unreachable", "chart missing"],
)
def test_what_is_not_to_be_had(live: Live, options: tuple[str, ...], code: int, told: str) -> None:
    """It is named, with what to do, before anything is changed for long."""
    run = _begun(live(), *options)
    assert _ended(run) == code, run.log
    assert told in run.log
    assert "fix:" in run.log
    print(run.log[-1500:])  # noqa: T201 - as above


def test_the_options_reach_a_run(tmp_path: Path) -> None:
    """A misspelt one would make every case above end early, for a reason of its own."""
    run = LiveRun(tmp_path)
    assert _begun(run, "--collect-only").process is not None
    assert run.process is not None
    assert run.process.wait(_END_S) == 0, run.log
