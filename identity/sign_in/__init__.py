"""Signing in: passwords, one-time links, throttling, and the pages for them."""
