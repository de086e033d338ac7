"""What stacks on a real cluster share: the kind cluster of a run and a cluster that is there already."""
