"""The pay scales that whoever offers a post sees beside the salary."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.pay_scale_words import location_in_words, range_in_words
from app.translation import gettext as _
from profiles.appointments.models import Appointment
from profiles.pay.models import PayScale
from profiles.pay.scales import find_scale, scales_of, scales_of_grade
from profiles.transfers.models import Transfer


def scale_rows(session: Session, organisation_id: UUID, now: datetime) -> list[list[str]]:
    """Grade, pay location and amounts of each scale of the organisation, the highest first."""
    return [
        [one.local_grade, location_in_words(one), range_in_words(one)]
        for one in scales_of(session, organisation_id, now)
    ]


def offered_scales(session: Session, transfer: Transfer, now: datetime) -> list[str]:
    """What the grade offered is paid on the start date, at each pay location."""
    return ranges_in_words(_scales(session, transfer, now))


def ranges_in_words(found: Sequence[PayScale]) -> list[str]:
    """Between which amounts a grade is paid, at each pay location where there is more than one."""
    if len(found) == 1 and not found[0].location:
        return [range_in_words(found[0])]
    return [f"{location_in_words(one)}: {range_in_words(one)}" for one in found]


def doubt_about_salary(session: Session, transfer: Transfer, now: datetime) -> str:
    """``doubt_about`` the salary that a transfer offers."""
    return doubt_about(transfer.salary_pence, _scales(session, transfer, now))


def doubt_about(salary_pence: int, found: Sequence[PayScale]) -> str:
    """That a salary lies below, or above, all scales of its grade; empty where it does not.

    Of an offer that names no pay location one scale that fits is enough.
    """
    if not found or any(one.minimum_pence <= salary_pence <= one.maximum_pence for one in found):
        return ""
    if all(salary_pence < one.minimum_pence for one in found):
        return _("The salary is below the pay scale of the grade. Go on only if that is right.")
    if all(salary_pence > one.maximum_pence for one in found):
        return _("The salary is above the pay scale of the grade. Go on only if that is right.")
    return _("The salary is outside the pay scales of the grade. Go on only if that is right.")


def scales_of_offer(
    session: Session, organisation_id: UUID, offered: Transfer | Appointment, at: datetime, now: datetime
) -> Sequence[PayScale]:
    """The scale at the pay location that an offer names, or all of the grade where it names none."""
    grade, place = offered.local_grade, offered.pay_location
    if not place:
        return scales_of_grade(session, organisation_id, grade, at, now)
    found = find_scale(session, organisation_id, grade, place, at, now)
    return [found] if found is not None else []


def _scales(session: Session, transfer: Transfer, now: datetime) -> Sequence[PayScale]:
    return scales_of_offer(session, transfer.importing_organisation_id, transfer, transfer.join_at, now)
