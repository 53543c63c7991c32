"""The pages on which administrators of an organisation set up how its people sign in."""

from app.organisations import contacts, deputies, grades, policies, providers, testing
from app.organisations.blueprint import blueprint

__all__ = ["blueprint", "contacts", "deputies", "grades", "policies", "providers", "testing"]
