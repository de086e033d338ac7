"""Questions put to what was recorded: without a cluster, and with Prometheus as the only one who evaluates PromQL."""
