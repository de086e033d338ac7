"""What a rule makes of what its expression gives at each evaluation: Prometheus's own bookkeeping, no PromQL.

The expressions are evaluated by a Prometheus (`harness.offline.replay`); here is the rest of an evaluation, as
https://github.com/prometheus/prometheus/blob/v3.13.5/rules/ has it: alerts and their states, the samples that a rule
writes and how it ends a series, and which rules see what others write. Instants are whole milliseconds, as there.
"""
