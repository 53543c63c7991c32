"""The pages on which people see their own record, and what they can do with it."""

from app.my_profile import (
    access_requests,
    accounts,
    as_of,
    deputies,
    disowning,
    first_morning,
    lending,
    moving,
    moving_part,
    notices,
    one_time_codes,
    questions,
    role_requests,
    sessions,
    sign_in_methods,
    tasks,
    views,
)
from app.my_profile.blueprint import blueprint

__all__ = [
    "access_requests",
    "accounts",
    "as_of",
    "blueprint",
    "deputies",
    "disowning",
    "first_morning",
    "lending",
    "moving",
    "moving_part",
    "notices",
    "one_time_codes",
    "questions",
    "role_requests",
    "sessions",
    "sign_in_methods",
    "tasks",
    "views",
]
