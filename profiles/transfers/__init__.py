"""Permanent moves between organisations."""
