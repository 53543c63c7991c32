"""The pages on which apps, their agreements and their rules are looked at."""
