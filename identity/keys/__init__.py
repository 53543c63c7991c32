"""Signing keys: at rest, in use, published and rotated; tokens signed and verified with them."""
