"""What could not be looked for matters where a run makes such objects, whether a type or a whole group is dark."""

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.existing.unlistable_types import refuse_unlistable, unseen_made


@pytest.mark.parametrize(
    "one",
    ["secrets", "deployments.apps", "/api/v1", "/apis/apps/v1", "/apis/monitoring.coreos.com/v1alpha1"],
)
def test_what_a_run_makes_matters(one: str) -> None:
    """A type that may not be listed, or a group that does not tell its types."""
    assert unseen_made({one, "challenges.acme.example", "/apis/metrics.k8s.io/v1beta1"}) == (one,)
    with pytest.raises(CouldNotTellError, match="cannot be told") as told:
        refuse_unlistable({one})
    assert one in told.value.why


@pytest.mark.parametrize(
    "one", ["challenges.acme.example", "prometheuses.monitoring.coreos.com", "/apis/apps.example/v1"]
)
def test_the_rest_does_not(one: str) -> None:
    """A run has made none of it, and a name that only begins alike is another's."""
    assert unseen_made({one}) == ()
    refuse_unlistable({one})
