"""Observation: what Prometheus, Alertmanager, the receiver and the witnesses say."""
