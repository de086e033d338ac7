"""The bench: what a stack costs and how fast the subject works on it. `python -m harness.bench`.

Figures are for people to compare, never for a verdict: nothing here decides whether a promise is kept. Where a figure
depends on the machine, its ratio to something measured in the same run stands beside it.
"""
