"""Files that somebody hands in: read with the place of everything in them, mistakes told all at once."""
