"""A scene: one scenario on a running stack. Acts and gathers evidence; the judge is elsewhere."""
