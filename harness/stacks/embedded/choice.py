"""The choice of the embedded stack, with its one option."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.contract.subject import Subject
from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.rules.speed import Speed
from harness.stacks.base import Capability, Stack
from harness.stacks.embedded.facts import NO_GRAFANA
from harness.stacks.embedded.plan import check_subject
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.scrape_profile import EMBEDDED, StackTraits
from harness.stacks.sweep import Sweep
from harness.toolchain import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedChoice:
    """`--stack embedded`."""

    #: the one whose monitoring this stack is to have
    installation: Installation = Installation.CHART

    @property
    def traits(self) -> StackTraits:
        """Those of the embedded stack."""
        return EMBEDDED

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """Nobody shows a dashboard."""
        return {Capability.GRAFANA: NO_GRAFANA}

    def check(self, subject: Subject, speed: Speed) -> Chart:
        """Chart values, rules, and the programs that stand for images."""
        return check_subject(subject, speed, self.installation)

    def stack(self, subject: Subject, speed: Speed, progress: Progress, sweep: Sweep) -> Stack:
        """Processes on this machine."""
        return EmbeddedStack(subject, speed, progress, sweep, installation=self.installation)
