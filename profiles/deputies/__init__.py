"""Officers who are away name who stands in for them."""
