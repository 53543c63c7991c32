"""Lanyard's own API, versioned, for programs with a token of this very provider."""

from app.api import apps, changes, description, importing, organisations, pay_history, pay_scales, records
from app.api.blueprint import blueprint

__all__ = [
    "apps",
    "blueprint",
    "changes",
    "description",
    "importing",
    "organisations",
    "pay_history",
    "pay_scales",
    "records",
]
