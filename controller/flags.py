"""The command line: controller-runtime's usual flags, Go's notation for durations."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from controller.errors import MisuseError
from controller.http import Address
from controller.leader import JITTER_FACTOR, ElectionTimes

#: the Lease that the replicas compete for
LEASE_NAME: Final = "kubemirror-controller-leader"
#: where it is when nothing says otherwise
DEFAULT_NAMESPACE: Final = "kubemirror-system"

_NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_UNITS_S: Final = {"h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION: Final = re.compile(r"(?:(\d+(?:\.\d+)?)(h|ms|m|s))+")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_LEVELS: Final = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line asks for."""

    metrics: Address
    probes: Address
    #: reconciles under way at once, per controller
    worker_threads: int
    leader_elect: bool
    lease_namespace: str
    times: ElectionTimes
    #: how long reconciles under way may take to end after SIGTERM, seconds
    grace_s: float
    #: path; empty: KUBECONFIG, the pod's files, ~/.kube/config
    kubeconfig: str
    log_level: str


class _Parser(argparse.ArgumentParser):
    """Raises instead of printing and exiting, so that every misuse looks alike."""

    def error(self, message: str) -> NoReturn:
        raise MisuseError(
            "the command line cannot be used", why=message, fix="python -m controller --help shows every flag"
        )


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Flags:
    """Reads the command line.

    Raises:
        MisuseError: a flag is unknown or its value cannot work.
        SystemExit: help was asked for.
    """
    found = _parser(environment).parse_args(arguments)
    times = ElectionTimes(
        lease_s=found.lease_duration, renew_deadline_s=found.renew_deadline, retry_s=found.retry_period
    )
    if not (times.lease_s > times.renew_deadline_s > times.retry_s * JITTER_FACTOR > 0) or times.lease_s < 1:
        raise MisuseError(
            "the leader election's durations do not fit together",
            why=f"lease {times.lease_s:g} s, renew deadline {times.renew_deadline_s:g} s, retry {times.retry_s:g} s",
            fix=f"keep --lease-duration > --renew-deadline > {JITTER_FACTOR:g} x --retry-period, lease >= 1s",
        )
    return Flags(
        metrics=found.metrics_bind_address,
        probes=found.health_probe_bind_address,
        worker_threads=found.worker_threads,
        leader_elect=found.leader_elect,
        lease_namespace=found.leader_election_namespace,
        times=times,
        grace_s=found.graceful_shutdown_timeout,
        kubeconfig=found.kubeconfig,
        log_level=found.log_level,
    )


def _parser(environment: Mapping[str, str]) -> _Parser:
    parser = _Parser(prog="python -m controller", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--metrics-bind-address", type=_address, default=":8080", metavar="[HOST]:PORT", help="default %(default)s")
    add(
        "--health-probe-bind-address", type=_address, default=":8081", metavar="[HOST]:PORT", help="default %(default)s"
    )
    add("--worker-threads", type=_count, default=5, metavar="N", help="reconciles at once per controller; default 5")
    add("--leader-elect", type=_truth, nargs="?", const=True, default=True, metavar="BOOL", help="default true")
    add(
        "--leader-election-namespace",
        default=_own_namespace(environment),
        metavar="NAMESPACE",
        help="default: POD_NAMESPACE, the pod's own, kubemirror-system",
    )
    add("--lease-duration", type=_duration, default="15s", metavar="DURATION", help="default %(default)s")
    add("--renew-deadline", type=_duration, default="10s", metavar="DURATION", help="default %(default)s")
    add("--retry-period", type=_duration, default="2s", metavar="DURATION", help="default %(default)s")
    add("--graceful-shutdown-timeout", type=_duration, default="20s", metavar="DURATION", help="default %(default)s")
    add("--kubeconfig", default="", metavar="FILE", help="default: KUBECONFIG, the pod's files, ~/.kube/config")
    add("--log-level", choices=_LEVELS, default="info", help="default %(default)s")
    return parser


def _own_namespace(environment: Mapping[str, str]) -> str:
    if environment.get("POD_NAMESPACE"):
        return environment["POD_NAMESPACE"]
    try:
        return _NAMESPACE_FILE.read_text(encoding="ascii").strip() or DEFAULT_NAMESPACE
    except OSError:
        return DEFAULT_NAMESPACE


def _address(written: str) -> Address:
    try:
        return Address.parse(written)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= 1_000:  # noqa: PLR2004 - beyond it is a typing error
        raise argparse.ArgumentTypeError(f"{written!r} is not a number from 1 to 1000")
    return int(written)


def _truth(written: str) -> bool:
    if written.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"{written!r} is neither true nor false")
    return written.lower() == "true"


def _duration(written: str) -> float:
    if not _DURATION.fullmatch(written):
        raise argparse.ArgumentTypeError(f"{written!r} is not a duration such as 15s, 1m30s or 500ms")
    return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(written))
