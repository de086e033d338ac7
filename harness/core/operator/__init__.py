"""Prometheus Operator's translation, as a pure function: custom resources in, configuration files out.

Semantics of prometheus-operator v0.85 as deployed by kube-prometheus-stack 77.14: which objects are selected, which are
refused, and what the generated configuration says. `translation` is the entrance. Sources:
https://github.com/prometheus-operator/prometheus-operator/tree/v0.85.0/pkg and
https://github.com/prometheus-community/helm-charts/tree/kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack
"""
