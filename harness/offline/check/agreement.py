"""Agreement: contract, rules, route, monitor, manifests, dashboard and documentation say the same.

Everything that the text alone tells. Whether a rule does what it says is another question, and another module's.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from harness.core.check import CheckFinding
from harness.offline.check.bundle import Bundle
from harness.offline.check.dashboard import dashboard_findings
from harness.offline.check.retention import retention_findings
from harness.offline.check.routing import routing_findings
from harness.offline.check.rule_findings import rule_findings
from harness.offline.check.scraping import scraping_findings
from harness.offline.check.tables import table_findings

#: one question to a bundle
Check: TypeAlias = Callable[[Bundle], Iterable[CheckFinding]]

#: in the order in which they are told
AGREEMENT: Final[tuple[Check, ...]] = (
    rule_findings,
    scraping_findings,
    routing_findings,
    retention_findings,
    dashboard_findings,
    table_findings,
)


def checked(bundle: Bundle, checks: Iterable[Check] = AGREEMENT) -> Iterator[CheckFinding]:
    """The answers of several checks, one after another.

    Raises:
        MisuseError: a file holds what nobody could load.
        CouldNotTellError: a program that has to be asked does not answer.
    """
    for check in checks:
        yield from check(bundle)
