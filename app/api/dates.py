"""The two dates that a resource is asked for: ``valid_on`` and ``known_on``."""

from datetime import date, datetime

from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import request

from profiles.temporal import is_recorded_day, moment_of


def asked_moments(now: datetime) -> tuple[datetime, datetime]:
    """The moment to look at, and that with whose knowledge; now for what is not said.

    Raises InvalidRequestError, naming the parameter.
    """
    return moment_of(_day("valid_on"), now), min(moment_of(_day("known_on"), now), now)


def _day(name: str) -> date | None:
    given = request.args.get(name)
    if given is None:
        return None
    try:
        day = datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 - a civil day
    except ValueError:
        raise InvalidRequestError(f"{name} must be a date like 2026-04-01") from None
    if not is_recorded_day(day):
        raise InvalidRequestError(f"{name} must be a day of the years 1900 to 2199")
    return day
