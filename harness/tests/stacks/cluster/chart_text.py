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
  image: "quay.io/alertmanager:v0.31.1"
  version: v0.31.1
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
#: the chart's Grafana is another chart inside it, with labels of its own
GRAFANA = """---
apiVersion: v1
kind: Service
metadata:
  name: kps-grafana-headless
  labels: {app.kubernetes.io/name: grafana}
spec:
  clusterIP: None
  ports:
    - {name: gossip-tcp, port: 9094}
---
apiVersion: v1
kind: Service
metadata:
  name: kps-kube-state-metrics
  labels: {app.kubernetes.io/name: kube-state-metrics}
spec:
  ports:
    - {name: http, port: 8080}
---
apiVersion: v1
kind: Service
metadata:
  name: kps-grafana
  labels: {app.kubernetes.io/name: grafana}
spec:
  type: ClusterIP
  ports:
    - {name: http-web, port: 80, protocol: TCP, targetPort: grafana}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: kps-grafana
  labels: {app.kubernetes.io/name: grafana}
spec:
  template:
    spec:
      containers:
        - {name: grafana-sc-dashboard, image: "quay.io/k8s-sidecar:1.30.10"}
        - {name: grafana, image: "docker.io/grafana:12.2.0"}
"""
CHART = OPERATOR + PROMETHEUS + ALERTMANAGER + HOOK + DASHBOARD
