"""Demonstrating proof of possession: tokens that are good with their owner's key alone (RFC 9449)."""
