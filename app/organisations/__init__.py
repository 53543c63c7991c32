"""The register of organisations, and the pages on which officers keep what is their own organisation's."""

from app.organisations import (
    changing,
    changing_pay_scales,
    confirming_roles,
    contacts,
    deputies,
    ending_roles,
    giving_roles,
    grades,
    handing_over,
    officers,
    pay_scales,
    policies,
    providers,
    register,
    succeeding,
    suspended,
    testing,
)
from app.organisations.blueprint import blueprint

__all__ = [
    "blueprint",
    "changing",
    "changing_pay_scales",
    "confirming_roles",
    "contacts",
    "deputies",
    "ending_roles",
    "giving_roles",
    "grades",
    "handing_over",
    "officers",
    "pay_scales",
    "policies",
    "providers",
    "register",
    "succeeding",
    "suspended",
    "testing",
]
