"""The register of organisations, and the pages on which administrators look after their own."""

from app.organisations import changing, contacts, deputies, grades, policies, providers, register, testing
from app.organisations.blueprint import blueprint

__all__ = [
    "blueprint",
    "changing",
    "contacts",
    "deputies",
    "grades",
    "policies",
    "providers",
    "register",
    "testing",
]
