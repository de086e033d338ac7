"""The operator's thin shell: watches custom resources, writes what `harness.core.operator` makes of them, reloads.

A process of its own, `python -m harness.stacks.embedded.operator CONFIG.json`, started by whoever brings the embedded
stack up.
"""
