"""What a bundle does at levels that nobody can set on a cluster to 1 %: healthy series, driven in virtual time."""
