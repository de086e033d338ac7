"""The embedded stack is up as a whole or not at all: whatever step fails, nothing of it is left."""

import errno
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.operator.translation import Rejected
from harness.core.rules.speed import Speed, SpeedError
from harness.stacks.applying import ApplyError, ManifestsError
from harness.stacks.base import Capability
from harness.stacks.embedded.control_plane import ControlPlane
from harness.stacks.embedded.slot import NoSlotError, Slot, claim_slot
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.free_space import NoRoomError, check_room
from harness.stacks.kinds import SWEEP
from harness.stacks.process import ProgramNotStartedError
from harness.stacks.process_table import marked_processes
from harness.stacks.run import Owner, Run, known_runs, place
from harness.tests.stacks.embedded.conftest import Workshop
from harness.toolchain import Progress
from harness.waiting import AwaitedGoneError, NotYet


def _nothing_is_left(stack: EmbeddedStack, workshop: Workshop) -> None:
    assert known_runs() == ()
    assert not [mark for _, mark in marked_processes() if mark.startswith(f"{place()}-")]
    assert stack._slot is None
    for process in workshop.started:
        with pytest.raises(ChildProcessError):  # its status was taken: it is no zombie
            os.waitpid(process.pid, os.WNOHANG)


def test_up_and_down(stack: EmbeddedStack, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every component runs, each from its own log; a proxy in the environment is not asked about loopback."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    facts = stack.up()
    assert stack.ended() is None
    assert [process.spec.name for process in workshop.started] == ["kwokctl", "node", "prometheus", "alertmanager"]
    assert {path.stem for path in (facts.directory / "logs").iterdir()} >= {"node", "prometheus", "alertmanager"}
    assert (facts.scrape_s, facts.evaluation_s, facts.resend_s) == (0.5, 0.5, 1)
    assert (facts.stack, facts.speed, facts.refused) == ("embedded", Speed(60), ())
    assert facts.pod_address("198.18.0.9", 8080).endswith(".9:8080")
    stack.down()
    stack.down()
    _nothing_is_left(stack, workshop)


@pytest.mark.parametrize("looks", [0, 1], ids=["when its turn has come", "while it comes up"])
def test_a_bring_up_that_is_no_longer_wanted_ends(workshop: Workshop, looks: int) -> None:
    """Before anything is started, or with the next look at what was; nothing is left."""
    stack = workshop.stack(api_ready=lambda _control_plane: NotYet("never"))
    asked: list[int] = []

    def go_on() -> None:
        asked.append(len(workshop.started))
        if len(asked) > looks:
            raise CouldNotTellError("no longer wanted", why="planted", fix="-")

    with pytest.raises(CouldNotTellError, match="no longer wanted"):
        stack.up(go_on)
    assert (asked[0], len(asked)) == (0, looks + 1)
    assert bool(workshop.started) is bool(looks)
    _nothing_is_left(stack, workshop)


@pytest.mark.parametrize(
    ("why", "limits"), [("", {}), ("no cgroups", {Capability.CONTAINER_FIGURES: "no cgroups"})], ids=["can", "cannot"]
)
def test_what_the_node_cannot_do_is_a_fact_of_the_stack(
    stack: EmbeddedStack, workshop: Workshop, why: str, limits: dict[Capability, str]
) -> None:
    """With the node's own reason, for whoever needs it; nobody ever shows a dashboard."""
    workshop.told.write_text(json.dumps({"no_limits": why}))
    assert stack.up().cannot == {Capability.GRAFANA: "this stack has no Grafana", **limits}


def test_everything_is_applied_in_its_order(stack: EmbeddedStack, workshop: Workshop) -> None:
    """The namespace of the monitoring first, then the subject, the agents, and last the rules that watch."""
    stack.up()
    applied = workshop.applied.read_text()
    order = ['"kind": "Controller"', "fault-webhook", "ServiceMonitor", "AlertmanagerConfig", "harness:evaluated"]
    assert applied.startswith('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}}')
    assert sorted(order, key=applied.index) == order


def test_the_run_s_files_are_the_owner_s(stack: EmbeddedStack) -> None:
    """Tokens lie in them."""
    directory = stack.up().directory
    assert directory.stat().st_mode & 0o077 == 0
    assert (directory / "monitoring" / "operator.json").stat().st_mode & 0o077 == 0


def test_a_component_that_dies_is_named(stack: EmbeddedStack, workshop: Workshop) -> None:
    """With how it ended."""
    stack.up()
    prometheus = next(process for process in workshop.started if process.spec.name == "prometheus")
    os.kill(prometheus.pid, signal.SIGKILL)
    os.waitid(os.P_PID, prometheus.pid, os.WEXITED | os.WNOWAIT)
    assert str(stack.ended()).startswith("prometheus ended by signal 9")


#: starts a program as kwokctl does: its id in a file, its output in another
_KWOKCTL = """
import os, subprocess
place = os.environ["KWOK_WORKDIR"] + "/clusters/harness/"
for part in ("pids", "logs"):
    os.makedirs(place + part)
for name in ("etcd", "kube-scheduler"):
    log = open(place + f"logs/{name}.log", "w")
    code = "import signal; print('planted last words', flush=True); signal.pause()"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=log, start_new_session=True)
    open(place + f"pids/{name}.pid", "w").write(str(child.pid))
"""


@pytest.mark.parametrize("name", ["etcd", "kube-scheduler"])
def test_a_dead_part_of_the_control_plane_is_named(stack: EmbeddedStack, workshop: Workshop, name: str) -> None:
    """With its last words, although it was kwokctl that started it."""
    workshop.write("kwokctl", _KWOKCTL)
    directory = stack.up().directory / "control-plane" / "clusters" / "harness"
    assert stack.ended() is None
    while not (directory / "logs" / f"{name}.log").read_text():
        pass
    os.kill(int((directory / "pids" / f"{name}.pid").read_text()), signal.SIGKILL)
    while stack.ended() is None:
        pass
    assert stack.ended() == f'{name} exited: "planted last words"'


def test_what_others_need_is_blamed_first(stack: EmbeddedStack, workshop: Workshop) -> None:
    """When a component takes others down with it, the first of them is the cause."""
    stack.up()
    for name in ("alertmanager", "node"):
        process = next(process for process in workshop.started if process.spec.name == name)
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert str(stack.ended()).startswith("node ended by signal 9")


def test_prometheus_is_restarted_on_the_same_data(stack: EmbeddedStack, workshop: Workshop) -> None:
    """A new process from the same command; the old one ended in good order, and its status is taken."""
    stack.up()
    stack.restart_prometheus()
    old, new = [process for process in workshop.started if process.spec.name == "prometheus"]
    assert old.spec == new.spec
    assert str(old.ended()).startswith("prometheus ended by signal 15")
    assert new.ended() is None
    assert stack.ended() is None
    os.kill(new.pid, signal.SIGKILL)
    os.waitid(os.P_PID, new.pid, os.WEXITED | os.WNOWAIT)
    assert str(stack.ended()).startswith("prometheus ended by signal 9")


def test_a_prometheus_that_does_not_come_back_is_dead(stack: EmbeddedStack, workshop: Workshop) -> None:
    """The restart fails with its last words, and from then on the stack says so as well."""
    stack.up()
    workshop.write("prometheus", _FAILS)
    with pytest.raises(AwaitedGoneError, match="Prometheus ready again"):
        stack.restart_prometheus()
    assert stack.ended() == 'prometheus exited with status 1: "planted failure"'


def test_only_a_running_prometheus_is_restarted(stack: EmbeddedStack) -> None:
    """Before the stack is up there is none."""
    with pytest.raises(CouldNotTellError, match="cannot be restarted"):
        stack.restart_prometheus()


def test_a_full_disk_is_told_before_anything_starts(workshop: Workshop) -> None:
    """Not by a component's crash."""
    stack = workshop.stack(check_room=partial(check_room, needed_bytes=1 << 60))
    with pytest.raises(NoRoomError, match="no room for a stack"):
        stack.up()
    assert not workshop.started
    assert known_runs() == ()


def test_a_disk_that_fills_up_in_mid_start_is_told(workshop: Workshop) -> None:
    """With the cause and what to do; nothing is left."""

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "planted")

    stack = workshop.stack(claim_slot=full)
    with pytest.raises(NoRoomError, match="cannot be written") as caught:
        stack.up()
    assert "planted: the disk is full" in caught.value.why
    _nothing_is_left(stack, workshop)


