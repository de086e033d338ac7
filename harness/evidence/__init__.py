"""What gathers for the judge from a window: a live stack, a recording, somebody's history, by the same code."""
