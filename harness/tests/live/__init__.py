"""Tests that break real runs: they start stacks, take minutes, and are left out unless asked for (`make accidents`)."""
