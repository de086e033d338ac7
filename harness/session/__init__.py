"""A session: one run of pytest, from its options to its results. What one scenario does is `scenario`'s."""
