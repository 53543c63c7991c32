"""A person's whole profile as it was, or as we believed it was, at any moment."""
