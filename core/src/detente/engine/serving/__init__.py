"""Serve: runs and sweeps when they are due, one at a time, whatever happens to the process."""
