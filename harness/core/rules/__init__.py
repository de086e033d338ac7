"""Rules: read, written, compared, divided by a speed; what of them a run at a speed can show."""
