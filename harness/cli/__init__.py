"""The `harness` command: what pytest is not for."""
