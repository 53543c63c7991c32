"""The pages on which officers and line managers prepare, decide on and follow transfers."""

from app.transfers import (
    asking,
    condition_words,
    cutting_off,
    deciding,
    interrupting,
    inviting,
    offering,
    owning,
    pay_correcting,
    paying,
    preparing,
    required_clearance,
    reversing,
    screening,
    told_apps,
    views,
    waiting,
)
from app.transfers.blueprint import blueprint

__all__ = [
    "asking",
    "blueprint",
    "condition_words",
    "cutting_off",
    "deciding",
    "interrupting",
    "inviting",
    "offering",
    "owning",
    "pay_correcting",
    "paying",
    "preparing",
    "required_clearance",
    "reversing",
    "screening",
    "told_apps",
    "views",
    "waiting",
]
