"""The register of organisations, and the pages on which officers keep what is their own organisation's."""

from app.organisations import (
    changing,
    changing_pay_scales,
    contacts,
    deputies,
    grades,
    handing_over,
    officers,
    pay_scales,
    policies,
    providers,
    register,
    succeeding,
    testing,
)
from app.organisations.blueprint import blueprint

__all__ = [
    "blueprint",
    "changing",
    "changing_pay_scales",
    "contacts",
    "deputies",
    "grades",
    "handing_over",
    "officers",
    "pay_scales",
    "policies",
    "providers",
    "register",
    "succeeding",
    "testing",
]
