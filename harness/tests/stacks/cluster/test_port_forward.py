"""A port-forward is a kubectl that can be started again on its port; a kept one comes back and gives up in time."""

import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stacks.base import Outage
from harness.stacks.cluster.port_forward import (
    KeptPortForward,
    Kubectl,
    Patience,
    PortForward,
    PortForwardDownError,
    PortForwardSpec,
    listening_port,
    port_forward_argv,
    refusal,
)
from harness.stacks.process import ProgramNotStartedError
from harness.tests.stacks.cluster.fake_kubectl import RUN, Clock, FakeKubectl, ask, fake_kubectl, left_over, refuses
from harness.waiting import AwaitedGoneError, NotYet, WaitTimeoutError, wait_until

_LOST = 'port-forward to svc/prometheus exited with status 1: "error: lost connection to pod"'


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeKubectl]:
    """A kubectl that works until it is told otherwise."""
    with fake_kubectl(tmp_path) as kubectl:
        yield kubectl


@pytest.fixture
def forward(fake: FakeKubectl) -> Iterator[PortForward]:
    """One that has not been started."""
    one = PortForward(fake.spec(), run_id=RUN)
    yield one
    one.close()


def _end(forward: PortForward, word: str) -> str:
    """How it ended after one connection that made it end."""
    ask(forward.address, word)
    return wait_until("end", lambda: forward.ended() or NotYet("it runs"), timeout_s=60)


def test_the_command_names_everything(tmp_path: Path) -> None:
    """Loopback only, no context that was not given, and the port after a restart."""
    kubectl = Kubectl(program=Path("/bin/kubectl"), kubeconfig=Path("/run/kubeconfig"))
    spec = PortForwardSpec(
        kubectl=kubectl, namespace="m", target="svc/prometheus", remote_port=9090, log=tmp_path / "log"
    )
    assert " ".join(port_forward_argv(spec)) == (
        "/bin/kubectl --kubeconfig /run/kubeconfig --namespace m port-forward --address 127.0.0.1"
        " --pod-running-timeout 15s svc/prometheus :9090"
    )
    elsewhere = dataclasses.replace(spec, kubectl=dataclasses.replace(kubectl, context="prod"))
    assert port_forward_argv(elsewhere, local_port=40001)[3:5] == ("--context", "prod")
    assert port_forward_argv(elsewhere, local_port=40001)[-1] == "40001:9090"


@pytest.mark.parametrize(
    ("text", "port"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("Forwarding from 127.0.0.1:40001 -> 90", None, id="half a line"),
        pytest.param("Forwarding from [::1]:40001 -> 9090\n", None, id="another address"),
        pytest.param("Failed to forward from 127.0.0.1:40001 -> 9090\n", None, id="a failure"),
        pytest.param("W1 deprecated\nForwarding from 127.0.0.1:40001 -> 8080\nHandling", 40001, id="there"),
    ],
)
def test_the_port_is_read_from_a_whole_line(text: str, port: int | None) -> None:
    """Half a port would be another one."""
    assert listening_port(text) == port


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("Handling connection for 4\nerror: lost connection to pod\n", None, id="never"),
        pytest.param(
            'err="an error occurred forwarding 4 -> 80: dial: refused"\nerror: lost\n', "dial: refused", id="it"
        ),
        pytest.param(
            "an error occurred forwarding 4 -> 80: a\nan error occurred forwarding 4 -> 80: b", "b", id="last"
        ),
    ],
)
def test_a_refusal_is_found_before_the_last_words(text: str, why: str | None) -> None:
    """The last words are the same whatever the reason."""
    assert refusal(text) == why


def test_it_is_up_when_it_listens(fake: FakeKubectl, forward: PortForward) -> None:
    """And down when it is closed, which may be said twice."""
    forward.start()
    assert (forward.ended(), ask(forward.address)) == (None, "svc/prometheus")
    assert forward.url("https") == f"https://{forward.address}"
    assert len(left_over()) == len(fake.calls()) == 1
    forward.close()
    forward.close()
    assert left_over() == []
    assert str(forward.ended()).startswith("port-forward to svc/prometheus ended by signal 15")


def test_before_the_start_there_is_nothing(forward: PortForward) -> None:
    """Nothing to close, and no address."""
    forward.close()
    assert forward.ended() == "port-forward to svc/prometheus has not been started"
    with pytest.raises(PortForwardDownError, match="has no address"):
        forward.url()


