"""Judging: from evidence to a verdict on one promise. Pure: what is not handed in is not known."""
