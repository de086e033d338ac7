"""The command line is read as documented, and misuse is told at once."""

import subprocess
import sys

import pytest

from controller.errors import MisuseError
from controller.flags import parse
from controller.http import Address


def test_defaults_are_controller_runtimes() -> None:
    """Without flags: ports 8080 and 8081 on all addresses, 5 workers, 15/10/2 s."""
    flags = parse([], {})
    assert (flags.metrics, flags.probes) == (Address(host="", port=8080), Address(host="", port=8081))
    assert (flags.worker_threads, flags.leader_elect, flags.lease_namespace) == (5, True, "kubemirror-system")
    assert (flags.times.lease_s, flags.times.renew_deadline_s, flags.times.retry_s) == (15, 10, 2)


def test_flags_are_read() -> None:
    """Each flag changes what it is about; the last of two wins."""
    flags = parse(
        [
            *("--metrics-bind-address=:1", "--metrics-bind-address=127.18.0.4:8080", "--leader-elect=false"),
            *("--health-probe-bind-address", "[::1]:9", "--worker-threads=10", "--lease-duration=1m30s"),
            *("--retry-period=500ms", "--leader-election-namespace=x", "--kubeconfig=k", "--log-level=debug"),
        ],
        {},
    )
    assert (flags.metrics, flags.probes) == (Address(host="127.18.0.4", port=8080), Address(host="::1", port=9))
    assert (flags.worker_threads, flags.leader_elect, flags.times.lease_s, flags.times.retry_s) == (10, False, 90, 0.5)
    assert (flags.lease_namespace, flags.kubeconfig, flags.log_level) == ("x", "k", "debug")


def test_own_namespace_comes_from_the_pod() -> None:
    """The lease is in the pod's namespace."""
    assert parse([], {"POD_NAMESPACE": "here"}).lease_namespace == "here"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--nonsense"], "--nonsense", id="unknown flag"),
        pytest.param(["--worker-threads=0"], "from 1 to 1000", id="no workers"),
        pytest.param(["--worker-threads=x"], "from 1 to 1000", id="no number"),
        pytest.param(["--metrics-bind-address=8080"], "host:port", id="port without colon"),
        pytest.param(["--metrics-bind-address=:70000"], "host:port", id="no port"),
        pytest.param(["--lease-duration=15"], "duration", id="duration without unit"),
        pytest.param(["--leader-elect=maybe"], "neither true nor false", id="no truth"),
        pytest.param(["--lease-duration=5s"], "do not fit", id="lease shorter than the deadline"),
        pytest.param(["--retry-period=9s"], "do not fit", id="no second try before the deadline"),
    ],
)
def test_misuse_is_refused(arguments: list[str], said: str) -> None:
    """A flag that cannot work is named, with a way out."""
    with pytest.raises(MisuseError) as raised:
        parse(arguments, {})
    assert said in str(raised.value)
    assert raised.value.fix


def test_process_exits_with_2_on_misuse() -> None:
    """The command prints what, why and fix, and exits with status 2."""
    ended = subprocess.run(
        [sys.executable, "-m", "controller", "--nonsense"], capture_output=True, text=True, check=False, timeout=30
    )
    assert ended.returncode == 2
    assert "why: unrecognized arguments: --nonsense\n  fix:" in ended.stderr
