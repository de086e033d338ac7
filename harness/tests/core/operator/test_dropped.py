"""A metric that a scrape configuration drops by its name is told with the rule that does."""

import pytest

from harness.core.operator.dropped import drop_rule

_CONFIG = """
scrape_configs:
  - job_name: own
  - job_name: chart/kubelet/metrics/cadvisor
    metric_relabel_configs:
      - {source_labels: [__name__], regex: 'container_cpu_(cfs_throttled_seconds_total|load_average_10s)', action: drop}
      - {source_labels: [__name__], regex: 'container_spec.*', action: drop}
      - {source_labels: [id, pod], regex: '.+;', action: drop}
      - {source_labels: [__name__], regex: '(?P>x', action: drop}
"""


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("container_spec_memory_limit_bytes", "drop: container_spec.*)"),
        (
            "container_cpu_cfs_throttled_seconds_total",
            "drop: container_cpu_(cfs_throttled_seconds_total|load_average_10s))",
        ),
    ],
)
def test_the_rule_that_drops_it_is_named_with_its_job(metric: str, told: str) -> None:
    """As it stands in the configuration in force."""
    assert drop_rule(metric, _CONFIG) == (
        f"job chart/kubelet/metrics/cadvisor drops it (metric_relabel_configs, {told}"
    )


@pytest.mark.parametrize("config", [_CONFIG, "", "a: [", "scrape_configs: 5"])
def test_what_nobody_drops_is_not_blamed_on_anybody(config: str) -> None:
    """Nor is a rule about other labels, or a text that cannot be read."""
    assert drop_rule("container_memory_working_set_bytes", config) == ""
