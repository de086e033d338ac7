"""A name that is missing is found on the page, with the likeliest that are there; what may still come is not final."""

from collections.abc import Mapping

import pytest

from harness.core.contract.lacking import Lack, lack_of
from harness.core.contract.quantity import Quantity
from harness.core.exposition import parse_page

_PAGE = parse_page(
    'workqueue_depth{name="secret"} 1\nworkqueue_depth{name="configmap"} 0\n'
    'controller_runtime_reconcile_total{controller="secret",result="success"} 5\nleader_election_status 1\n',
    at_s=1.0,
    source="p",
)


def _lack(quantity: Quantity, **instance: str) -> Lack | None:
    return lack_of(quantity, instance, [_PAGE])


@pytest.mark.parametrize(
    ("quantity", "instance"),
    [
        pytest.param(Quantity.QUEUE_DEPTH, {"name": "secret"}, id="queue"),
        pytest.param(Quantity.QUEUE_DEPTH, {}, id="any queue"),
        pytest.param(Quantity.FAILED_RECONCILES, {"controller": "secret"}, id="controller"),
        pytest.param(Quantity.FAILED_RECONCILES_OVERALL, {"controller": "other"}, id="all controllers"),
        pytest.param(Quantity.MEMORY_USE, {"container": "c"}, id="from another page"),
    ],
)
def test_what_is_there_is_not_missing(quantity: Quantity, instance: Mapping[str, str]) -> None:
    """By the label that tells one queue from another."""
    assert lack_of(quantity, instance, [_PAGE]) is None


def test_a_queue_of_another_name_is_missing_for_good() -> None:
    """Queues are there from the controller's start on."""
    lack = _lack(Quantity.QUEUE_DEPTH, name="secrets-controller")
    assert lack is not None
    assert lack.what == 'the controller\'s page has no workqueue_depth{name="secrets-controller"}'
    assert lack.why == "the values of name there, the likeliest first: secret, configmap"
    assert "sources.queues" in lack.fix
    assert lack.final


def test_a_counter_may_still_begin() -> None:
    """With the first reconcile of its controller, or of any."""
    lack = _lack(Quantity.FAILED_RECONCILES, controller="configmap")
    assert lack is not None
    assert not lack.final
    lack = _lack(Quantity.LEADING_REPLICAS)
    assert lack is not None
    assert lack.what == "the controller's page has no leader_election_master_status"
    assert lack.why.startswith("of the metrics that are there, the likeliest: leader_election_status, ")
    assert not lack.final


def test_where_nobody_answers_nothing_is_missing() -> None:
    """A controller that is down lacks nothing that is known."""
    assert lack_of(Quantity.QUEUE_DEPTH, {"name": "x"}, []) is None
