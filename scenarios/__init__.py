"""Scenarios: one file per alert, one for the recording rules, one for what must be in force."""
