"""How dates, times and money are written on pages: GOV.UK style, civil dates of Europe/London.

Facts hold aware UTC instants and exclusive ends; people read civil dates and last days.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency
from flask_babel import get_locale, gettext

LONDON = ZoneInfo("Europe/London")
# The least step of the clocks that we store: what lies just before an exclusive end.
INSTANT = timedelta(microseconds=1)


def civil_date(moment: date) -> str:
    """A date, or the London date of an aware instant, as "1 April 2026"."""
    return str(format_date(_london_date(moment), "d MMMM y", locale=_language()))


def civil_datetime(instant: datetime) -> str:
    """An aware instant in London time, as "1 April 2026 at 9:05am"."""
    local = _in_london(instant)
    half = gettext("am") if local.hour < 12 else gettext("pm")
    time = f"{(local.hour % 12) or 12}:{local.minute:02}{half}"
    return str(gettext("%(date)s at %(time)s", date=civil_date(local.date()), time=time))


def last_day(exclusive_end: date) -> str:
    """The last civil date before an exclusive end: midnight of 1 April in London gives "31 March 2026"."""
    if isinstance(exclusive_end, datetime):
        return civil_date(exclusive_end - INSTANT)
    return civil_date(exclusive_end - timedelta(days=1))


def money(pence: int, currency: str = "GBP") -> str:
    """Integer pence as "£32,602", or "£32,602.50" when it is not a whole number of pounds."""
    pattern = "¤#,##0" if pence % 100 == 0 else "¤#,##0.00"
    pounds = Decimal(pence) / 100
    return format_currency(pounds, currency, format=pattern, locale=_language(), currency_digits=False)


def _london_date(moment: date) -> date:
    # A datetime is a date too, so it is asked for first.
    return _in_london(moment).date() if isinstance(moment, datetime) else moment


def _in_london(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("a naive datetime has no London date: facts hold aware UTC instants")
    return instant.astimezone(LONDON)


def _language() -> str:
    return str(get_locale() or "en")
