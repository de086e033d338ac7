"""/metrics shows the documented metrics, all of them from the start, and nothing else."""

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from controller.kinds import Kind
from controller.metrics import Metrics, Result

#: name as in the text, type, labels
DOCUMENTED = {
    "controller_runtime_reconcile_total": ("counter", {"controller", "result"}),
    "controller_runtime_reconcile_errors_total": ("counter", {"controller"}),
    "controller_runtime_reconcile_time_seconds": ("histogram", {"controller"}),
    "workqueue_depth": ("gauge", {"controller", "name"}),
    "workqueue_adds_total": ("counter", {"controller", "name"}),
    "workqueue_retries_total": ("counter", {"controller", "name"}),
    "leader_election_master_status": ("gauge", {"name"}),
    "go_goroutines": ("gauge", set()),
    "go_memstats_alloc_bytes": ("gauge", set()),
    "process_open_fds": ("gauge", set()),
    "process_cpu_seconds_total": ("counter", set()),
}


def _fresh() -> Metrics:
    metrics = Metrics()
    for kind in Kind:
        metrics.controller(kind.value)
    metrics.leading("kubemirror-controller-leader", is_leader=False)
    return metrics


def test_exactly_the_documented_metrics_with_their_types() -> None:
    """Names and types are the documented ones, before anything has happened."""
    lines = _fresh().text().decode().splitlines()
    types = dict(line.split()[2:4] for line in lines if line.startswith("# TYPE"))
    assert types == {name: kind for name, (kind, _) in DOCUMENTED.items()}


def test_labels_are_the_documented_ones() -> None:
    """Every series has exactly its labels, `le` of buckets aside, and none is a `_created`."""
    for family in text_string_to_metric_families(_fresh().text().decode()):
        for sample in family.samples:
            name = family.name if family.name in DOCUMENTED else f"{family.name}_total"
            assert set(sample.labels) - {"le"} == DOCUMENTED[name][1]
            assert not sample.name.endswith("_created")


def test_every_series_is_there_from_the_start() -> None:
    """Both controllers show every result, both error series and their queue at 0, and the lease as not led."""
    text = _fresh().text().decode()
    for kind in ("secret", "configmap"):
        for result in ("success", "error", "requeue", "requeue_after"):
            assert f'controller_runtime_reconcile_total{{controller="{kind}",result="{result}"}} 0.0' in text
        assert f'controller_runtime_reconcile_errors_total{{controller="{kind}"}} 0.0' in text
        assert f'workqueue_depth{{controller="{kind}",name="{kind}"}} 0.0' in text
    assert 'leader_election_master_status{name="kubemirror-controller-leader"} 0.0' in text


def test_buckets_are_controller_runtimes() -> None:
    """The buckets let a p99 of 5 s be told from 4.5 s and 6 s, and end at 60 s."""
    metrics = _fresh()
    metrics.controller("secret").reconciled(Result.SUCCESS, 5.5)
    text = metrics.text().decode()
    family = next(f for f in text_string_to_metric_families(text) if f.name.endswith("time_seconds"))
    bounds = [s.labels["le"] for s in family.samples if s.labels.get("le") and s.labels["controller"] == "secret"]
    assert len(bounds) == 41
    assert bounds[0] == "0.005"
    assert bounds[-2:] == ["60.0", "+Inf"]
    assert 'time_seconds_bucket{controller="secret",le="5.0"} 0.0' in text
    assert 'time_seconds_bucket{controller="secret",le="6.0"} 1.0' in text


async def test_process_figures_are_plausible() -> None:
    """Memory, descriptors, CPU and activities are read from this very process."""
    metrics = _fresh()
    metrics.process.watch(asyncio.get_running_loop())
    values = {f.name: f.samples[0].value for f in text_string_to_metric_families(metrics.text().decode())}
    assert values["go_goroutines"] >= 2
    assert 10 * 2**20 < values["go_memstats_alloc_bytes"] < 2**32
    assert values["process_open_fds"] >= 3
    assert values["process_cpu_seconds"] > 0