def test_what_fails_last_leaves_nothing_either(stack: EmbeddedStack, workshop: Workshop) -> None:
    """Everything is up, and its facts cannot be told."""
    workshop.told.write_text("no JSON")
    with pytest.raises(json.JSONDecodeError):
        stack.up()
    assert [process.spec.name for process in workshop.started] == ["kwokctl", "node", "prometheus", "alertmanager"]
    _nothing_is_left(stack, workshop)


def test_a_component_that_cannot_start_is_told_before_kwokctl_gives_up(workshop: Workshop) -> None:
    """A port that somebody took in the meantime: the component that wanted it says so."""
    taken = "print('bind: address already in use', flush=True)"
    body = _KWOKCTL.replace("import signal; print('planted last words', flush=True); signal.pause()", "{taken}")
    workshop.write("kwokctl", body.replace('"{taken}"', repr(taken)) + "\nimport signal\nsignal.pause()\n")
    stack = workshop.stack(api_ready=lambda _control_plane: NotYet("no answer"))
    with pytest.raises(AwaitedGoneError) as caught:
        stack.up()
    assert "exited: " in caught.value.why
    _nothing_is_left(stack, workshop)


def test_a_kept_stack_stays(stack: EmbeddedStack) -> None:
    """It is marked, so that nobody sweeps it away, and taking it away is another command's business."""
    stack.keep()
    facts, slot = stack.up(), stack._slot
    assert [run.kept for run in known_runs()] == [False]
    stack.keep()
    stack.down()
    (run,) = known_runs()
    assert (run.id, run.kept) == (facts.run_id, True)
    assert stack.ended() is None
    with claim_slot().claim as claim:  # its node holds the addresses
        assert slot is not None
        assert claim.getsockname() != f"\0kubemirror-harness/slot/{slot.number}".encode()


