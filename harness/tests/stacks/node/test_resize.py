"""In-place resize."""

import pytest

from harness.stacks.embedded.cgroups import Limits
from harness.stacks.embedded.node.pod import Resources
from harness.stacks.embedded.node.resize import pod_limits, refusal, restarts


def _resources(*, memory: str = "", cpu: str = "") -> Resources:
    return Resources(limits=tuple((name, value) for name, value in (("cpu", cpu), ("memory", memory)) if value))


@pytest.mark.parametrize(
    ("before", "wanted", "used_mib", "refused"),
    [
        ("64Mi", "32Mi", 40, True),
        ("64Mi", "48Mi", 40, False),
        ("64Mi", "128Mi", 60, False),
        ("", "32Mi", 40, True),
        ("64Mi", "", 60, False),
    ],
)
def test_a_limit_below_use_is_refused(before: str, wanted: str, used_mib: int, refused: bool) -> None:
    """The kubelet waits until use falls, instead of letting the kernel kill."""
    why = refusal(_resources(memory=before), _resources(memory=wanted), used_bytes=used_mib << 20)
    assert bool(why) is refused


def test_a_restart_is_asked_for_by_the_changed_resource_only() -> None:
    """ResizePolicy is per resource."""
    before, wanted = _resources(memory="64Mi", cpu="1"), _resources(memory="32Mi", cpu="1000m")
    assert restarts(before, wanted, restart_on=frozenset({"memory"}))
    assert not restarts(before, wanted, restart_on=frozenset({"cpu"}))
    assert not restarts(before, before, restart_on=frozenset({"cpu", "memory"}))


def test_a_pods_limit_is_a_sum_where_every_container_has_one() -> None:
    """One container without a limit leaves the pod without."""
    limited, free = _resources(memory="64Mi", cpu="200m"), _resources(cpu="300m")
    assert pod_limits((limited, limited)).memory_bytes == 128 << 20
    assert pod_limits((limited, free)) == Limits(cpu_limit_millicores=500, cpu_request_millicores=0)