def test_the_user_s_settings_stay_out_but_not_the_credentials(
    fake: FakeKubectl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No kuberc and no cache in `~/.kube`; what a credential plugin needs is passed on, what nobody named is not."""
    for name, value in {"KUBERC": "mine", "KUBECONFIG": "other", "HOME": "/home/me"}.items():
        monkeypatch.setenv(name, value)
    kubectl = dataclasses.replace(fake.kubectl, env={"AWS_PROFILE": "prod"})
    forward = PortForward(dataclasses.replace(fake.spec(), kubectl=kubectl), run_id=RUN)
    forward.start()
    forward.close()
    env = fake.calls()[0][1]
    assert {name: env.get(name) for name in ("KUBERC", "KUBECACHEDIR", "AWS_PROFILE", "HOME", "KUBECONFIG")} == {
        "KUBERC": "off",
        "KUBECACHEDIR": "/dev/null",
        "AWS_PROFILE": "prod",
        "HOME": "/home/me",
        "KUBECONFIG": None,
    }


def test_a_death_at_the_start_is_told_in_kubectl_s_words(fake: FakeKubectl, forward: PortForward) -> None:
    """As soon as it is dead."""
    fake.dies("Error from server (NotFound): services not found")
    with pytest.raises(AwaitedGoneError, match="port-forward to svc/prometheus up: will not happen") as caught:
        forward.start()
    assert 'exited with status 1: "Error from server (NotFound): services not found"' in caught.value.why


def test_one_that_does_not_say_where_it_listens_is_ended(fake: FakeKubectl, forward: PortForward) -> None:
    """It may listen, but nobody knows where."""
    fake.mute()
    with pytest.raises(WaitTimeoutError) as caught:
        forward.start(timeout_s=0)
    assert caught.value.why == "last seen: it does not say where it listens"
    assert left_over() == []


def test_a_start_that_nobody_needs_any_more_is_given_up(fake: FakeKubectl, forward: PortForward) -> None:
    """At once, and nothing is left."""
    fake.mute()
    with pytest.raises(AwaitedGoneError, match="will not happen") as caught:
        forward.start(unwanted=lambda: "closing")
    assert caught.value.why.startswith("closing")
    assert left_over() == []


def test_a_kubectl_that_is_missing_is_told(tmp_path: Path) -> None:
    """Never a traceback."""
    kubectl = Kubectl(program=tmp_path / "none", kubeconfig=tmp_path / "kubeconfig")
    spec = PortForwardSpec(kubectl=kubectl, namespace="m", target="pod/x", remote_port=1, log=tmp_path / "log")
    with pytest.raises(ProgramNotStartedError, match="port-forward to pod/x was not started"):
        PortForward(spec, run_id=RUN).start()


def test_after_a_drop_it_comes_back_to_the_same_port(fake: FakeKubectl, forward: PortForward) -> None:
    """So an address that was handed out stays true."""
    forward.start()
    address = forward.address
    assert _end(forward, "drop") == (
        'port-forward to svc/prometheus exited with status 1: "error: lost connection to pod"'
    )
    assert refuses(address)
    forward.restart()
    assert (forward.address, forward.ended(), ask(address)) == (address, None, "svc/prometheus")
    assert [args[-1] for args, _ in fake.calls()] == [":9090", f"{address.rpartition(':')[2]}:9090"]


def test_one_that_runs_is_restarted_too(forward: PortForward) -> None:
    """The former process gives way."""
    forward.start()
    address = forward.address
    forward.restart()
    assert (forward.address, ask(address), len(left_over())) == (address, "svc/prometheus", 1)


def test_what_the_former_process_said_is_not_taken_for_the_new_one_s(fake: FakeKubectl, forward: PortForward) -> None:
    """The log is one, and the line that it begins with is old."""
    forward.start()
    _end(forward, "drop")
    fake.mute()
    with pytest.raises(WaitTimeoutError):
        forward.restart(timeout_s=0)
    assert left_over() == []


def test_a_pod_that_refuses_is_the_reason_once(forward: PortForward) -> None:
    """The next end has a reason of its own."""
    forward.start()
    assert _end(forward, "refuse").endswith('to pod", because the pod refused a connection: connection refused')
    forward.restart()
    assert _end(forward, "drop").endswith('"error: lost connection to pod"')


def test_a_port_that_somebody_took_is_told(forward: PortForward) -> None:
    """It is not another port instead."""
    forward.start()
    address = forward.address
    _end(forward, "drop")
    with (
        socket.create_server(("127.0.0.1", int(address.rpartition(":")[2]))),
        pytest.raises(AwaitedGoneError) as caught,
    ):
        forward.restart()
    assert "unable to listen on any of the requested ports" in caught.value.why
    assert forward.address == address


@pytest.fixture
def started(fake: FakeKubectl) -> Iterator[PortForward]:
    """One that is up."""
    one = PortForward(fake.spec(), run_id=RUN)
    one.start()
    yield one
    one.close()


@pytest.fixture
def clock() -> Clock:
    """Both of the clocks."""
    return Clock()


def _kept(started: PortForward, clock: Clock, patience: Patience | None = None) -> KeptPortForward:
    """One without a thread: the test looks."""
    return KeptPortForward(started, patience=patience, now=clock, clock=clock)


def _drop(started: PortForward) -> None:
    ask(started.address, "drop")
    wait_until("end", lambda: started.ended() or NotYet("it runs"), timeout_s=60)


def test_one_that_is_up_is_left_alone(fake: FakeKubectl, started: PortForward, clock: Clock) -> None:
    """However often anybody looks."""
    kept = _kept(started, clock)
    assert [kept.look(), kept.look()] == [True, True]
    assert (kept.outages, kept.ended(), len(fake.calls())) == ((), None, 1)


def test_an_outage_is_remembered_and_over_at_the_first_look(started: PortForward, clock: Clock) -> None:
    """On the port that was handed out."""
    kept, url = _kept(started, clock), started.url()
    _drop(started)
    assert kept.look()
    assert kept.outages == (Outage(what=kept.name, start_s=1000.0, end_s=1000.0, why=_LOST),)
    assert (kept.url(), ask(kept.address), kept.ended()) == (url, "svc/prometheus", None)


def test_between_two_starts_there_is_a_pause_but_the_outage_is_seen_at_once(
    fake: FakeKubectl, started: PortForward, clock: Clock
) -> None:
    """A server that refuses each connection must not cost a core."""
    kept = _kept(started, clock, Patience(pause_s=1.0))
    _drop(started)
    kept.look()
    _drop(started)
    clock.now_s = 1000.5
    kept.look()
    assert [(one.start_s, one.end_s) for one in kept.outages] == [(1000.0, 1000.0), (1000.5, None)]
    assert len(fake.calls()) == 2
    clock.now_s = 1001.0
    kept.look()
    assert [(one.start_s, one.end_s) for one in kept.outages] == [(1000.0, 1000.0), (1000.5, 1001.0)]


def test_it_gives_up_after_so_many_restarts(fake: FakeKubectl, started: PortForward, clock: Clock) -> None:
    """It says how it had ended, how often it was tried, and what kubectl said at last; the outage has no end."""
    kept = _kept(started, clock, Patience(restarts=2, pause_s=0.0))
    _drop(started)
    fake.dies("error: pod is not running")
    assert (kept.look(), kept.ended()) == (True, None)
    assert not kept.look()
    told = str(kept.ended())
    assert told.startswith(f"{_LOST}; 2 restart(s) in 0 s failed, the last one: ")
    assert '"error: pod is not running"' in told
    assert kept.outages == (Outage(what=kept.name, start_s=1000.0, end_s=None, why=_LOST),)


def test_it_gives_up_after_so_long(fake: FakeKubectl, started: PortForward, clock: Clock) -> None:
    """Also when single restarts take their time."""
    kept = _kept(started, clock, Patience(within_s=30.0, pause_s=0.0))
    _drop(started)
    fake.dies("error: no")
    assert kept.look()
    clock.now_s = 1030.0
    assert not kept.look()
    assert "2 restart(s) in 30 s failed" in str(kept.ended())


def test_each_outage_has_the_whole_patience(fake: FakeKubectl, started: PortForward, clock: Clock) -> None:
    """What failed before the last success does not count."""
    kept = _kept(started, clock, Patience(restarts=2, within_s=30.0, pause_s=0.0))
    for _ in range(2):
        _drop(started)
        fake.dies("error: no")
        assert kept.look()
        fake.heal()
        assert kept.look()
        clock.now_s += 29.0
    assert (kept.ended(), len(kept.outages)) == (None, 2)


def test_it_does_all_that_by_itself(fake: FakeKubectl) -> None:
    """Nobody looks; and when it is closed nothing is left, nor comes back."""
    kept = KeptPortForward(PortForward(fake.spec(), run_id=RUN), patience=Patience(restarts=1, pause_s=0.0))
    kept.start()
    ask(kept.address, "drop")
    wait_until(
        "back", lambda: None if kept.outages and kept.outages[0].end_s else NotYet(f"{kept.outages}"), timeout_s=60
    )
    assert ask(kept.address) == "svc/prometheus"
    fake.dies("error: no")
    ask(kept.address, "drop")
    wait_until("given up", lambda: kept.ended() or NotYet("it is kept up"), timeout_s=60)
    kept.close()
    kept.close()
    assert left_over() == []


def test_closing_is_no_outage(fake: FakeKubectl) -> None:
    """The thread ends first."""
    kept = KeptPortForward(PortForward(fake.spec(), run_id=RUN))
    kept.start()
    kept.close()
    assert not kept._thread.alive()
    assert (kept.outages, kept.ended(), left_over(), len(fake.calls())) == ((), None, [], 1)


def test_what_cannot_be_started_is_not_kept(fake: FakeKubectl) -> None:
    """The first start is the caller's to deal with; closing has nothing to do."""
    fake.dies("error: no")
    kept = KeptPortForward(PortForward(fake.spec(), run_id=RUN))
    with pytest.raises(AwaitedGoneError, match=kept.name):
        kept.start()
    kept.close()
    assert len(fake.calls()) == 1
