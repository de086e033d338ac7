"""Accidents: what breaks in the middle of a real scenario makes it UNKNOWN, names itself, and leaves nothing behind.

`make accidents` runs them: each takes half a minute and the whole machine. The instant is the alert's first evaluation
as pending, with most of its `for` still to come.
"""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.tests.live.liverun import LiveRun, command_line
from harness.waiting import NotYet, wait_until

pytestmark = pytest.mark.accident

Live = Callable[..., LiveRun]

_UP_S, _END_S = 90.0, 180.0
#: longer than a busy machine makes anybody wait, and shorter than the alert's `for`
_STALL_S = 5.0
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _pending(run: LiveRun) -> NotYet | None:
    """Whether the scenario's alert is pending, as the run's own Prometheus says."""
    assert run.process is not None
    assert run.process.poll() is None, run.log
    prometheus = run.pid("prometheus")
    line = [] if prometheus is None else command_line(prometheus)
    address = next((word.partition("=")[2] for word in line if word.startswith("--web.listen-address=")), None)
    if address is None:
        return NotYet("no Prometheus yet")
    query = urllib.parse.quote('ALERTS{alertname="KubeMirrorWorkqueueDepthHigh",alertstate="pending"}')
    try:
        with _DIRECT.open(f"http://{address}/api/v1/query?query={query}", timeout=5) as answer:
            return None if json.load(answer)["data"]["result"] else NotYet("not pending")
    except OSError as error:
        return NotYet(str(error))


def _at_pending(run: LiveRun) -> LiveRun:
    """Starts the scenario and returns when its alert is pending."""
    run.start()
    wait_until("the alert is pending", lambda: _pending(run), timeout_s=_UP_S, interval_s=0.1)
    run.note_sockets()
    return run


def _is_unknown(run: LiveRun, *causes: str) -> None:
    """Exit code, verdict and cause are those of an accident, and nothing is left of the run."""
    assert run.process is not None
    code = run.process.wait(_END_S)
    assert code == CouldNotTellError.exit_code, run.log
    found = [one for one in run.scenarios() if one["nodeid"]]  # without one: about the whole run
    assert {one["verdict"] for one in found} == {"UNKNOWN"}, run.log
    told = "\n".join(one["cause"] for one in found)
    print(told)  # noqa: T201 - shown with -rA: what a user reads
    assert all(cause in told for cause in causes), told
    assert run.leftovers() == []


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        pytest.param("prometheus", "prometheus ended by signal 9", id="prometheus"),
        pytest.param("alertmanager", "alertmanager ended by signal 9", id="alertmanager"),
        pytest.param("etcd", "etcd exited", id="etcd"),
        pytest.param("kube-apiserver", "kube-apiserver exited", id="kube-apiserver"),
        pytest.param("kube-controller-manager", "kube-controller-manager exited", id="kube-controller-manager"),
        pytest.param("kube-scheduler", "kube-scheduler exited", id="kube-scheduler"),
        pytest.param("harness.stacks.embedded.agent", "node ended by signal 9", id="node"),
        pytest.param("controller", "kubemirror-system/kubemirror-controller", id="controller"),
        pytest.param("harness.agents.receiver.server", "receiver", id="receiver"),
        pytest.param("harness.agents.webhook", "fault-webhook", id="webhook"),
    ],
)
def test_a_component_that_is_killed(live: Live, program: str, cause: str) -> None:
    """Whatever dies by accident is named; that another starts in its place does not hide it."""
    run = _at_pending(live())
    victim = run.pid(program)
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    _is_unknown(run, cause)


def test_a_stack_that_stands_still(live: Live) -> None:
    """All processes of the run stop for some seconds and go on."""
    run = _at_pending(live())
    _stopped(list(run.processes()))
    _is_unknown(run, "no evaluation for")


def test_a_harness_that_stands_still(live: Live) -> None:
    """Who watches stops for some seconds: what happened meanwhile nobody has seen."""
    run = _at_pending(live())
    assert run.process is not None
    _stopped([run.process.pid])
    _is_unknown(run, "stood still for")


def test_a_full_disk(live: Live, tmp_path: Path) -> None:
    """The file system under the run has no room any more."""
    run = _at_pending(live(wrapper=_small_file_system(tmp_path / "live" / "state")))
    assert run.process is not None
    ballast = Path(f"/proc/{run.process.pid}/root{run.state}") / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 20)):
            pass
    _is_unknown(run, "no room")


def test_a_machine_without_network(live: Live) -> None:
    """No accident: nothing of a stack leaves the machine, so it needs no route to anywhere."""
    alone = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    tried = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no network namespace may be made here: {tried.stderr.strip()}")
    run = live(wrapper=alone).start()
    assert run.process is not None
    assert run.process.wait(_END_S) == 0, run.log
    assert run.leftovers() == []


def _stopped(pids: list[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(_STALL_S)  # the accident itself
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _small_file_system(place: Path) -> tuple[str, ...]:
    """A command's prefix that gives it a small file system at `place`; nobody else sees it, and it goes with it."""
    mount = f'mount -t tmpfs -o size=400m,mode=700 none {place} && exec "$@"'
    wrapper = ("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh")
    place.mkdir(parents=True)
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    tried = subprocess.run([*wrapper, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no file system may be mounted here: {tried.stderr.strip()}")
    return wrapper
