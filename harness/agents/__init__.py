"""Agents: the harness's own pods on a stack, which stand where a fault or a destination of alerts is to be."""
