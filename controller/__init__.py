"""The mirror controller: keeps copies of labelled Secrets and ConfigMaps in the namespaces that they name.

kopf watches, a workqueue with controller-runtime's semantics does the work, a Lease decides which replica works, and
the metrics are the documented ones. It knows nothing of whoever tests it.
"""
