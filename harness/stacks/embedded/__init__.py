"""The embedded stack: a real control plane, a node that runs pods as processes, Prometheus and Alertmanager."""
