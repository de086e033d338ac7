"""Proves that a controller's alerts, recording rules and dashboard do what their documentation promises."""
