"""Versions of what processes remember: how each learns at once that another has changed it."""
