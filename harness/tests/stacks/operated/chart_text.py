"""A chart's objects as `helm template` prints them: few, and one of each sort."""

OPERATOR = """---
# Source: kube-prometheus-stack/templates/prometheus-operator/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: kps-operator
spec:
  template:
    spec:
      initContainers:
        - {name: first, image: "registry/first:1"}
      containers:
        - name: operator
          image: "quay.io/operator:v0.85.0"
          args:
            - --prometheus-config-reloader=quay.io/reloader:v0.85.0
            - --thanos-default-base-image=quay.io/thanos:v0.39.2
"""
PROMETHEUS = """---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata:
  name: kps-prometheus
spec:
  image: "quay.io/prometheus:v3.6.0"
  scrapeInterval: 1s
  evaluationInterval: 2s
  rules: {alert: {resendDelay: 3s}}
"""
ALERTMANAGER = """---
apiVersion: monitoring.coreos.com/v1
kind: Alertmanager
metadata:
  name: kps-alertmanager
spec:
  image: "quay.io/alertmanager:v0.28.1"
"""
HOOK = """---
apiVersion: batch/v1
kind: Job
metadata:
  name: kps-admission-create
  annotations: {helm.sh/hook: "pre-install,pre-upgrade"}
spec:
  template:
    spec:
      containers:
        - {name: create, image: "registry/certgen:v1"}
        - {name: again, image: "quay.io/operator:v0.85.0"}
"""
DASHBOARD = """---
apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard
data:
  image: "no/image:1"
"""
CHART = OPERATOR + PROMETHEUS + ALERTMANAGER + HOOK + DASHBOARD
