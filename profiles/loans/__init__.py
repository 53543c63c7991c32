"""Loans between organisations, and secondments to or from outside the Civil Service."""
