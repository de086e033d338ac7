"""Tests of what people see while a session runs."""
