"""Finding a promise about an alert in a contract, by the name that somebody gave."""

from harness.core.contract.model import AlertPromise, Contract
from harness.core.errors import MisuseError
from harness.core.files.mistakes import suggestion


def promised(contract: Contract, alert: str) -> AlertPromise:
    """What a contract promises about an alert.

    Raises:
        MisuseError: it has no alert of this name; says which it has, and the closest of them.
    """
    names = [promise.name for promise in contract.alerts]
    found = next((promise for promise in contract.alerts if promise.name == alert), None)
    if found is None:
        several = [repr(promise.name) for promise in contract.alerts if promise.alert == alert]
        raise MisuseError(
            f"no alert {alert} is promised",
            why=f"{contract.source} has {', '.join(names) or 'none'}",
            fix=f"name a promise about it: {' or '.join(several)}" if several else suggestion(alert, names),
        )
    return found
