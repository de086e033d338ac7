"""Witnesses: observations past Prometheus that a fault took effect, and how strongly. No witness, no verdict."""
