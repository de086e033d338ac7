"""Scenarios: one file per alert, what must not page, recording rules, what must be in force; and `matrix.yaml`."""
