"""The ways to get tokens, one file each."""
