"""The pages on which officers begin, decide on and follow loans, and security officers agree to them."""

from app.loans import (
    converting,
    deciding,
    drafting,
    ending,
    interrupting,
    lasting,
    outside,
    restarting,
    security,
    told_apps,
    views,
    waiting,
)
from app.loans.blueprint import blueprint

__all__ = [
    "blueprint",
    "converting",
    "deciding",
    "drafting",
    "ending",
    "interrupting",
    "lasting",
    "outside",
    "restarting",
    "security",
    "told_apps",
    "views",
    "waiting",
]
