"""A scenario on a running stack: given, inject, expect, recover. Acts and gathers evidence; the judge is elsewhere."""
