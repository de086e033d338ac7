"""The options of the kinds of stack, as one table: what each is called, which kinds it says something to, its default.

Pytest's options, what is refused beside a kind it says nothing to, the command that reproduces a scenario and `harness
tools` come from here. Light: every session of an environment loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.core.marks import HARNESS_IMAGE

#: as the chart's maintainers publish it
CHART: Final = "oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack"
#: the version whose value names `chart_overrides` writes
CHART_VERSION: Final = "77.14.0"
#: what images are built on
BASE_IMAGE: Final = "python:3.11-slim"
#: pytest-kind's default for --cluster-name: one name for all, and several clusters are to stand side by side
EVERYBODYS_CLUSTER: Final = "pytest-kind"

EMBEDDED, KIND, EXISTING = "embedded", "kind", "existing"
KINDS: Final = (EMBEDDED, KIND, EXISTING)
#: where scenarios run that are not told where
DEFAULT_KIND: Final = EMBEDDED


class Group(StrEnum):
    """What an option is about; by it is said why a kind of stack has no use for it."""

    MONITORING = "monitoring"
    CHART = "chart"
    DOCKER = "docker"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOption:
    """One option."""

    name: str
    group: Group
    #: the kinds it says something to
    kinds: tuple[str, ...]
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    #: what it is where nobody gives it, as pytest has it: None, False or [] where it is then the kind's to say
    default: object = None
    #: what that is then, where the default itself does not say it
    then: str = ""
    #: pytest-kind adds it
    pytest_kinds: bool = False

    @property
    def about(self) -> str:
        """The help, with the kinds and the default."""
        where = "" if DEFAULT_KIND in self.kinds else f"{', '.join(self.kinds)}: "
        return f"{where}{self.help}{f' (default: {self.usually})' if self.usually else ''}"

    @property
    def usually(self) -> str:
        """What it is where nobody gives it, in words."""
        return self.then or (self.default if isinstance(self.default, str) else "")

    @property
    def parsing(self) -> Mapping[str, object]:
        """What argparse is told of it."""
        if self.default is False:
            return {"action": "store_true", "help": self.about}
        more = {"choices": self.choices} if self.choices else {"metavar": self.metavar}
        action = {"action": "append"} if isinstance(self.default, list) else {}
        return {**action, **more, "default": self.default, "help": self.about}


def _chart(name: str, text: str, *, metavar: str | None = None, default: object = None, then: str = "") -> StackOption:
    return StackOption(
        name=name, group=Group.CHART, kinds=(KIND,), help=text, metavar=metavar, default=default, then=then
    )


def _docker(
    name: str, text: str, *, metavar: str | None = None, default: object = None, then: str = "", theirs: bool = True
) -> StackOption:
    return StackOption(
        name=name,
        group=Group.DOCKER,
        kinds=(KIND,),
        help=text,
        metavar=metavar,
        default=default,
        then=then,
        pytest_kinds=theirs,
    )


def _cluster(
    name: str, metavar: str, text: str, *, default: str | None = None, then: str = "", theirs: bool = False
) -> StackOption:
    return StackOption(
        name=name,
        group=Group.CLUSTER,
        kinds=(EXISTING,),
        help=text,
        metavar=metavar,
        default=default,
        then=then,
        pytest_kinds=theirs,
    )


OPTIONS: Final = (
    StackOption(
        name="--monitoring",
        group=Group.MONITORING,
        kinds=(EMBEDDED, KIND),
        help="chart: kube-prometheus-stack (kind: by Helm); operator: the Prometheus Operator with objects of our own,"
        " without kube-state-metrics",
        choices=("chart", "operator"),
        then="chart",
    ),
    _chart("--chart", "the chart: a path, oci://..., or an address", metavar="REF", default=CHART),
    _chart("--chart-version", "of the chart, where it is no path", metavar="VERSION", default=CHART_VERSION),
    _chart("--chart-values", "values laid over all others", metavar="FILE", default=[]),
    _chart("--grafana", "leave the chart's Grafana on", default=False),
    _docker(
        "--base-image",
        "what images are built on, with Python and pip",
        metavar="IMAGE",
        default=BASE_IMAGE,
        theirs=False,
    ),
    _docker("--kind-image", "the node's image", metavar="IMAGE", then="kindest/node:v1.34.4"),
    _docker(
        "--cluster-name", "the cluster's name", metavar="NAME", default=EVERYBODYS_CLUSTER, then="one for each run"
    ),
    _docker("--kind-bin", "the program kind", metavar="FILE", then="the pinned one"),
    _docker("--kind-kubectl-bin", "the program kubectl", metavar="FILE", then="the pinned one"),
    _cluster("--kubeconfig", "FILE", "where the context is", then="as for kubectl", theirs=True),
    _cluster(
        "--context", "NAME", "the kubeconfig's context that leads to the cluster; never the current one by itself"
    ),
    _cluster("--confirm-context", "NAME", "the same name again: faults will be injected there"),
    _cluster("--prometheus", "NS/NAME", "the Prometheus object to use, where several take the subject's rules"),
    _cluster("--prometheus-url", "URL", "a Prometheus that loads the subject's rules, reached from here"),
    _cluster("--alertmanager", "NS/NAME", "the Alertmanager object to use, where several take the subject's route"),
    _cluster("--alertmanager-url", "URL", "an Alertmanager that takes up the subject's route, reached from here"),
    _cluster(
        "--harness-image",
        "IMAGE",
        "the image of the harness's own pods, from where the nodes pull",
        default=HARNESS_IMAGE,
        then=f"{HARNESS_IMAGE}, loaded",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Options that would have no effect, and shall not be passed over without a word."""

    names: tuple[str, ...]
    #: what they do not go with
    beside: str
    why: str
    fix: str


