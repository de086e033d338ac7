"""PromQL as a tree: read it, look at its durations, write it back with other durations; and matchers around data.

Nothing is evaluated here: Prometheus alone evaluates. What is read is what Prometheus reads, no more and no less, with
the place of every mistake. Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

from harness.core.promql.errors import PromQLError
from harness.core.promql.expression import Expression, Stretch, Use
from harness.core.promql.matchers import any_of, equal_to, label_name, matcher, quoted, selector
from harness.core.promql.tree import children
from harness.core.promql.writer import Rewrite

__all__ = [
    "Expression",
    "PromQLError",
    "Rewrite",
    "Stretch",
    "Use",
    "any_of",
    "children",
    "equal_to",
    "label_name",
    "matcher",
    "quoted",
    "selector",
]
