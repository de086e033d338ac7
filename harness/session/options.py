"""The command line's options, read and checked. Light: bad input is refused before anything heavy is imported."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.agents.webhook.plan import LONGEST_DELAY_S
from harness.core.contract.lookup import promised
from harness.core.contract.model import Contract
from harness.core.contract.strength import ChosenStrength, strength_of
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.operator.installation import Installation
from harness.core.rules.file import parse_rules
from harness.core.rules.identity import rules_of, written_rules
from harness.core.rules.model import RuleGroup
from harness.core.rules.speed import ScrapeProfile, Speed, honest_speeds
from harness.core.timeline import AlertState
from harness.home import DEFAULT_SUBJECT
from harness.session.outputs import check_outputs
from harness.stacks.choice import StackChoice
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.embedded.capacity import check_capacity
from harness.stacks.embedded.choice import EmbeddedChoice
from harness.stacks.existing.choice import ExistingChoice, ExistingOptions
from harness.stacks.existing.discovery import Asked
from harness.stacks.existing.examination import AskedMonitoring
from harness.stacks.kind.choice import KindChoice
from harness.stacks.kind.cluster import NODE_IMAGE, KindOptions
from harness.stacks.options import EVERYBODYS_CLUSTER, without_effect
from harness.stacks.run import state_root
from harness.stacks.scrape_profile import EXISTING, KIND, StackTraits, traits_of
from harness.subject_reader import read_subject, read_text
from harness.toolchain.machine import look


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    #: where to run
    choice: StackChoice
    speed: Speed
    #: alert -> the highest speed at which it works there; of those that read figures which are not new at each scrape
    limits: Mapping[str, Speed]
    subject: Subject
    #: alert -> why the Prometheus that is there cannot show it, as far as that is known before the start
    unseen: Mapping[str, str]
    #: its rules, as documented
    groups: tuple[RuleGroup, ...]
    #: how often the stack looks
    profile: ScrapeProfile
    contract: Contract
    results: Path
    #: where recordings go; None for beside the results
    record: Path | None
    keep: bool
    #: at the end
    hold: bool
    #: in the middle of each scenario that makes an alert page; None for not at all
    hold_at: AlertState | None = None
    #: of the fault that makes the alert of `--alert` page; None for each scenario's own
    strength: ChosenStrength | None = None

    @property
    def traits(self) -> StackTraits:
        """Of the kind of stack."""
        return self.choice.traits


#: a look at somebody's cluster is hundreds of requests
_READ = pytest.StashKey[Options]()


def read_options(config: pytest.Config) -> Options:
    """Reads and checks the options and the files they name, once in a session; starts nothing.

    Raises:
        MisuseError: an option, the subject, its contract or its rules cannot be used, or the cluster they lead to.
    """
    if _READ not in config.stash:
        config.stash[_READ] = _read(config)
    return config.stash[_READ]


def _read(config: pytest.Config) -> Options:
    path = config.getoption("--subject") or _default_subject(config.rootpath)
    choice, asked = _choice(config), config.getoption("--speed")
    traits = choice.traits
    speed = traits.default_speed if asked is None else Speed.parse(asked)
    subject, contract = read_subject(Path(path))
    settings = choice.check(subject, speed).prometheus
    profile = traits.profile(
        scrape_interval=settings.scrape_interval,
        evaluation_interval=settings.evaluation_interval,
        lookback=settings.lookback,
        others_interval=settings.others_interval,
    )
    rules, results = Path(subject.files.rules), Path(config.getoption("--results"))
    record = Path(config.getoption("--record")) if config.getoption("--record") else None
    groups = parse_rules(read_text(rules, "the rules"), str(rules)).groups
    rules_of(contract.alerts, written_rules(groups, str(rules)))  # refused here where nobody can say which is meant
    limits = honest_speeds(groups, profile)
    if not hasattr(config, "workerinput"):
        junit = config.getoption("xmlpath", None)
        check_outputs(results, Path(junit) if junit else None, os.environ, record=record)
    return Options(
        choice=choice,
        speed=speed,
        limits={**limits, **{one.name: limits[one.alert] for one in contract.alerts if one.alert in limits}},
        unseen=traits.unseen_before(groups, profile, speed),
        subject=subject,
        groups=groups,
        profile=profile,
        contract=contract,
        results=results,
        record=record,
        keep=config.getoption("--keep-stack"),
        hold=config.getoption("--hold") or config.getoption("--hold-at") == "resolved",
        hold_at=_hold_at(config),
        strength=_strength(config, contract),
    )


def _default_subject(root: Path) -> Path:
    """That of the repository whose scenarios are run, where it has one in the usual place."""
    own = root / "monitoring" / "subject.yaml"
    return own if own.is_file() else DEFAULT_SUBJECT


def _hold_at(config: pytest.Config) -> AlertState | None:
    """Workers have no terminal, and nobody could end their holding."""
    asked = config.getoption("--hold-at")
    given = [name for name in ("--hold", "--hold-at") if config.getoption(name)]
    if given and config.getoption("numprocesses", None):
        raise MisuseError(
            f"{' and '.join(given)} does not go with workers",
            why="they hold nothing: none has the terminal",
            fix="leave -n out",
        )
    return None if asked in {None, "resolved"} else AlertState(asked)


def _strength(config: pytest.Config, contract: Contract) -> ChosenStrength | None:
    """Of one alert: each counts in a unit of its own."""
    text, alert = config.getoption("--strength"), config.getoption("--alert")
    if text is None:
        return None
    if alert is None:
        raise MisuseError(
            f"--strength {text} is that of no alert",
            why="each alert has a quantity and a unit of its own",
            fix="add --alert NAME",
        )
    return strength_of(promised(contract, alert), text, longest_s=LONGEST_DELAY_S)


def _choice(config: pytest.Config) -> StackChoice:
    """The stack that is asked for, with the options that belong to it and no others."""
    traits = traits_of(config.getoption("--stack"))
    idle = without_effect(traits.name, config.getoption)
    if idle is not None:
        raise MisuseError(f"{', '.join(idle.names)} does not go with {idle.beside}", why=idle.why, fix=idle.fix)
    if traits is EXISTING:
        return _existing(config)
    if traits is KIND:
        return _kind(config)
    _check_capacity(config)
    return EmbeddedChoice(installation=_installation(config))


def _check_capacity(config: pytest.Config) -> None:
    """Not in xdist's workers: one that takes another's place comes when memory is in use already.

    `-n auto` is as many as there are processors, which are carried.
    """
    workers = config.getoption("numprocesses", None)
    if isinstance(workers, int) and not config.option.collectonly and not hasattr(config, "workerinput"):
        most = config.getoption("maxprocesses", None)
        check_capacity(min(workers, most) if most else workers, look(state_root()))


def _kind(config: pytest.Config) -> KindChoice:
    programs = {name: config.getoption(name) for name in ("--kind-bin", "--kind-kubectl-bin")}
    kind, kubectl = (None if path is None else Path(path) for path in programs.values())
    name = config.getoption("--cluster-name")
    workers = config.getoption("numprocesses", None)
    if name != EVERYBODYS_CLUSTER and workers not in {None, 0, 1}:
        raise MisuseError(
            f"--cluster-name {name} does not go with {workers} workers",
            why="each makes a cluster of its own, and only one can have this name",
            fix="leave --cluster-name out, each is named after its run; or leave -n out",
        )
    return KindChoice(
        cluster=KindOptions(
            kind=kind,
            kubectl=kubectl,
            image=config.getoption("--kind-image") or NODE_IMAGE,
            name=None if name == EVERYBODYS_CLUSTER else name,
        ),
        base=config.getoption("--base-image"),
        chart=_chart(config),
    )


def _installation(config: pytest.Config) -> Installation:
    return Installation(config.getoption("--monitoring") or Installation.CHART)


def _chart(config: pytest.Config) -> ChartOptions | None:
    """The chart that is asked for; None for the plain installation."""
    if _installation(config) is Installation.OPERATOR:
        return None
    return ChartOptions(
        chart=config.getoption("--chart"),
        version=config.getoption("--chart-version"),
        values=tuple(map(Path, config.getoption("--chart-values"))),
        grafana=config.getoption("--grafana"),
    )


def _existing(config: pytest.Config) -> ExistingChoice:
    workers = config.getoption("numprocesses", None)
    if workers not in {None, 0, 1}:
        raise MisuseError(
            f"--stack existing does not go with {workers} workers",
            why="each would bring the subject up in the same namespace of the same cluster",
            fix="leave -n out",
        )
    kubeconfig = config.getoption("--kubeconfig")
    options = ExistingOptions(
        kubeconfig=Path(kubeconfig) if kubeconfig else None,
        context=config.getoption("--context"),
        confirmation=config.getoption("--confirm-context"),
        monitoring=AskedMonitoring(
            prometheus=Asked(name=config.getoption("--prometheus"), url=config.getoption("--prometheus-url")),
            alertmanager=Asked(name=config.getoption("--alertmanager"), url=config.getoption("--alertmanager-url")),
        ),
        harness_image=config.getoption("--harness-image"),
    )
    return ExistingChoice.of(options, os.environ)
