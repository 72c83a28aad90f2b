"""Readers of the public files from which the reference file is built, as their publishers publish them. Never in a worker."""
