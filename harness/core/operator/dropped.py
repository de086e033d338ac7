"""Which rule of a scrape configuration keeps a metric from being stored: a default of an installation, mostly.

kube-prometheus-stack drops much of what cAdvisor tells, `container_spec_.*` and
`container_cpu_cfs_throttled_seconds_total` among it: a rule that reads them is silent on a default installation.
https://github.com/prometheus-community/helm-charts/blob/kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack/values.yaml
"""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError


class _Relabel(BaseModel):
    model_config = ConfigDict(extra="ignore")

    action: str = "replace"
    source_labels: tuple[str, ...] = ()
    #: Prometheus shows it as text
    regex: str = "(.*)"


class _Job(BaseModel):
    model_config = ConfigDict(extra="ignore")

    job_name: str
    metric_relabel_configs: tuple[_Relabel, ...] = ()


class _Config(BaseModel):
    model_config = ConfigDict(extra="ignore")

    scrape_configs: tuple[_Job, ...] = Field(default=())


def drop_rule(metric: str, config: str) -> str:
    """The rule that drops a metric by its name alone, in words; empty if none does, or the text cannot be read.

    Args:
        metric: its name.
        config: Prometheus's configuration in force, YAML text.
    """
    try:
        found = _Config.model_validate(YAML(typ="safe", pure=True).load(config) or {})
    except (YAMLError, ValidationError):
        return ""
    return next(_dropping(metric, found), "")


def _dropping(metric: str, config: _Config) -> Iterator[str]:
    for job in config.scrape_configs:
        for rule in job.metric_relabel_configs:
            if rule.action == "drop" and rule.source_labels == ("__name__",) and _fits(rule.regex, metric):
                yield f"job {job.job_name} drops it (metric_relabel_configs, drop: {rule.regex})"


def _fits(regex: str, metric: str) -> bool:
    try:
        return re.fullmatch(regex, metric) is not None
    except re.error:
        return False  # it is RE2's, and none of Python's
