"""The pages on which HR of two organisations move many people at once, and payroll confirms first pays."""

from app.bulk_moves import (
    access,
    deciding,
    drafting,
    pay_correcting,
    paying,
    people,
    redating,
    restarting,
    reversing,
    taking_up,
    told_apps,
    views,
)
from app.bulk_moves.blueprint import blueprint

__all__ = [
    "access",
    "blueprint",
    "deciding",
    "drafting",
    "pay_correcting",
    "paying",
    "people",
    "redating",
    "restarting",
    "reversing",
    "taking_up",
    "told_apps",
    "views",
]
