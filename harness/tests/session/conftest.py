"""The clock of sessions is the one of scenarios."""

from harness.tests.scenario.conftest import clock

__all__ = ["clock"]
