"""The pages of metrics, as text."""

from types import SimpleNamespace
from typing import cast

from harness.stacks.embedded.cgroups import Figures
from harness.stacks.embedded.node.cadvisor import Used, build_cadvisor_text, cadvisor_text
from harness.stacks.embedded.node.exposition import Exposition
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.pod import Container, Pod, Resources
from harness.stacks.embedded.node.podworker import PodWorker
from harness.stacks.embedded.node.statemetrics import state_metrics_text
from harness.stacks.embedded.node.status import ContainerView, PodView, Running, Terminated, Waiting

_MACHINE = Machine(
    cpu_cores=2,
    memory_bytes=1 << 30,
    architecture="amd64",
    kernel="6.1",
    boot_id="b",
    machine_id="m",
)


def _used(*, quota_us: int | None, limit_bytes: int | None) -> Used:
    return Used(
        container="c",
        id="/x",
        image="web:1",
        name="abc",
        namespace="shop",
        pod="web-1",
        started_at_s=100.5,
        figures=Figures(
            memory_usage_bytes=1000,
            memory_working_set_bytes=750,
            memory_rss_bytes=600,
            memory_cache_bytes=300,
            memory_limit_bytes=limit_bytes,
            oom_kills=2,
            cpu_seconds=1.5,
            cpu_quota_us=quota_us,
            cpu_period_us=100_000,
            cpu_shares=51,
            cfs_periods=10,
            cfs_throttled_periods=4,
            cfs_throttled_seconds=2.5,
        ),
    )


def _values(text: str, **labels: str) -> dict[str, str]:
    wanted = [f'{name}="{value}"' for name, value in labels.items()]
    lines = [line for line in text.splitlines() if not line.startswith("#") and all(one in line for one in wanted)]
    return {line.partition("{")[0]: line.rpartition(" ")[2] for line in lines}


def test_cadvisors_names_labels_and_figures() -> None:
    """Every metric of a limited container; the labels are the kubelet's."""
    text = build_cadvisor_text(_MACHINE, [_used(quota_us=20_000, limit_bytes=2_000)], now_s=200.9)
    assert _values(text, container="c", id="/x", image="web:1", name="abc", namespace="shop", pod="web-1") == {
        "container_memory_working_set_bytes": "750",
        "container_memory_usage_bytes": "1000",
        "container_memory_rss": "600",
        "container_memory_cache": "300",
        "container_oom_events_total": "2",
        "container_spec_memory_limit_bytes": "2000",
        "container_spec_cpu_quota": "20000",
        "container_spec_cpu_period": "100000",
        "container_spec_cpu_shares": "51",
        "container_start_time_seconds": "100.5",
        "container_last_seen": "200",
        "container_cpu_cfs_periods_total": "10",
        "container_cpu_cfs_throttled_periods_total": "4",
        "container_cpu_cfs_throttled_seconds_total": "2.5",
        "container_cpu_usage_seconds_total": "1.5",
    }
    assert 'container_cpu_usage_seconds_total{container="c",cpu="total",' in text
    assert _values(text, machine_id="m") == {"machine_cpu_cores": "2", "machine_memory_bytes": "1073741824"}


def test_periods_are_counted_only_where_a_quota_is_set() -> None:
    """A rule on throttling must see no series for a container without limit, and a memory limit of 0."""
    values = _values(build_cadvisor_text(_MACHINE, [_used(quota_us=None, limit_bytes=None)], now_s=0.0), pod="web-1")
    assert not [name for name in values if "cfs" in name or "quota" in name]
    assert values["container_spec_memory_limit_bytes"] == "0"


