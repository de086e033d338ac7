"""The command line's options, read and checked. Light: bad input is refused before anything heavy is imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.core.contract import Contract
from harness.core.rule import RuleGroup
from harness.core.rules import parse_rules
from harness.core.speed import Speed, honest_speeds
from harness.core.subject import Subject
from harness.stacks.choice import StackChoice
from harness.stacks.embedded.choice import EmbeddedChoice
from harness.stacks.kind.choice import KindChoice
from harness.stacks.kind.cluster import NODE_IMAGE, KindOptions
from harness.stacks.rhythm import KIND, StackTraits, traits_of
from harness.subject_reader import read_subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    #: where to run
    choice: StackChoice
    speed: Speed
    #: alert -> the highest speed at which it works there; of those that read figures which are not new at each scrape
    limits: Mapping[str, Speed]
    subject: Subject
    #: its rules, as documented
    groups: tuple[RuleGroup, ...]
    contract: Contract
    results: Path
    keep: bool
    hold: bool

    @property
    def traits(self) -> StackTraits:
        """Of the kind of stack."""
        return self.choice.traits


def read_options(config: pytest.Config) -> Options:
    """Reads and checks the options and the files they name; starts nothing.

    Raises:
        MisuseError: an option, the subject, its contract or its rules cannot be used.
    """
    path = config.getoption("--subject") or config.rootpath / "monitoring" / "subject.yaml"
    choice, asked = _choice(config), config.getoption("--speed")
    traits = choice.traits
    speed = traits.default_speed if asked is None else Speed.parse(asked)
    subject, contract = read_subject(Path(path))
    settings = choice.check(subject, speed).prometheus
    rhythm = traits.rhythm(scrape_interval=settings.scrape_interval, evaluation_interval=settings.evaluation_interval)
    rules = Path(subject.files.rules)
    groups = parse_rules(rules.read_text(encoding="utf-8"), str(rules)).groups
    return Options(
        choice=choice,
        speed=speed,
        limits=honest_speeds(groups, rhythm),
        subject=subject,
        groups=groups,
        contract=contract,
        results=Path(config.getoption("--results")),
        keep=config.getoption("--keep-stack"),
        hold=config.getoption("--hold"),
    )


def _choice(config: pytest.Config) -> StackChoice:
    """The stack that is asked for, with the options that belong to it and no others."""
    if traits_of(config.getoption("--stack")) is not KIND:
        return EmbeddedChoice()
    programs = {name: config.getoption(name) for name in ("--kind-bin", "--kind-kubectl-bin")}
    kind, kubectl = (None if path is None else Path(path) for path in programs.values())
    name = config.getoption("--cluster-name")
    return KindChoice(
        cluster=KindOptions(
            kind=kind,
            kubectl=kubectl,
            image=config.getoption("--kind-image") or NODE_IMAGE,
            # pytest-kind's default is one name for all, and several clusters are to stand side by side
            name=None if name == "pytest-kind" else name,
        ),
        base=config.getoption("--base-image"),
    )
