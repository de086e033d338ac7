"""What waits in the controller's queues, for whoever fills them: on the replica where it is most, as its page says."""

from typing import cast

import pytest

from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page, parse_page
from harness.core.throughput import WORKERS_METRIC
from harness.witness.pods import ControllerPods
from harness.witness.queue_pages import QueuePages

_SPLIT = """
workqueue_depth{name="parcel",priority="0"} 3
workqueue_depth{name="parcel",priority="-100"} 4
workqueue_depth{name="other"} 90
"""


class _Pods:
    """Answers with these pages."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.closed = 0

    def answered(self) -> tuple[Page, ...]:
        return tuple(parse_page(text, at_s=1.0, source="a:1") for text in self.texts)

    def close(self) -> None:
        self.closed += 1


def _pages(*made: _Pods) -> QueuePages:
    left = list(made)
    return QueuePages(lambda: cast("ControllerPods", left.pop(0)))


def test_a_queue_is_as_full_as_on_the_fullest_replica() -> None:
    """One that is split by priority is summed, other queues do not count."""
    pods = _Pods('workqueue_depth{name="parcel"} 5\n', _SPLIT)
    pages = _pages(pods)
    assert (pages.waiting("parcel"), pages.waiting("other")) == (7.0, 90.0)
    pages.close()
    pages.close()
    assert pods.closed == 1, "one way for one thread"


def test_a_queue_that_no_page_has_is_no_empty_queue() -> None:
    """Nobody knows what waits there."""
    with pytest.raises(CouldNotTellError, match="what waits in queue parcel is not known"):
        _pages(_Pods("up 1\n")).waiting("parcel")


@pytest.mark.parametrize(
    ("page", "workers"),
    [
        ('controller_runtime_max_concurrent_reconciles{controller="a"} 5\n', 5.0),
        (f'{WORKERS_METRIC}{{controller="a"}} 5\n{WORKERS_METRIC}{{controller="b"}} 1\n', 1.0),
        ("up 1\n", None),
    ],
    ids=["one", "the fewest", "not told"],
)
def test_how_many_a_controller_runs_at_once(page: str, workers: float | None) -> None:
    """As its own page says; a page that does not say leaves it open."""
    assert _pages(_Pods(page)).workers() == workers