def test_a_pod_has_its_own_figures_and_a_sandbox_without_name() -> None:
    """As on a kubelet with containerd: both are there beside the containers, and whoever sums them counts twice."""
    figures = _used(quota_us=20_000, limit_bytes=2_000).figures
    group = SimpleNamespace(id="/pods/p1", figures=lambda: figures)
    pod, view = SimpleNamespace(namespace="shop", name="web-1"), SimpleNamespace(started_at_s=100.5)
    worker = SimpleNamespace(group=group, pod=pod, view=lambda: view, containers=())
    text = cadvisor_text(_MACHINE, [cast("PodWorker", worker)])
    assert _values(text, container="", id="/pods/p1", image="")["container_memory_working_set_bytes"] == "750"
    sandbox = _values(text, container="", image="registry.k8s.io/pause:3.10.1", namespace="shop", pod="web-1")
    assert sandbox["container_memory_working_set_bytes"] == sandbox["container_spec_memory_limit_bytes"] == "0"
    assert not [name for name in sandbox if "cfs" in name]
    gone = SimpleNamespace(group=None, pod=pod, view=lambda: view, containers=())
    assert "web-1" not in cadvisor_text(_MACHINE, [cast("PodWorker", gone)])


def test_samples_of_a_metric_stand_together_under_one_heading() -> None:
    """The format demands it, whatever the order in which samples are added; values are escaped."""
    page = Exposition()
    for pod in ("a", 'b"\\\n'):
        page.add("x", "gauge", "X.", {"pod": pod}, 0.2)
        page.add("y", "counter", "Y.", {}, 1e20)
    assert page.text() == (
        '# HELP x X.\n# TYPE x gauge\nx{pod="a"} 0.2\nx{pod="b\\"\\\\\\n"} 0.2\n'
        "# HELP y Y.\n# TYPE y counter\ny 100000000000000000000\ny 100000000000000000000\n"
    )


def _view(container: ContainerView) -> PodView:
    resources = Resources(requests=(("cpu", "50m"),), limits=(("cpu", "200m"), ("memory", "64Mi")))
    pod = Pod(
        namespace="shop",
        name="web-1",
        uid="u1",
        node_name="n1",
        owner_kind="ReplicaSet",
        owner_name="web",
        containers=(Container(name="c", image="i", resources=resources),),
    )
    return PodView(
        pod=pod,
        pod_ip="198.18.7.10",
        host_ip="127.18.7.1",
        started_at_s=0.0,
        init_containers=(),
        containers=(container,),
    )


def test_kube_state_metrics_labels_and_units() -> None:
    """Limits and requests in cores and bytes, with the labels that joins rely on."""
    running = ContainerView(name="c", image="i", state=Running(started_at_s=1.0), ready=True, restarts=3)
    text = state_metrics_text([_view(running)])
    own = 'namespace="shop",pod="web-1",uid="u1"'
    for line in (
        f'kube_pod_container_resource_limits{{{own},container="c",node="n1",resource="cpu",unit="core"}} 0.2',
        f'kube_pod_container_resource_limits{{{own},container="c",node="n1",resource="memory",unit="byte"}} 67108864',
        f'kube_pod_container_resource_requests{{{own},container="c",node="n1",resource="cpu",unit="core"}} 0.05',
        f'kube_pod_container_status_restarts_total{{{own},container="c"}} 3',
        f'kube_pod_status_phase{{{own},phase="Running"}} 1',
        f'kube_pod_status_phase{{{own},phase="Pending"}} 0',
        f'kube_pod_status_ready{{{own},condition="true"}} 1',
        f'kube_pod_container_status_running{{{own},container="c"}} 1',
    ):
        assert line in text.splitlines()


def test_a_crash_loop_has_its_reasons() -> None:
    """Why it waits, and how it ended last."""
    ended = Terminated(exit_code=137, reason="OOMKilled", started_at_s=1.0, finished_at_s=2.0)
    looping = ContainerView(name="c", image="i", state=Waiting(reason="CrashLoopBackOff"), last=ended)
    text = state_metrics_text([_view(looping)])
    assert 'kube_pod_container_status_waiting_reason{namespace="shop",pod="web-1",uid="u1",container="c",' in text
    assert 'reason="CrashLoopBackOff"} 1' in text
    assert 'reason="OOMKilled"} 1' in text
