"""Retention where profiles and signing in come together: all that is kept, and the words for it."""
