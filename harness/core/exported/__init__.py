"""A contract's promises as files for `promtool test rules`, for whoever does not have this harness."""
