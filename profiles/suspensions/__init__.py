"""Suspensions: of a person's account by a security officer, and of an organisation by the platform."""
