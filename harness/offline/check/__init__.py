"""`harness check`: what can be said about a bundle without a cluster."""
