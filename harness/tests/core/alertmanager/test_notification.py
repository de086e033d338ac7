"""Notifications: deliveries put together again into the calls they came in."""

from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.notification import notifications


def delivery(fingerprint: str, **changes: object) -> Delivery:
    """One alert of a call at second 10 about the group g."""
    fields: dict[str, object] = {
        "receiver": "team",
        "status": "firing",
        "labels": {"alertname": "A"},
        "annotations": {},
        "starts_at_s": 1.0,
        "ends_at_s": None,
        "received_at_s": 10.0,
        "group_key": "g",
        "fingerprint": fingerprint,
        "group_labels": {"alertname": "A"},
    }
    return Delivery(**{**fields, **changes})  # type: ignore[arg-type]  # a test's shorthand


def test_one_call_is_one_notification() -> None:
    """Receiver, group and instant make a call; what it says of each alert stays apart."""
    found = notifications(
        [
            delivery("b", received_at_s=15.0),
            delivery("a"),
            delivery("b", status="resolved", truncated=2),
            delivery("c", receiver="others"),
            delivery("d", group_key="h"),
        ],
        "team",
    )
    assert [(one.received_at_s, one.group_key) for one in found] == [(10, "g"), (10, "h"), (15, "g")]
    assert (found[0].firing, found[0].resolved) == (frozenset("a"), frozenset("b"))
    assert (found[0].truncated, found[1].truncated) == (True, False)
    assert (found[0].receiver, found[0].group_labels) == ("team", {"alertname": "A"})
