"""The inbox of development: mail that nobody sends anywhere."""
