"""Stacks: a running cluster with monitoring, and what starts and removes one."""
