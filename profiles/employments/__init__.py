"""Employments and the postings held under them."""
