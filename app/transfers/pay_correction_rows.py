"""What payroll was told of a first day beside what is right, in words."""

from datetime import date

from app.display_formats import civil_date, money
from app.portable_profile.words import share
from app.translation import gettext as _
from profiles.transfers.first_day import FirstDay


def correction_rows(before: FirstDay, after: FirstDay) -> list[tuple[str, str, str, bool]]:
    """What, as it was told, as it is right, and whether these differ; the rest only where it was told."""
    rows = [(_("Start date"), _day(before.start_date), _day(after.start_date))]
    if after.local_grade is not None or before.local_grade is not None:
        rows.append((_("Grade"), before.local_grade or "–", after.local_grade or "–"))
    if after.salary_pence is not None or before.salary_pence is not None:
        rows.append((_("Yearly salary"), _pounds(before.salary_pence), _pounds(after.salary_pence)))
    if before.fte_thousandths is not None and after.fte_thousandths is not None:
        rows.append((_("Hours"), share(before.fte_thousandths), share(after.fte_thousandths)))
    return [(what, was, now, was != now) for what, was, now in rows]


def _day(day: date | None) -> str:
    return "–" if day is None else civil_date(day)


def _pounds(pence: int | None) -> str:
    return "–" if pence is None else money(pence)
