"""A cluster that is somebody's: entered only where it was allowed, and left as it was found."""
