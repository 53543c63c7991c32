"""Test data, one file a noun."""
