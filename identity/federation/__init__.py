"""Signing in through the OpenID providers that departments run already."""
