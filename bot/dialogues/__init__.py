"""One file an errand: what a citizen comes for and how it is talked through."""
