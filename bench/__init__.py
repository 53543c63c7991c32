"""Measures the main jobs on this machine: ``python -m bench`` (``--full`` takes longer)."""
