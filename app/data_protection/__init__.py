"""What data protection officers do: questions, requests for what is held, and how long records are kept."""

from app.data_protection import (
    access_requests,
    deletions,
    holds,
    questions,
    retention,
    views,
    withholdings,
)
from app.data_protection.blueprint import blueprint

__all__ = [
    "access_requests",
    "blueprint",
    "deletions",
    "holds",
    "questions",
    "retention",
    "views",
    "withholdings",
]