def test_objects_that_are_passed_over_are_told_and_not_waited_for(stack: EmbeddedStack, workshop: Workshop) -> None:
    """What nobody takes of the subject's objects is its own fault, not the stack's."""
    workshop.says(rejected=(Rejected(kind="PrometheusRule", namespace="n", name="r", why="no such key"),))
    assert [str(one) for one in stack.up().refused] == ["PrometheusRule n/r: no such key"]


_FAILS = "sys.exit('planted failure')\n"
Spoil = Callable[[Workshop], object]


def _kwokctl_fails(workshop: Workshop) -> None:
    workshop.write("kwokctl", _FAILS)
    certificates = NotYet("certificates are not written yet")
    workshop.outside = replace(workshop.outside, api_ready=lambda _control_plane: certificates)


def _kustomize_fails(workshop: Workshop) -> None:
    workshop.write("kubectl", _FAILS)


def _apply_fails(workshop: Workshop) -> None:
    workshop.write("kubectl", f"if sys.argv[1] != 'kustomize':\n    {_FAILS}")


def _node_fails(workshop: Workshop) -> None:
    workshop.write("python", _FAILS)


def _prometheus_fails(workshop: Workshop) -> None:
    workshop.write("prometheus", _FAILS)


def _alertmanager_is_missing(workshop: Workshop) -> None:
    (workshop.directory / "alertmanager").unlink()


def _no_slot(workshop: Workshop) -> None:
    def none() -> Slot:
        raise NoSlotError("no address is free", why="planted failure", fix="-")

    workshop.outside = replace(workshop.outside, claim_slot=none)


@pytest.mark.parametrize(
    ("spoil", "failure"),
    [
        pytest.param(_no_slot, (NoSlotError, "no address"), id="slot"),
        pytest.param(_kwokctl_fails, (AwaitedGoneError, "API server ready: will not happen"), id="control plane"),
        pytest.param(_kustomize_fails, (ManifestsError, "cannot be built"), id="kustomize"),
        pytest.param(_node_fails, (AwaitedGoneError, "operator's configuration: will not happen"), id="node"),
        pytest.param(_apply_fails, (ApplyError, "did not take the manifests"), id="apply"),
        pytest.param(_alertmanager_is_missing, (ProgramNotStartedError, "alertmanager was not"), id="alertmanager"),
        pytest.param(_prometheus_fails, (AwaitedGoneError, "Prometheus ready"), id="prometheus"),
    ],
)
def test_whatever_fails_nothing_is_left(
    workshop: Workshop,
    spoil: Spoil,
    failure: tuple[type[HarnessError], str],
) -> None:
    """No process, no directory, no claim on addresses, no zombie; and the last words of what failed are told."""
    error, what = failure
    spoil(workshop)
    stack = workshop.stack()
    with pytest.raises(error, match=what) as caught:
        stack.up()
    assert error is ProgramNotStartedError or "planted failure" in caught.value.why
    _nothing_is_left(stack, workshop)


def test_an_interrupt_in_mid_start_leaves_nothing(workshop: Workshop) -> None:
    """Ctrl-C while the API server is waited for."""

    def interrupt(_control_plane: ControlPlane) -> None:
        raise KeyboardInterrupt

    stack = workshop.stack(api_ready=interrupt)
    workshop.write("kwokctl", "import signal\nsignal.pause()\n")
    with pytest.raises(KeyboardInterrupt):
        stack.up()
    assert workshop.started
    _nothing_is_left(stack, workshop)


def test_a_stack_that_failed_can_be_tried_again(stack: EmbeddedStack, workshop: Workshop) -> None:
    """With the same object."""
    body = (workshop.directory / "kubectl").read_text()
    _kustomize_fails(workshop)
    with pytest.raises(ManifestsError):
        stack.up()
    (workshop.directory / "kubectl").write_text(body)
    assert stack.up().run_id


def test_what_a_dead_owner_left_is_swept_first(workshop: Workshop, stack: EmbeddedStack) -> None:
    """Before anything new takes its place."""
    dead = Run.create()
    replace(dead, owner=Owner(pid=1, start_ticks=-1)).save()
    _kustomize_fails(workshop)
    with pytest.raises(ManifestsError):
        stack.up()
    assert known_runs() == ()


def test_a_speed_that_cannot_work_is_refused_before_anything(stack: EmbeddedStack, tmp_path: Path) -> None:
    """By the constructor, which starts nothing."""
    with pytest.raises(SpeedError):
        EmbeddedStack(stack._subject, Speed(10_000), Progress(), SWEEP)
    assert not (tmp_path / "state").exists()
