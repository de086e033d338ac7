"""The cleanup: monitoring that outlives a run acts for a while on what was deleted, and is waited for.

At a speed that while is longer than a `for`. A controller that went meanwhile would be found down by its own rules; an
alert whose route went first would go to whomever the cluster's own route tells; and the next run of the same subject
would take the former rules for its own, at their speed, and the former route, which leads to a receiver that is gone.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.operator.reading import Custom
from harness.core.operator.translation import RULE
from harness.stacks.existing.connection import ALERTMANAGER, PROMETHEUS, ClusterAccess, Reach, monitoring_url
from harness.stacks.existing.discovery import AnyFound, each_replica
from harness.stacks.existing.wait_for_unload import Look, alerts_of, in_alertmanager, in_prometheus, wait_until_gone
from harness.toolchain import Progress

#: looks at one of both, at this URL
_LookAt = Callable[[str], Look]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleanup:
    """Prometheus and Alertmanager of a cluster that lives on, at the end of one run (see `removal.Monitoring`).

    Whoever does not let go is told, with what may come of it, and keeps nobody.
    """

    #: opens the door through which they are asked
    enter: Callable[[], AbstractContextManager[ClusterAccess]]
    #: `PROMETHEUS` and `ALERTMANAGER`, if it is known where; what was given by URL is one, whoever answers there
    where: Mapping[str, AnyFound]
    #: of the run that they have taken up
    objects: Iterable[Custom]
    progress: Progress
    reach: Reach = monitoring_url

    def wait_for_rules(self) -> None:
        """Returns once no replica of Prometheus has the rules any more.

        Raises:
            HarnessError: one still has, or is not monitoring_url.
        """
        problems = self._problems(PROMETHEUS, self._rules, "the rules")
        if problems:
            raise problems[0]

    def without_rules(self) -> None:
        """Returns once no replica of Prometheus has the rules any more."""
        self._tell(
            "rules out of force", "the rules", "they may still find the controller down", {PROMETHEUS: self._rules}
        )

    def without_alerts(self) -> None:
        """Returns once Alertmanager routes no alert of theirs any more, in none of its replicas."""
        self._tell(
            "alerts ended",
            "alerts of the deleted rules",
            "the cluster's own receivers may be told of them",
            {ALERTMANAGER: self._alerts},
        )

    def without_anything(self) -> None:
        """Returns once neither has anything of the run's, in none of its replicas."""
        self._tell(
            "monitoring without the run",
            "what was deleted",
            "the next run has to wait for it",
            {
                PROMETHEUS: lambda url: partial(in_prometheus, url, self.objects),
                ALERTMANAGER: lambda url: partial(in_alertmanager, url, self.objects),
            },
        )

    def _rules(self, url: str) -> Look:
        return partial(in_prometheus, url, [one for one in self.objects if one.kind == RULE])

    def _alerts(self, url: str) -> Look:
        return alerts_of(url, self.objects)

    def _tell(self, title: str, what_goes: str, consequence: str, looks: Mapping[str, _LookAt]) -> None:
        asked = {what: look for what, look in looks.items() if what in self.where}
        if not asked:
            return
        with self.progress.step(title):
            problems = [one for what, look in asked.items() for one in self._problems(what, look, what_goes)]
        for error in problems:
            self.progress.say(f"{error.what}: {error.why}; {consequence}")

    def _problems(self, what: str, look: _LookAt, what_goes: str) -> list[HarnessError]:
        """Asks each replica of one of both until it has let go. What went wrong."""
        problems: list[HarnessError] = []
        try:
            with self.enter() as near:
                for one in each_replica(self.where[what]):
                    try:
                        with self.reach(near, what, one) as url:
                            wait_until_gone(f"{what.capitalize()} without {what_goes}", look(url))
                    except CouldNotTellError as error:
                        problems.append(error)
        except HarnessError as error:
            problems.append(error)
        return problems
