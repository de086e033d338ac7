"""What is refused of the subject's objects is a finding with the reason, and ends no bring-up."""

from harness.core.operator.translation import MONITOR
from harness.home import DEFAULT_SUBJECT
from harness.stacks.applying import RefusedError
from harness.stacks.refusals import Refusals
from harness.subject_reader import read_subject


def _refuse() -> None:
    raise RefusedError("it is not taken", why="no such field", fix="-")


def test_what_the_api_server_refuses_is_kept_with_its_reason() -> None:
    """Of the manifests as of a single object; what it takes leaves nothing."""
    refusals = Refusals(read_subject(DEFAULT_SUBJECT)[0])
    refusals.offer_manifests(lambda: None)
    refusals.offer({"kind": MONITOR}, lambda: None)
    assert (refusals.manifests, refusals.by_kind) == ("", {})
    refusals.offer_manifests(_refuse)
    refusals.offer({"kind": MONITOR}, _refuse)
    assert (refusals.manifests, refusals.by_kind[MONITOR].why) == ("no such field", "no such field")
