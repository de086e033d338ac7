"""Scenarios: one file per alert; what must not page; the recording rules; what must be in force. `matrix.yaml` is theirs."""
