"""Faults: damage done to a subject through the Kubernetes API, and its undoing. Nothing here looks at an alert."""