def options_of(kind: str) -> Iterator[StackOption]:
    """Those that say something to a kind of stack."""
    return (option for option in OPTIONS if kind in option.kinds)


def without_effect(kind: str, value_of: Callable[[str], object]) -> Refusal | None:
    """The first options that were given and say nothing to the kind that is asked for; None if all do.

    Args:
        kind: of stack.
        value_of: an option's value, by its name.
    """
    said = [option for option in OPTIONS if value_of(option.name) != option.default]
    idle = [option for option in said if kind not in option.kinds]
    if idle:
        # whoever names a cluster of their own shall above all not be given another one
        group = max((option.group for option in idle), key=[*Group].index)
        names = tuple(option.name for option in idle if option.group is group)
        return Refusal(names=names, beside=f"--stack {kind}", why=_why(kind, group), fix=_fix(kind, group))
    charts = tuple(option.name for option in said if option.group is Group.CHART)
    if charts and value_of("--monitoring") == "operator":
        why = "that installs no chart"
        return Refusal(names=charts, beside="--monitoring operator", why=why, fix="leave one of them out")
    return None


def given(kind: str, value_of: Callable[[str], object]) -> tuple[str, ...]:
    """What a session was given of its kind's options, as words of a command line: no defaults, no other options.

    Args:
        kind: that it runs on.
        value_of: an option's value in the session, by the option's name.
    """
    values = ((option, value_of(option.name)) for option in options_of(kind))
    return tuple(word for one, value in values if value != one.default for word in _words(one.name, value))


def _why(kind: str, group: Group) -> str:
    if kind == EXISTING:
        return "that takes the cluster and the monitoring that are there, and installs none"
    if group is Group.CLUSTER:
        return "that brings a cluster of its own and would pass over the one that is named"
    return "that installs no chart" if group is Group.CHART else "that makes no cluster in Docker"


def _fix(kind: str, group: Group) -> str:
    if kind == EXISTING:
        return "leave it out, or take --stack kind"
    return f"add --stack {EXISTING if group is Group.CLUSTER else KIND}, or leave it out"


def _words(name: str, value: object) -> list[str]:
    if isinstance(value, list):
        return [word for one in value for word in _words(name, one)]
    if value is True:
        return [name]
    # one that begins with a dash would be read as another option
    return [f"{name}={value}"] if str(value).startswith("-") else [name, str(value)]
