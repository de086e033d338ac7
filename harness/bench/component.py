"""Which component of a stack a process is, told by its command line."""

import sys
from collections.abc import Sequence
from pathlib import PurePath

from harness.core.contract.subject import Subject

_PROGRAMS = frozenset(
    {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "prometheus", "alertmanager"}
)
_MODULES = {
    "harness.stacks.embedded.agent": "node and operator",
    "harness.agents.webhook": "fault webhook",
    "harness.agents.receiver.server": "receiver",
}
#: the subject's own processes
CONTROLLER = "controller"
PROMETHEUS = "prometheus"


def component_of(argv: Sequence[str], subject: Subject, *, python: str = sys.executable) -> str:
    """The component's name; a process that is none of them goes by its program's name with `other: ` before it."""
    for image in subject.images:
        command = image.command_for(python)
        if tuple(argv[: len(command)]) == command:
            return CONTROLLER
    program = PurePath(argv[0]).name if argv else "unnamed"
    if program in _PROGRAMS:
        return program
    module = argv[2] if tuple(argv[1:2]) == ("-m",) and len(argv) > 2 else ""  # noqa: PLR2004 - python -m MODULE
    return _MODULES.get(module, f"other: {module or program}")
