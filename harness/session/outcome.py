"""The outcome of a session: everything it judged as a ledger, and the results of that as they are written."""

from collections.abc import Iterable

from harness.core.rules.unproved import Unproved
from harness.report.ledger import Ledger
from harness.report.schema import Results
from harness.session.findings import Findings
from harness.session.options import Options
from harness.stacks.base import Capability


def ledger_of(options: Options, findings: Findings, unproved: Iterable[Unproved], *, whole: bool) -> Ledger:
    """All judgements so far.

    Args:
        options: as asked for.
        findings: by the scenarios, and of the stacks.
        unproved: what a run at this speed says nothing about.
        whole: whether every scenario was asked for.
    """
    ledger = Ledger(options.contract, stack=options.traits.name, speed=options.speed.factor, whole=whole)
    for note in unproved:
        ledger.add_unproved(note)
    # the scenario that looks at them is not even collected, which nobody sees in what was
    panels, no_grafana = options.contract.panels, options.choice.cannot.get(Capability.GRAFANA)
    if whole and panels and no_grafana:
        ledger.add_left_out(f"{len(panels)} {'panel' if len(panels) == 1 else 'panels'} of the dashboard", no_grafana)
    findings.enter_into(ledger)
    return ledger


def results_of(ledger: Ledger, *, duration_s: float, failed: bool, orderly: bool) -> Results:
    """All that was found, with an exit code that is 0 only if the session came to its own end.

    Args:
        ledger: of the session.
        duration_s: how long that took.
        failed: whether a test failed that no verdict speaks for.
        orderly: whether nothing kept it from running all that it was to run, and from leaving in good order.
    """
    results = ledger.results(duration_s=duration_s)
    if failed:
        return results.model_copy(update={"exit_code": 1})
    return results if orderly or results.exit_code else results.model_copy(update={"exit_code": 3})
