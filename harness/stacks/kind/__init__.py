"""A kind cluster: Kubernetes in containers of Docker's, by pytest-kind, with the images that a run brings along.

What is made here is one cluster per run, named after it. kind's network (`kind`) stays when a cluster goes: it is
everybody's who uses kind on that machine, and a network per cluster is what kind itself calls unsupported ("Here be
dragons", `KIND_EXPERIMENTAL_DOCKER_NETWORK`), while clusters that start at once on the shared one are provided for
(https://github.com/kubernetes-sigs/kind/blob/v0.33.0/pkg/cluster/internal/providers/docker/network.go).
"""
