"""A dashboard: as its file has it, and its panels ready to be asked."""
